"""Did a batch arrive at TestRail? By the run's counters, or by the results that were added since.

A run of our own says by its counters how many of its tests have a result: one request. Anything
else is told by what this user added since the batch left, matched as a multiset on test, status,
comment and elapsed. What matches but for its text is ours in other words: the service may keep text
another way, so it proves nothing.

What the service shows may lag behind what it has. So a count that is as it should be without the
batch proves nothing if another batch was acknowledged since this one left (the count may hold the
one and miss the other), and neither does a list in which such another one is missing, unless
that one left so long ago that another job must have taken it out of the run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from testferry.engine.step import Book, Looking
from testferry.engine.verdict import CannotTell, Finding, NotThere, PartlyThere, There
from testferry.services.http_json import objects
from testferry.services.testrail import read
from testferry.services.testrail.item import entries, seconds
from testferry.services.testrail.read import get
from testferry.submission import Submission

_COUNTERS = "_count"
_BEFORE = "newest"  # what a batch's row keeps: the newest result that was known when it left
# Seconds since a batch left: what is not shown after them is not late, somebody took it out of the
# run. Requests end within two minutes, and lists that lag do so for seconds.
_NO_LIST_LAGS = 600.0
_ANOTHER_TEXT = CannotTell("results of ours are shown with another text")
_GONE = (400, 404)  # the answers to what is not there
Identity = tuple[object, ...]


def note_what_is_known(batch: Submission, book: Book) -> None:
    """Keep with a batch that leaves which results were acknowledged by then."""
    batch.remote[_BEFORE] = book.newest_result


def _acknowledged_since(batch: Submission, book: Book) -> list[Submission]:
    """The batches whose results were told by the service after this one had left."""
    before = int(batch.remote.get(_BEFORE, 0))
    if book.newest_result == before:
        return []
    found = []
    for other in book.arrived():  # those of other suites are in other runs
        if other.name == batch.name and max(_told(other), default=0) > before:
            found.append(other)
    return found


def _fresh(batches: Iterable[Submission], book: Book) -> list[Submission]:
    """Those that left so short a time ago that what the service shows may lag behind them."""
    return [batch for batch in batches if book.since_left(batch) < _NO_LIST_LAGS]


def _told(batch: Submission) -> list[int]:
    """The ids of a batch's results, as its answer told them."""
    numbers = batch.remote.get("results") or {}
    return [number for number in numbers.values() if isinstance(number, int)]


