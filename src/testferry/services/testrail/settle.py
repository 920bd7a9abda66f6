"""What became of a request whose answer was lost, read back in as few requests as the run allows.

A run that only this upload fills tells by its counters how many of its tests have a result: one
request. Anything else is told by what this user added since the batch left, matched as a multiset
on test, status, comment and elapsed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from testferry.engine.step import Book, Looking
from testferry.engine.verdict import Finding, NotThere, PartlyThere, There
from testferry.services.testrail import read as reading
from testferry.services.testrail.item import entries, seconds
from testferry.services.testrail.read import get
from testferry.submission import Submission

_COUNTERS = "_count"


def run_of_entry(entry: Any) -> dict[str, Any]:
    """The run of a plan's entry, empty where the answer does not say."""
    runs = entry.get("runs") if isinstance(entry, Mapping) else None
    first = runs[0] if isinstance(runs, list) and runs else None
    return (
        {"id": str(first["id"]), "entry": entry.get("id")}
        if isinstance(first, Mapping) and "id" in first
        else {}
    )


def find_run(one: Submission, project: str, plan: str, signature: str, book: Book) -> Looking:
    """By the line that this upload wrote into its description."""
    if plan:
        document = yield from reading.read(get(f"get_plan/{plan}"))
        for entry in document.get("entries") or () if isinstance(document, Mapping) else ():
            if signature in str(entry.get("description")) or any(
                signature in str(run.get("description")) for run in entry["runs"]
            ):
                return There(run_of_entry(entry))
        return NotThere()
    since = int(book.service_time(one))
    runs = yield from reading.listed(
        f"get_runs/{project}", "runs", created_after=since, is_completed=0
    )
    for run in runs:
        if isinstance(run, Mapping) and signature in str(run.get("description")):
            return There({"id": str(run["id"])})
    return NotThere()


def find_section(one: Submission, book: Book) -> Looking:
    """It was not there before: whoever made it, it is the one."""
    parent = str(one.body.get("parent") or "")
    parent = book.created("section").get(parent, parent)
    known = yield from reading.section_list(one.body["project"], one.body.get("suite_id"))
    for number, (name, above) in known.items():
        if name == one.body["name"] and str(above or "") == parent:
            return There({"id": str(number)})
    return NotThere()


def find_case(one: Submission, book: Book) -> Looking:
    """Its section holds no other case of this title that was made since."""
    section = str(one.body["section"])
    section = book.created("section").get(section, section)
    query: dict[str, Any] = {"suite_id": one.body["suite_id"]} if one.body.get("suite_id") else {}
    query |= {"section_id": section, "created_after": int(book.service_time(one))}
    listed = yield from reading.listed(f"get_cases/{one.body['project']}", "cases", **query)
    made, known = one.body["fields"], set(book.created("case").values())
    compared = [
        key
        for key in made
        if key == "title" or (key.startswith("custom_") and key.endswith("automation_id"))
    ]
    for case in listed:
        if (
            not isinstance(case, Mapping)
            or str(case.get("id")) in known
            or str(case.get("section_id", section)) != section
        ):
            continue
        if all(str(case.get(key)) == str(made[key]) for key in compared):
            return There({"id": str(case["id"])})
    return NotThere()


