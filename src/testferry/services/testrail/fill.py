"""How a run is filled: results in bulk, a last look if others fill it too, attachments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from testferry.attachments import open_attachment
from testferry.defaults import SETTLE
from testferry.engine.step import Book, Looking, Reply, Request, Sending
from testferry.engine.verdict import (
    Accepted,
    Deferred,
    InDoubt,
    NotThere,
    Refused,
    Rejected,
    There,
    Verdict,
)
from testferry.errors import ReportProblem
from testferry.services.http_json import wrap
from testferry.services.runkey import cure_of_gone
from testferry.services.testrail import make
from testferry.services.testrail.files import LARGEST_ATTACHMENT
from testferry.services.testrail.item import entries
from testferry.services.testrail.plan import case_of, cases_of, place_of, resolved
from testferry.services.testrail.read import API, UNTESTED, Reading, Stopped, is_id, post
from testferry.services.testrail.settle import (
    case_of_attachment,
    latest_result,
    made_by,
    refusals_of,
)
from testferry.submission import Items, Kind, Label, Submission
from testferry.text import count

if TYPE_CHECKING:
    from testferry.services.testrail.target import Testrail

_CHANGING = "changing"  # of the last look: an answer to a change of the run's cases was lost
_CULPRIT = re.compile(r"\bcase C(\d+)\b")
# Refusals that every result meets alike: a required field that nothing fills, a closed run.
_ALIKE = re.compile(
    r"is a required field|\b(?:closed|completed|archived)\b|read.?only",
    re.IGNORECASE,
)


class _Changing(Stopped):
    """The run's cases may still be changed by what we sent."""


def known_wire(
    items: Items,
    book: Book,
) -> list[bytes]:
    """The items of a batch whose cases exist, with the ids of those that were made."""
    made = made_by("case", book)
    wire = [resolved(item, made) for item in items.wire]
    return [item for item in wire if item]


def send_results(
    rail: Testrail,
    batch: Submission,
    items: Items,
    book: Book,
) -> Sending:
    """One call for a batch: all of it or nothing."""
    if any(place_of(item) for item in items.wire):
        made = made_by("case", book)
    else:
        made = {}
    wire = [resolved(item, made) for item in items.wire]
    without_case = [place for place, item in enumerate(wire) if item is None]
    if without_case:
        return _case_not_made(items, without_case, book)
    sent = [item for item in wire if item]
    body = wrap("results", Items(tuple(sent), items.labels))
    call = f"add_results_for_cases/{rail.run_of(batch, book)}"
    reply = yield post(call, body)
    shared = rail.shared_run(book)
    if shared and isinstance(reply.verdict, Rejected) and _CULPRIT.search(reply.message):
        back = yield from _put_back(shared, cases_of(sent))
        if isinstance(back, Deferred):
            return back
        if back and batch.applied:
            return InDoubt("its cases are in the run again, and so may its results be")
        if back:
            reply = yield post(call, body)
    if isinstance(reply.verdict, Rejected) and not reply.verdict.too_large:
        return _refused(rail, reply, reply.verdict, cases_of(sent))
    return _acknowledged(reply, sent)


def _case_not_made(
    items: Items,
    without_case: list[int],
    book: Book,
) -> Rejected:
    reasons = refusals_of("case", book)
    reason = reasons.get(
        place_of(items.wire[without_case[0]]),
        "",
    )
    alike = []
    for place in without_case:
        if (
            reasons.get(
                place_of(items.wire[place]),
                "",
            )
            == reason
        ):
            alike.append(place)
    return Rejected(f"its case could not be made: {reason}", tuple(alike), unasked=True)


def _put_back(
    run_id: str,
    cases: list[str],
) -> Reading:
    """Another job that fills the run has replaced its cases: ours are put back.

    Whether they were. Nothing of the batch was applied, the service has said so: trouble of the
    repair means "later".
    """
    try:
        run = yield from make.read_run(run_id)
        if run.get("include_all") or run.get("is_completed"):
            return False
        extended = yield from make.put_back(run_id, run, cases)
    except Stopped as stop:
        extended = stop.verdict
    if isinstance(extended, Deferred):
        return extended
    if isinstance(extended, InDoubt):
        least = 1.0
        if extended.working:  # applied late, it takes out what is added meanwhile
            least = SETTLE
        return Deferred(
            extended.reason,
            max(least, extended.wait),
            exhausted=extended.exhausted,
        )
    return isinstance(extended, Accepted)


def _refused(
    rail: Testrail,
    reply: Reply,
    verdict: Rejected,
    cases: list[str],
) -> Verdict:
    if ":run_id" in reply.message:
        words = f"{reply.status}: {reply.message}"
        cure = cure_of_gone(rail.run_id, rail.run_key)
        return Refused(words, hint=cure, status=reply.status, closed=True)
    named = set(_CULPRIT.findall(reply.message))
    culprits = tuple(place for place, case in enumerate(cases) if case in named)
    of_all = verdict.alike or bool(_ALIKE.search(reply.message))
    return Rejected(
        reply.message,
        culprits,
        alike=not culprits and of_all,
        closed=verdict.closed,
        wait=verdict.wait,
    )


