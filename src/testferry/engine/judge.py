"""From an answer, or the lack of one, to a verdict. Pure: the dialect says what an answer means,
``draw`` picks the wait.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from testferry.dialects import Decision, Dialect, decide
from testferry.dialects.waits import spread
from testferry.engine.verdict import (
    TOO_MANY,
    Accepted,
    Deferred,
    InDoubt,
    Refused,
    Rejected,
    Verdict,
)
from testferry.exit_codes import LATER

Draw = Callable[[float, float], float]
Hide = Callable[[str], str]

_GATEWAYS = frozenset({502, 503, 504})
_PATIENT = frozenset({"rate_limited", "maintenance"})  # more of these end the upload, nothing less
# Said of the address or the method, not of the results: the next batch would meet the same.
_OF_THE_ADDRESS = frozenset({404, 405, 410, 501})
# An answer that is none of the API's, and may stand behind a request that was carried out: any
# success, and a redirect to what came of it (RFC 9110, 15.4.4). Other redirects do nothing.
_MAY_BE_DONE = frozenset({*range(200, 300), 303})


@dataclass(frozen=True, slots=True)
class Answer:
    """What the service said; header names in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Lost:
    """There is no answer.

    ``sent``: the whole request was on the wire, so the service may have it. ``cure`` is not empty
    if time will not mend it (a certificate that is not trusted, a host that does not exist): it
    says what will.
    """

    reason: str
    sent: bool
    cure: str = ""


def judge(
    dialect: Dialect,
    answer: Answer | Lost,
    attempt: int,
    wall: float,
    draw: Draw,
    hide: Hide = str,
) -> tuple[Verdict, str]:
    """The verdict on an answer to the ``attempt``-th send, and the service's words."""
    if isinstance(answer, Lost):
        told = replace(answer, reason=hide(answer.reason))
        return _lost(dialect, told, attempt, draw), told.reason
    decision = decide(
        dialect,
        answer.status,
        answer.headers,
        answer.body,
        attempt,
        wall,
    )
    words = hide(decision.message)
    return _verdict(decision, answer.status, words, draw), words


def _verdict(
    decision: Decision,
    status: int,
    words: str,
    draw: Draw,
) -> Verdict:
    said = words
    if decision.in_its_words:
        said = f"{status}: {words}"
    wait = 1.0
    if decision.wait_s:
        wait = draw(*decision.wait_s)
    match decision.action:
        case "accept":
            return Accepted()
        case "reject":
            return Rejected(
                words,
                alike=status in _OF_THE_ADDRESS,
                closed=decision.closed,
                wait=wait,
            )
        case "split":
            return Rejected(words, too_large=True)
        case "abort":
            return _abort(decision, status, said)
    return _again(decision, status, said, wait)


def _again(
    decision: Decision,
    status: int,
    said: str,
    wait: float,
) -> Verdict:
    """It is sent once more; if it may have been applied, only after a look."""
    down = status in _GATEWAYS
    if decision.ambiguous:
        working = not decision.finished
        return InDoubt(said, wait, working=working, asked=decision.asked, down=down)
    return Deferred(
        said,
        wait,
        pause=decision.pauses,
        refused_pace=status == TOO_MANY,
        asked=decision.asked,
        down=down,
    )


def _abort(
    decision: Decision,
    status: int,
    said: str,
) -> Verdict:
    down = status in _GATEWAYS
    if decision.exhausted and decision.ambiguous:
        return InDoubt(said, working=not decision.finished, exhausted=True, down=down)
    if decision.exhausted and decision.kind not in _PATIENT:
        return Deferred(said, 0.0, exhausted=True, down=down)
    reason, hint = f"{said} ({decision.reason})", decision.cure
    if decision.outage:
        wait = decision.asked_wait or 0.0
        return Refused(
            reason,
            exit_code=LATER,
            hint=hint,
            status=status,
            wait=wait,
        )
    return Refused(
        reason,
        hint=hint,
        status=status,
        closed=decision.closed,
        doubtful=status in _MAY_BE_DONE,
    )


def _lost(
    dialect: Dialect,
    answer: Lost,
    attempt: int,
    draw: Draw,
) -> Verdict:
    backoff = dialect.waits["backoff"]
    exhausted = attempt >= backoff.attempts
    wait = draw(*spread(backoff.after(attempt)))
    if answer.sent:
        return InDoubt(
            answer.reason,
            wait,
            working=True,
            exhausted=exhausted,
            down=True,
        )
    return Deferred(
        answer.reason,
        wait,
        pause=not exhausted,
        exhausted=exhausted,
        down=True,
        cure=answer.cure,
    )
