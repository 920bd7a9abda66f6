"""From an answer, or the lack of one, to a verdict. Pure: the dialect says what an answer means,
``draw`` picks the wait.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from testferry.dialects import Decision, Dialect, decide
from testferry.dialects.headers import spread
from testferry.engine.verdict import Accepted, Deferred, InDoubt, Refused, Rejected, Verdict

Draw = Callable[[float, float], float]

_FINISHED = frozenset(
    {500, 501, 505}
)  # answered by the application itself; a gateway's 502 or 504 says nothing about it
_PAUSES = frozenset({"rate_limited", "maintenance", "unavailable"})
_TOO_MANY = 429
_CURES = {
    "auth": "check the token, and whose service it is for",
    "permission": "ask for the permission, or use another token",
    "not_found": "check the project, the run and --url",
    "endpoint_missing": "check --url: the API is not there",
    "method_not_allowed": "check --url",
    "misconfigured": "check --url: this is not the API",
    "quota_exceeded": "wait for the quota to be reset, then `testferry resume`",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service said; header names in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Lost:
    """No answer. ``sent``: the whole request was on the wire, so the service may have it."""

    reason: str
    sent: bool


def judge(
    dialect: Dialect,
    answer: Answer | Lost,
    attempt: int,
    wall: float,
    draw: Draw,
    hide: Callable[[str], str] = str,
) -> tuple[Verdict, str]:
    """The verdict on an answer to the ``attempt``-th send, and the service's words."""
    if isinstance(answer, Lost):
        return _lost(dialect, answer, attempt, draw), answer.reason
    decision = decide(dialect, answer.status, answer.headers, answer.body, attempt, wall)
    words = hide(decision.message)
    return _verdict(decision, answer.status, words, draw), words


def _verdict(decision: Decision, status: int, words: str, draw: Draw) -> Verdict:
    said = words if words.startswith("HTTP ") else f"{status}: {words}"
    match decision.action:
        case "accept":
            return Accepted()
        case "reject":
            return Rejected(words)
        case "split":
            return Rejected(words, too_large=True)
        case "abort":
            return _abort(decision, status, said)
    wait = draw(*decision.wait_s) if decision.wait_s else 1.0
    if decision.ambiguous:
        return InDoubt(said, wait, working=status not in _FINISHED)
    refused_pace = status == _TOO_MANY
    return Deferred(
        said, wait, pause=decision.kind in _PAUSES, refused_pace=refused_pace, asked=decision.asked
    )


def _abort(decision: Decision, status: int, said: str) -> Verdict:
    if decision.exhausted and decision.ambiguous:
        return InDoubt(said, working=status not in _FINISHED, exhausted=True)
    if decision.exhausted and decision.kind not in ("rate_limited", "maintenance"):
        return Deferred(said, 0.0, exhausted=True)
    if decision.outage:
        return Refused(
            f"{said} ({decision.reason})", exit_code=75, hint=_CURES.get(decision.kind, "")
        )
    taken = 200 <= status < 400
    return Refused(
        f"{said} ({decision.reason})", hint=_CURES.get(decision.kind, ""), doubtful=taken
    )


def _lost(dialect: Dialect, answer: Lost, attempt: int, draw: Draw) -> Verdict:
    backoff = dialect.waits["backoff"]
    exhausted = attempt >= backoff.attempts
    wait = draw(*spread(backoff.after(attempt)))
    if answer.sent:
        return InDoubt(answer.reason, wait, working=True, exhausted=exhausted)
    return Deferred(answer.reason, wait, pause=not exhausted, exhausted=exhausted)