def _acknowledged(
    reply: Reply,
    wire: list[bytes],
) -> Verdict:
    """As many results as were sent, in their order; anything else is doubt."""
    if not isinstance(reply.verdict, Accepted):
        return reply.verdict
    document = reply.json()
    cases = [str(entry["case_id"]) for entry in entries(*wire)]
    if not isinstance(document, list) or len(document) != len(cases):
        answered = "something that is no list"
        if isinstance(document, list):
            answered = f"{len(document)} results"
        words = f"the service answered {answered} to {len(cases)} that were sent"
        return InDoubt(words, working=False, unclear=True)
    numbers = {}
    for case, result in zip(cases, document, strict=True):
        if isinstance(result, Mapping) and is_id(result.get("id")):
            numbers[case] = result["id"]
    return Accepted({"results": numbers})


def last_look(
    rail: Testrail,
    submission: Submission,
    book: Book,
) -> Sending:
    """Whether our cases are still in the run, with their results; what was taken out is put back.

    TestRail replaces the list of cases at each change of a run: jobs that fill one run at the same
    time take out what they have not seen. A test of ours that has no result any more gets it again,
    and only such a one. One list proves nothing, it may lag: what is not shown is doubt at first,
    and only what is not shown after the settling time becomes batches of its own.
    """
    submission.remote = {key: value for key, value in submission.remote.items() if key != _CHANGING}
    try:
        lost = yield from _without_result(rail, book, put_back=True)
    except Stopped as stop:
        if isinstance(stop, _Changing):
            submission.remote = {**submission.remote, _CHANGING: True}
        return stop.verdict
    proven = submission.remote.get("missing")
    if not lost:
        return Accepted()
    if proven is None:
        words = f"{count(len(lost), 'result')} of ours is not shown"
        return InDoubt(words)
    rows = []
    missing = [(case, wire) for case, wire in lost.items() if case in proven]
    for start in range(0, len(missing), rail.batch_size):
        some = missing[start : start + rail.batch_size]
        # They are counted where they were sent first.
        labels = tuple(Label(f"C{case}", "", "", weight=0) for case, _ in some)
        items = Items(tuple(wire for _, wire in some), labels)
        rows.append((Submission(0, Kind.BATCH, "results"), items))
    return Accepted(rows=tuple(rows))


def look_again(
    rail: Testrail,
    submission: Submission,
    book: Book,
) -> Looking:
    """Whether a result of ours is still not shown, or what we sent may still change the run."""
    lost = yield from _without_result(rail, book, put_back=False)
    if lost or _CHANGING in submission.remote:
        return NotThere(remote={"missing": list(lost)})
    return There()


def _without_result(
    rail: Testrail,
    book: Book,
    *,
    put_back: bool,
) -> Reading:
    """Our results, by their cases, whose tests show none. Raises Stopped."""
    made = made_by("case", book)
    ours: dict[str, bytes] = {}
    for item in book.sent_items(None):
        if wire := resolved(item, made):
            ours[case_of(wire)] = wire
    run_id = rail.shared_run(book)
    tests = yield from make.tests_of(run_id)
    if put_back and not ours.keys() <= tests.keys():
        run = yield from make.read_run(run_id)
        extended = yield from make.put_back(run_id, run, ours)
        if isinstance(extended, InDoubt):
            raise _Changing(extended)
        if not isinstance(extended, Accepted):
            raise Stopped(extended)
        tests = yield from make.tests_of(run_id)
    return {case: wire for case, wire in ours.items() if tests.get(case) == UNTESTED}


def attach(
    rail: Testrail,
    submission: Submission,
    book: Book,
) -> Sending:
    """One file for one result. The result's number is written down before the file leaves."""
    body: Mapping[str, Any] = submission.body
    case = case_of_attachment(submission, book)
    number = book.results.get(case, "")
    if not number:
        number = yield from latest_result(rail.run_of(submission, book), case)
    if not number and book.unsettled():
        return Deferred("its result is not settled yet", 0.0, exhausted=True)
    if not number:
        return Rejected("its result is not at the service")
    submission.remote = {**submission.remote, "result": number}
    folders = rail.folders(body.get("base", ""))
    try:
        part = open_attachment(body["path"], folders, LARGEST_ATTACHMENT)
    except ReportProblem as problem:
        return Rejected(problem.message)
    reply = yield Request("POST", f"{API}add_attachment_to_result/{number}", part=part)
    # Attachments are switched off, or the result is gone: no other row is touched by it.
    if reply.status in (403, 404):
        return Rejected(f"{reply.status}: {reply.message}")
    return reply.verdict
