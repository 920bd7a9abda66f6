"""What is added to cases that there are: what a test names of references, of labels. What a case
has stays.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from testferry.engine.step import Book, Sending
from testferry.engine.verdict import Accepted, Rejected
from testferry.services.testrail import read
from testferry.services.testrail.read import Stopped, get, post
from testferry.submission import Items, Submission

# Of a case as the service shows it, and of what its row wants, the change; empty for none.
Lacking = Callable[[Mapping[str, object], Mapping[str, Any]], Mapping[str, object]]


def send(
    lacking: Lacking,
    submission: Submission,
    items: Items,
    book: Book,
) -> Sending:
    """Read the case, and add what it lacks: done twice it changes nothing."""
    case = submission.body["case"]
    try:
        shown = yield from read.one(get(f"get_case/{case}"), f"case {case}")
        change = lacking(shown, submission.body)
    except Stopped as stop:
        return stop.verdict
    if not change:
        return Accepted()
    reply = yield post(f"update_case/{case}", change)
    if isinstance(reply.verdict, Rejected) or reply.status in (403, 404):
        return Rejected(f"C{case}: {reply.status}: {reply.message}")
    return reply.verdict