@dataclass(slots=True)
class Reader:
    """What has been read of the run and of the user stays known for the next look."""

    cases: dict[int, str] = field(default_factory=dict)  # test -> case
    me: int | None = None
    # batches of which the counters said once that as many results are there
    counted: set[int] = field(default_factory=set)

    def find_batch(
        self,
        batch: Submission,
        wire: list[bytes],
        run: str,
        user: str,
        book: Book,
        *,
        alone: bool,
    ) -> Looking:
        """Counters if they can tell, else every result that was added since.

        That as many tests have a result as should does not say whose: others may write into a run
        of ours, too. It only says more than results that are shown with another text.
        """
        if alone and batch.id not in self.counted:
            counted: Finding | None = yield from self._by_counters(batch, run, book)
            if isinstance(counted, There):
                self.counted.add(batch.id)
            elif counted is not None:
                return counted
        finding = yield from self._by_results(
            batch,
            wire,
            run,
            user,
            book,
        )
        if finding == _ANOTHER_TEXT and batch.id in self.counted:
            return There()
        return finding

    def _by_counters(
        self,
        batch: Submission,
        run: str,
        book: Book,
    ) -> read.Reading:
        document = yield from read.read(get(f"get_run/{run}"))
        if not isinstance(document, Mapping) or not isinstance(document.get("untested_count"), int):
            return None
        tested = 0
        for key, value in document.items():
            if key.endswith(_COUNTERS) and key != "untested_count" and isinstance(value, int):
                tested += value
        before = book.confirmed_items()
        others = sum(other.count for other in book.others_open(batch))
        if tested < before:
            if _fresh(book.arrived(), book):
                return CannotTell("the service's counters are behind", lagging=True)
            return None
        if tested == before and not _acknowledged_since(batch, book):
            return NotThere()
        if tested == before + batch.count + others:
            return There()
        return None

    def _by_results(
        self,
        batch: Submission,
        wire: list[bytes],
        run: str,
        user: str,
        book: Book,
    ) -> Looking:
        if self.me is None and user:
            self.me = yield from _my_id(user)
        mine: dict[str, Any] = {"created_by": self.me} if self.me else {}
        later = _acknowledged_since(batch, book)
        since = int(min(book.service_time(each) for each in (batch, *later)))
        call = f"get_results_for_run/{run}"
        listed = yield from read.listed(
            call,
            "results",
            created_after=since,
            **mine,
        )
        shown = {_number(result) for result in listed if isinstance(result, Mapping)}
        if not shown.issuperset(number for each in _fresh(later, book) for number in _told(each)):
            return CannotTell("the service's lists are behind", lagging=True)
        added = _added_since(listed, book)
        if not added:
            return NotThere()
        if self._of_no_case(added):
            yield from self._read_cases(run)
        for test in self._of_no_case(added):
            yield from self._read_case(test)
        return self._compared(wire, [each for each in added if _test_of(each) in self.cases])

    def _of_no_case(self, results: Iterable[Mapping[str, object]]) -> list[int]:
        """The tests of these results whose case is not known, in order."""
        return sorted({_test_of(result) for result in results} - self.cases.keys())

    def _read_cases(self, run: str) -> read.Reading:
        tests = yield from read.listed(f"get_tests/{run}", "tests")
        self.cases = {}
        for test in objects(tests):
            if read.is_id(test.get("id")) and read.is_id(test.get("case_id")):
                self.cases[test["id"]] = str(test["case_id"])

    def _read_case(self, test: int) -> read.Reading:
        """The case of a test that the run does not list: another job has taken it out of the run.

        A test that the service does not know any more is gone with its results: they prove nothing.
        """
        reply = yield get(f"get_test/{test}")
        if reply.status in _GONE:
            return
        shown = read.opened(reply)
        case = None
        if isinstance(shown, Mapping):
            case = shown.get("case_id")
        self.cases[test] = str(read.id_of({"id": case}, f"case of test {test}"))

    def _compared(
        self,
        wire: list[bytes],
        added: list[Mapping[str, object]],
    ) -> Finding:
        there: Counter[Identity] = Counter()
        numbers: dict[str, object] = {}
        for result in sorted(added, key=_number):
            case = self.cases.get(_test_of(result), "")
            there[_identity(case, result)] += 1
            if read.is_id(result.get("id")):
                numbers[case] = result["id"]
        found: set[int] = set()
        for place, item in enumerate(wire):
            wanted = _wanted(item)
            if all(there[key] >= number for key, number in wanted.items()):
                found.add(place)
        if len(found) == len(wire):
            ours = {str(entries(item)[0]["case_id"]) for item in wire}
            return There({"results": {case: numbers[case] for case in numbers if case in ours}})
        missing = []
        for place, item in enumerate(wire):
            if place not in found:
                missing.append(item)
        if _in_other_words(missing, there):
            return _ANOTHER_TEXT
        if found:
            return PartlyThere(frozenset(found))
        return NotThere()


def _in_other_words(
    missing: Iterable[bytes],
    there: Counter[Identity],
) -> bool:
    """Whether a result that was not found is there but for its text."""
    shown = {identity[:2] for identity in there}
    return any(identity[:2] in shown for item in missing for identity in _wanted(item))


def _wanted(item: bytes) -> Counter[Identity]:
    return Counter(
        _identity(
            str(entry["case_id"]),
            entry,
        )
        for entry in entries(item)
    )


def _identity(
    case: str,
    result: Mapping[str, object],
) -> Identity:
    """Test, status, comment and elapsed, as both sides show them.

    The service writes time spans and line ends its own way.
    """
    comment = " ".join(str(result.get("comment") or "").split())
    return (
        case,
        read.id_or_none(result.get("status_id")),
        comment,
        seconds(
            result.get("elapsed"),
        ),
    )


def _number(result: Mapping[str, object]) -> int:
    return read.id_or_none(result.get("id")) or 0


def _test_of(result: Mapping[str, object]) -> int:
    return read.id_or_none(result.get("test_id")) or 0


def _baseline(book: Book) -> int:
    """The service's highest result id before the upload."""
    for opening in book.openings("match"):
        return int(opening.remote.get("baseline") or 0)
    return 0


def _added_since(listed: object, book: Book) -> list[Mapping[str, object]]:
    """The results that came since the upload began, and that no other batch of it has."""
    baseline = _baseline(book)
    ours = frozenset(book.results.values())
    added = []
    for result in objects(listed):
        if not _is_older(result.get("id"), baseline, ours):
            added.append(result)
    return added


def _is_older(
    number: object,
    baseline: int,
    ours: frozenset[str],
) -> bool:
    """Whether a result was there before the upload, or belongs to another of its batches."""
    return (isinstance(number, int) and number <= baseline) or str(number) in ours


def _my_id(user: str) -> read.Reading:
    """The user's number; None if the user may not ask: then everybody's results are read."""
    reply = yield get("get_user_by_email", email=user)
    document = reply.json()
    if reply.accepted and isinstance(document, Mapping):
        return read.id_or_none(document.get("id"))
    return None
