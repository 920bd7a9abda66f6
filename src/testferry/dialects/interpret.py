"""From an answer to what testferry does on it. Pure and total: no bytes whatever make it raise.

1. The first rule whose every matcher holds decides: the dialect's own rules, then those of
   ``generic.toml``, the last of which match everything.
2. ``Retry-After`` is the first of the dialect's header names whose value parses, and beats any
   computed wait.
3. A wait is drawn from [d, 1.1 d], at least 1 s; one longer than an hour aborts; so does the last
   attempt.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from http import HTTPStatus

from testferry.dialects.dialect import Dialect, Matcher, Rule
from testferry.dialects.headers import retry_after
from testferry.dialects.waits import LONGEST_WAIT, spread

LONGEST_MESSAGE = 2000
_DEEPEST = 4
_LOOKED_THROUGH = 16_384  # bytes of a body in which a rule looks for words
_TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^<>]*>", re.DOTALL | re.IGNORECASE)
# An abort over one of these is mended by time, not by the user.
_OUTAGES = frozenset(
    {
        "rate_limited",
        "quota_exceeded",
        "maintenance",
        "unavailable",
        "server_error",
        "timeout",
    }
)
# They hold every worker of the service, not only the one that met them.
_PAUSES = frozenset({"rate_limited", "maintenance", "unavailable"})
# Answered by the application itself; a gateway's 502 or 504 says nothing about it.
_FINISHED = frozenset({500, 501, 505})
# What services say of a run that was ended: nothing gets into it any more.
_CLOSED = re.compile(
    r"\b(?:run|thread|plan)\b.{0,40}\b(?:closed|completed?|archived)\b",
    re.IGNORECASE,
)
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
class Decision:
    """What testferry does on an answer, and why: the fields of ``testferry.explain/1`` (CONTRACT),
    and as values whatever else follows from the answer, so that nobody reads it out of a sentence.

    One record, because all of it is said of one answer by one rule.
    """

    status: int
    # accept, retry, wait, reject, split, abort
    action: str
    kind: str
    # the request may have been applied all the same
    ambiguous: bool
    # seconds, from and to, for ``retry`` and ``wait``
    wait_s: tuple[float, float] | None
    # the service's own words
    message: str
    reason: str
    source: str
    # the attempts that the service's documents grant are used up
    exhausted: bool = False
    # the answer itself names the wait
    asked: bool = False
    # the message is the service's, not made of the status
    in_its_words: bool = True
    # seconds for which it asks to be left alone, if they are too many to wait for
    asked_wait: float | None = None

    @property
    def outage(self) -> bool:
        """Whether an abort is mended by time (exit 75), not by the user (exit 5)."""
        return self.kind in _OUTAGES

    @property
    def pauses(self) -> bool:
        """Whether every worker of the service has to wait."""
        return self.kind in _PAUSES

    @property
    def finished(self) -> bool:
        """Whether the service is done with the request, so that what it did can be seen."""
        return self.status in _FINISHED

    @property
    def closed(self) -> bool:
        """Whether the service says that what was to be filled is closed."""
        return self.in_its_words and bool(_CLOSED.search(self.message))

    @property
    def cure(self) -> str:
        """What the user can do about it; empty if there is nothing to say."""
        return _CURES.get(self.kind, "")


@dataclass(frozen=True, slots=True)
class _Answer:
    """An answer as the rules look at it."""

    status: int
    # names in lower case
    headers: Mapping[str, str]
    # the body as JSON; None if it is none
    document: object
    # an error code out of the body; empty if there is none
    code: str
    # seconds that the answer asks for; None if it does not
    asked_wait: float | None
    # the body is a web page
    page: bool
    # the body as text, for rules that look for words in it
    text: str


def decide(
    dialect: Dialect,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    attempt: int = 1,
    now: float = 0.0,
) -> Decision:
    """Say what an answer to the ``attempt``-th send means. ``headers`` in any case; ``now`` is
    epoch seconds.
    """
    answer = _read(dialect, status, headers, body, now)
    rule = next(rule for rule in dialect.rules if _matches(rule.matcher, answer))
    own_words = _words(dialect, answer, body)
    decision = Decision(
        status=status,
        action=rule.action,
        kind=rule.kind,
        ambiguous=rule.ambiguous,
        wait_s=None,
        message=own_words or _status_line(status),
        reason=rule.reason,
        source=rule.source,
        asked=answer.asked_wait is not None,
        in_its_words=bool(own_words),
    )
    if rule.action == "retry":
        return _again(dialect, rule, decision, answer.asked_wait, attempt)
    return decision


def _again(
    dialect: Dialect,
    rule: Rule,
    decision: Decision,
    asked: float | None,
    attempt: int,
) -> Decision:
    """Say when to try again, or why not."""
    wait = dialect.waits[rule.wait]
    if attempt >= wait.attempts:
        reason = f"{rule.reason}; {wait.attempts} attempts are used up"
        return replace(decision, action="abort", reason=reason, exhausted=True)
    if asked is None:
        action = "retry"
        if wait.directed:
            action = "wait"
        return replace(decision, action=action, wait_s=spread(wait.after(attempt)))
    if asked > LONGEST_WAIT:
        reason = f"the service asks to come back in {asked:.0f} s, more than an hour"
        return replace(decision, action="abort", reason=reason, asked_wait=asked)
    reason = f"{rule.reason}; the service asks for {asked:g} s"
    return replace(decision, action="wait", reason=reason, wait_s=spread(asked))


def _read(
    dialect: Dialect,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
    now: float,
) -> _Answer:
    lower = {name.lower(): value for name, value in headers.items()}
    document = _json(body)
    return _Answer(
        status=status,
        headers=lower,
        document=document,
        code=_first_text(document, dialect.places.code),
        asked_wait=_asked_wait(dialect, lower, now),
        page=_is_html(lower.get("content-type", ""), body),
        text=body[:_LOOKED_THROUGH].decode("utf-8", "replace"),
    )


def _matches(matcher: Matcher, answer: _Answer) -> bool:
    if not any(_is_status(wanted, answer.status) for wanted in matcher.status):
        return False
    if matcher.code and answer.code not in matcher.code:
        return False
    asked = answer.asked_wait is not None
    if matcher.retry_after is not None and matcher.retry_after is not asked:
        return False
    if matcher.html is not None and matcher.html is not answer.page:
        return False
    if matcher.words is not None and not matcher.words.search(answer.text):
        return False
    return all(pattern.search(answer.headers.get(name, "")) for name, pattern in matcher.headers)


def _is_status(wanted: str, status: int) -> bool:
    """Say whether ``429`` or ``5xx`` means this status."""
    text = str(status)
    return wanted == text or (wanted.endswith("xx") and wanted[0] == text[0])


def _asked_wait(
    dialect: Dialect,
    headers: Mapping[str, str],
    now: float,
) -> float | None:
    """Find the seconds that the answer asks for; None if no header says so in a form that is
    known.
    """
    for pattern in dialect.places.retry_after:
        for name, value in headers.items():
            if not fnmatchcase(name, pattern):
                continue
            seconds = retry_after(value, headers.get("date"), now)
            if seconds is not None:
                return seconds
    return None


def _json(body: bytes) -> object:
    if not body.strip():
        return None
    try:
        document: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return document


def _is_html(content_type: str, body: bytes) -> bool:
    head = body[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    # SQUAD calls the id of what it made text/html: without a tag it is no page.
    has_tags = not head or b"<" in body
    is_called_so = "html" in content_type.lower() and has_tags
    return is_called_so or head.startswith((b"<!doctype html", b"<html"))


def _at(document: object, pointer: str) -> object:
    """Follow a JSON pointer; None if it leads nowhere."""
    for part in pointer.strip("/").split("/"):
        if isinstance(document, Mapping):
            document = document.get(part)
        elif isinstance(document, list) and part.isascii() and part.isdigit():
            place = int(part)
            if place >= len(document):
                return None
            document = document[place]
        else:
            return None
    return document


def _first_text(document: object, pointers: Iterable[str]) -> str:
    for pointer in pointers:
        value = _at(document, pointer)
        if isinstance(value, str) and value:
            return value
    return ""


def _words(dialect: Dialect, answer: _Answer, body: bytes) -> str:
    """Find the service's own words; empty if it says nothing."""
    words = _told(dialect, answer.document) or _flat(answer.document)
    if words:
        return words[:LONGEST_MESSAGE]
    text = body[: 4 * LONGEST_MESSAGE].decode("utf-8", "replace")
    if answer.page or text.lstrip().startswith("<"):
        text = html.unescape(_TAGS.sub(" ", text))
    text = " ".join(text.split())
    if text and answer.document is None:
        return text[:LONGEST_MESSAGE]
    return ""


