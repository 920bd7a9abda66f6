"""How doubt is settled at TestRail: by what we wrote into the run, by its counters, by the results
that were added since.

A run of our own says by its counters how many of its tests have a result: one request. Anything
else is told by what this user added since the batch left, matched as a multiset on test, status,
comment and elapsed. What matches but for its text is ours in other words: the service may keep text
another way, so it proves nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from testferry.engine.step import Book, Looking
from testferry.engine.verdict import CannotTell, Finding, NotThere, PartlyThere, There
from testferry.services.testrail import read
from testferry.services.testrail.item import entries, seconds
from testferry.services.testrail.read import get
from testferry.submission import Items, State, Submission

_COUNTERS = "_count"
Identity = tuple[object, ...]


# --- what the journal knows of what was made


def made_by(
    name: str,
    book: Book,
) -> dict[str, str]:
    """What openings of this name made: their place in the plan to the service's id, in order."""
    found = {}
    for opening in book.openings(name):
        if "id" in opening.remote:
            found[str(opening.body["place"])] = str(opening.remote["id"])
    return found


def refusals_of(
    name: str,
    book: Book,
) -> dict[str, str]:
    """Openings of this name that were refused: their place in the plan to the reason."""
    found = {}
    for opening in book.openings(name):
        if opening.state is State.REJECTED:
            found[str(opening.body["place"])] = opening.reason
    return found


def run_of_entry(entry: object) -> dict[str, Any]:
    """The run of a plan's entry; empty if the answer does not say."""
    runs = None
    if isinstance(entry, Mapping):
        runs = entry.get("runs")
    first = None
    if isinstance(runs, list) and runs:
        first = runs[0]
    if not isinstance(entry, Mapping) or not isinstance(first, Mapping) or "id" not in first:
        return {}
    return {
        "id": str(first["id"]),
        "entry": entry.get("id"),
    }


# --- looks


def harmless_again(
    submission: Submission,
    items: Callable[[], Items],
    book: Book,
) -> Looking:
    """Reading again, or doing it twice, does no harm."""
    yield from ()
    return NotThere(retry_at_once=True)


def find_closing(run: str) -> Looking:
    """A run that is completed was closed, by whomever."""
    found = yield from read.read(get(f"get_run/{run}"))
    if found.get("is_completed"):
        return There()
    return NotThere(retry_at_once=True)


def find_run(
    submission: Submission,
    plan: str,
    signature: str,
    book: Book,
) -> Looking:
    """By the line that this upload wrote into its description."""
    if plan:
        document = yield from read.read(get(f"get_plan/{plan}"))
        if isinstance(document, Mapping):
            listed = document.get("entries")
        else:
            listed = ()
        for entry in listed or ():
            if _signed(entry, signature):
                return There(run_of_entry(entry))
        return NotThere()
    since = int(book.service_time(submission))
    call = f"get_runs/{submission.remote['project']}"
    runs = yield from read.listed(
        call,
        "runs",
        created_after=since,
        is_completed=0,
    )
    for run in runs:
        if isinstance(run, Mapping) and signature in str(run.get("description")):
            return There({"id": str(run["id"])})
    return NotThere()


def _signed(entry: object, signature: str) -> bool:
    """Whether an entry of a plan, or one of its runs, carries the signature."""
    if not isinstance(entry, Mapping):
        return False
    runs = entry.get("runs")
    described = [entry, *(runs if isinstance(runs, list) else ())]
    return any(
        signature in str(each.get("description")) for each in described if isinstance(each, Mapping)
    )


def find_section(
    submission: Submission,
    items: Callable[[], Items],
    book: Book,
) -> Looking:
    """It was not there before: whoever made it, it is the one."""
    body = submission.body
    parent = str(body.get("parent") or "")
    parent = made_by("section", book).get(parent, parent)
    known = yield from read.section_list(
        body["project"],
        body.get("suite_id"),
    )
    for number, (name, above) in known.items():
        if name == body["name"] and str(above or "") == parent:
            return There({"id": str(number)})
    return NotThere()


def find_case(
    submission: Submission,
    items: Callable[[], Items],
    book: Book,
) -> Looking:
    """Its section holds no other case of this title that was made since."""
    body = submission.body
    section = str(body["section"])
    section = made_by("section", book).get(section, section)
    query: dict[str, Any] = {}
    if body.get("suite_id"):
        query["suite_id"] = body["suite_id"]
    query["section_id"] = section
    query["created_after"] = int(book.service_time(submission))
    listed = yield from read.listed(f"get_cases/{body['project']}", "cases", **query)
    made = body["fields"]
    known = set(made_by("case", book).values())
    for case in listed:
        if not isinstance(case, Mapping) or str(case.get("id")) in known:
            continue
        in_section = str(case.get("section_id", section)) == section
        if in_section and all(str(case.get(key)) == str(made[key]) for key in _compared(made)):
            return There({"id": str(case["id"])})
    return NotThere()