@dataclass(slots=True)
class Reader:
    """What has been read of the run and of the user stays known for the next look."""

    cases: dict[int, str] = field(default_factory=dict)  # test -> case
    me: int | None = None

    def find_batch(
        self, one: Submission, wire: list[bytes], run: str, user: str, book: Book, *, alone: bool
    ) -> Looking:
        """Counters where they can tell, else every result that was added since."""
        finding: Finding | None = (yield from self._by_counters(one, run, book)) if alone else None
        return finding or (yield from self._by_results(one, wire, run, user, book))

    def _by_counters(self, one: Submission, run: str, book: Book) -> reading.Reading:
        document = yield from reading.read(get(f"get_run/{run}"))
        if not isinstance(document, Mapping) or not isinstance(document.get("untested_count"), int):
            return None
        counters = {
            key: value
            for key, value in document.items()
            if key.endswith(_COUNTERS) and isinstance(value, int)
        }
        tested = sum(value for key, value in counters.items() if key != "untested_count")
        before, others = book.confirmed_items(), sum(other.count for other in book.others_open(one))
        if tested == before:
            return NotThere()
        if tested == before + one.count + others:
            return There()
        return None

    def _by_results(
        self, one: Submission, wire: list[bytes], run: str, user: str, book: Book
    ) -> Looking:
        if self.me is None and user:
            self.me = yield from _my_id(user)
        mine: dict[str, Any] = {"created_by": self.me} if self.me else {}
        since = int(book.service_time(one))
        listed = yield from reading.listed(
            f"get_results_for_run/{run}", "results", created_after=since, **mine
        )
        known = book.known_results()
        added = [
            one
            for one in listed
            if isinstance(one, Mapping) and not _is_older(one.get("id"), known)
        ]
        if not added:
            return NotThere()
        if any(result.get("test_id") not in self.cases for result in added):
            tests = yield from reading.listed(f"get_tests/{run}", "tests")
            self.cases = {
                test["id"]: str(test.get("case_id"))
                for test in tests
                if isinstance(test, Mapping) and "id" in test
            }
        return self._compared(wire, added)

    def _compared(self, wire: list[bytes], added: list[Mapping[str, Any]]) -> Finding:
        there: Counter[tuple[object, ...]] = Counter()
        numbers: dict[str, Any] = {}
        for result in sorted(added, key=lambda result: result.get("id") or 0):
            case = self.cases.get(result.get("test_id") or 0, "")
            there[_identity(case, result)] += 1
            numbers[case] = result.get("id")
        found: set[int] = set()
        for at, item in enumerate(wire):
            wanted = Counter(_identity(str(entry["case_id"]), entry) for entry in entries(item))
            if all(there[key] >= number for key, number in wanted.items()):
                found.add(at)
        if len(found) == len(wire):
            ours = {str(entries(item)[0]["case_id"]) for item in wire}
            return There(
                {"results": {case: number for case, number in numbers.items() if case in ours}}
            )
        return PartlyThere(frozenset(found)) if found else NotThere()


def _is_older(number: Any, known: tuple[int, frozenset[str]]) -> bool:
    """Whether a result was there before the upload, or belongs to another of its batches."""
    baseline, ours = known
    return (isinstance(number, int) and number <= baseline) or str(number) in ours


def find_attachment(one: Submission, run: str, book: Book) -> Looking:
    """By its result and its name; where the service has no such list it is sent again after the
    settling time.
    """
    place = str(one.body["case"])
    case = book.created("case").get(place, "") if place.startswith("@") else place
    number, name = book.result_id(case), str(one.body["path"]).replace("\\", "/").rpartition("/")[2]
    try:
        listed = yield from reading.listed(f"get_attachments_for_run/{run}", "attachments")
    except reading.Stopped:
        return NotThere()
    for shown in listed:
        if (
            isinstance(shown, Mapping)
            and str(shown.get("result_id")) == number
            and name in (shown.get("name"), shown.get("filename"))
        ):
            return There()
    return NotThere()


def _identity(case: str, result: Mapping[str, Any]) -> tuple[object, ...]:
    """Test, status, comment and elapsed, as both sides show them: the service writes time spans and
    line ends its own way.
    """
    return (
        case,
        result.get("status_id"),
        " ".join(str(result.get("comment") or "").split()),
        seconds(result.get("elapsed")),
    )


def _my_id(user: str) -> reading.Reading:
    """The user's number; None where the user may not ask for it: then everybody's results are
    looked through.
    """
    reply = yield get("get_user_by_email", email=user)
    document = reply.json()
    return document.get("id") if reply.accepted and isinstance(document, Mapping) else None