def _status_line(status: int) -> str:
    try:
        return f"HTTP {status} {HTTPStatus(status).phrase}"
    except ValueError:
        return f"HTTP {status}"


def _told(dialect: Dialect, document: object) -> str:
    """Find the words where the dialect says that they stand, with the details that they lack."""
    for pointer in dialect.places.message:
        words = _flat(_at(document, pointer))
        if not words:
            continue
        details = ""
        if dialect.places.details:
            details = _flat(_at(document, dialect.places.details))
        if details and details not in words:
            return f"{words} ({details})"
        return words
    return ""


def _flat(
    value: object,
    depth: int = 0,
    room: int = LONGEST_MESSAGE,
) -> str:
    """Find the words in what should be a string but may be a list of them, or objects with them
    inside. A bare number is no word, one within a list or an object is.

    No more is looked for than has ``room`` in a message, in characters: most answers are pages of
    what the service has, and say nothing.
    """
    if isinstance(value, str):
        return value.strip()
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        if depth:
            return str(value)
        return ""
    if depth > _DEEPEST:
        return str(value)
    return "; ".join(_inner_words(value, depth + 1, room))


def _inner_words(
    value: object,
    depth: int,
    room: int,
) -> Iterator[str]:
    for key, inner in _entries(value):
        words = _flat(inner, depth, room)
        if words:
            yield key + words
            room -= len(key) + len(words)
        if room <= 0:
            return


def _entries(value: object) -> Iterator[tuple[str, object]]:
    """What a list or an object holds, with what is said before each."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield f"{key}: ", inner
    elif isinstance(value, list):
        for inner in value:
            yield "", inner