def _compared(fields: Mapping[str, Any]) -> list[str]:
    """What tells one made case from another: its title and its automation id."""
    compared = []
    for key in fields:
        if key == "title" or (key.startswith("custom_") and key.endswith("automation_id")):
            compared.append(key)
    return compared


def case_of_attachment(submission: Submission, book: Book) -> str:
    """The case of the result that a file belongs to."""
    place = str(submission.body["case"])
    if place.startswith("@"):
        return made_by("case", book).get(place, "")
    return place


def latest_result(
    run: str,
    case: str,
) -> read.Reading:
    """The id of a case's latest result, if the answer to its batch was lost; empty for none."""
    reply = yield get(f"get_results_for_case/{run}/{case}", limit=1)
    document = reply.json()
    if isinstance(document, Mapping):
        listed = document.get("results")
    else:
        listed = document
    first = None
    if reply.accepted and isinstance(listed, list) and listed:
        first = listed[0]
    if isinstance(first, Mapping):
        return str(first.get("id", ""))
    return ""


def find_attachment(
    submission: Submission,
    run: str,
    book: Book,
) -> Looking:
    """By its result and its name; without such a list it is sent again after the settling time."""
    case = case_of_attachment(submission, book)
    number = str(submission.remote.get("result") or book.results.get(case, ""))
    if not number:
        number = yield from latest_result(run, case)
    name = str(submission.body["path"]).replace("\\", "/").rpartition("/")[2]
    try:
        listed = yield from read.listed(f"get_attachments_for_run/{run}", "attachments")
    except read.Stopped:
        return NotThere()
    for shown in listed:
        if not isinstance(shown, Mapping) or str(shown.get("result_id")) != number:
            continue
        if name in (shown.get("name"), shown.get("filename")):
            return There()
    return NotThere()


@dataclass(slots=True)
class Reader:
    """What has been read of the run and of the user stays known for the next look."""

    cases: dict[int, str] = field(default_factory=dict)  # test -> case
    me: int | None = None

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
        """Counters if they can tell, else every result that was added since."""
        if alone:
            finding: Finding | None = yield from self._by_counters(batch, run, book)
            if finding is not None:
                return finding
        return (
            yield from self._by_results(
                batch,
                wire,
                run,
                user,
                book,
            )
        )

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
            return CannotTell("the service's counters are behind", lagging=True)
        if tested == before:
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
        since = int(book.service_time(batch))
        call = f"get_results_for_run/{run}"
        listed = yield from read.listed(
            call,
            "results",
            created_after=since,
            **mine,
        )
        baseline = _baseline(book)
        ours = frozenset(book.results.values())
        added = []
        for result in listed:
            if isinstance(result, Mapping) and not _is_older(
                result.get("id"),
                baseline,
                ours,
            ):
                added.append(result)
        if not added:
            return NotThere()
        if any(result.get("test_id") not in self.cases for result in added):
            yield from self._read_cases(run)
        return self._compared(wire, added)

    def _read_cases(self, run: str) -> read.Reading:
        tests = yield from read.listed(f"get_tests/{run}", "tests")
        self.cases = {}
        for test in tests:
            if isinstance(test, Mapping) and read.is_id(test.get("id")):
                self.cases[test["id"]] = str(test.get("case_id"))

    def _compared(
        self,
        wire: list[bytes],
        added: list[Mapping[str, Any]],
    ) -> Finding:
        there: Counter[Identity] = Counter()
        numbers: dict[str, Any] = {}
        for result in sorted(added, key=_number):
            case = self.cases.get(_test_of(result), "")
            there[_identity(case, result)] += 1
            numbers[case] = result.get("id")
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
            return CannotTell("results of ours are shown with another text")
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
    result: Mapping[str, Any],
) -> Identity:
    """Test, status, comment and elapsed, as both sides show them.

    The service writes time spans and line ends its own way.
    """
    comment = " ".join(str(result.get("comment") or "").split())
    return (
        case,
        result.get("status_id"),
        comment,
        seconds(
            result.get("elapsed"),
        ),
    )


def _number(result: Mapping[str, Any]) -> int:
    number = result.get("id")
    if isinstance(number, int):
        return number
    return 0


def _test_of(result: Mapping[str, Any]) -> int:
    number = result.get("test_id")
    if isinstance(number, int):
        return number
    return 0


def _baseline(book: Book) -> int:
    """The service's highest result id before the upload."""
    for opening in book.openings("match"):
        return int(opening.remote.get("baseline") or 0)
    return 0


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
        return document.get("id")
    return None
