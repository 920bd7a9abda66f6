"""References of cases: what a test names goes to the case that is made for it and, if the user says
so, to the case that there is. What a case has stays.

Facts (trcli's source): a case's references are a text of at most 2,000 characters with commas
between them, a run's of at most 250.
"""

from __future__ import annotations

from collections.abc import Iterable

from testferry.engine.step import Book, Sending
from testferry.engine.verdict import Accepted, Rejected
from testferry.model import Result
from testferry.services.testrail import read
from testferry.services.testrail.read import Stopped, get, post
from testferry.submission import Items, Submission

REFERENCES = "references"
LONGEST = 2000
_NAMES = ("refs", "testrail_refs")
_OF_CASE = "testrail_case_field"


def refs_of(result: Result) -> list[str]:
    """The references that a test names, each once, in order."""
    found: list[str] = []
    for name, value in result.properties:
        key, colon, rest = value.partition(":")
        if name in _NAMES:
            found += listed(value)
        elif name.startswith(_OF_CASE) and colon and key.strip() == "refs":
            found += listed(rest)
    return list(dict.fromkeys(found))


def listed(text: str) -> list[str]:
    """What stands between commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def joined(have: str, wanted: Iterable[str]) -> str:
    """What a case has, and what it lacks; empty if it lacks nothing."""
    known = listed(have)
    more = [word for word in wanted if word not in known]
    if not more:
        return ""
    return ",".join([*known, *more])


def send(
    submission: Submission,
    items: Items,
    book: Book,
) -> Sending:
    """Read the case, and add what it lacks: done twice it changes nothing."""
    case = submission.body["case"]
    try:
        shown = yield from read.one(get(f"get_case/{case}"), f"case {case}")
    except Stopped as stop:
        return stop.verdict
    refs = joined(str(shown.get("refs") or ""), submission.body["refs"])
    if not refs:
        return Accepted()
    if len(refs) > LONGEST:
        return Rejected(f"C{case}: its references would have more than {LONGEST:,} characters")
    reply = yield post(f"update_case/{case}", {"refs": refs})
    if isinstance(reply.verdict, Rejected) or reply.status in (403, 404):
        return Rejected(f"C{case}: {reply.status}: {reply.message}")
    return reply.verdict
