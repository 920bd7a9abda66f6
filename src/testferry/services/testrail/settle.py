"""How doubt is settled at TestRail: by what we wrote into the run, by its counters, by the results
that were added since.

Whether a batch arrived is asked in ``arrived``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from testferry.engine.step import Book, Looking
from testferry.engine.verdict import CannotTell, NotThere, There
from testferry.services.http_json import objects
from testferry.services.testrail import read
from testferry.services.testrail.named import is_of_suite
from testferry.services.testrail.read import get
from testferry.submission import Items, State, Submission

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


def run_of_entry(entry: object) -> dict[str, object]:
    """The run of a plan's entry; empty if the answer does not say."""
    if not isinstance(entry, Mapping):
        return {}
    runs = objects(entry.get("runs"))
    if not runs or not read.is_id(runs[0].get("id")):
        return {}
    return {
        "id": str(runs[0]["id"]),
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


def not_yet_again(
    submission: Submission,
    items: Callable[[], Items],
    book: Book,
) -> Looking:
    """A change of the run's cases that is applied late takes out what others added meanwhile: it is
    waited for, whatever the run shows.
    """
    yield from ()
    return NotThere()


def find_closing(runs: Iterable[str]) -> Looking:
    """A run that is completed was closed, by whomever."""
    for run in runs:
        found = yield from read.one(get(f"get_run/{run}"), f"run {run}")
        if not found.get("is_completed"):
            return NotThere(retry_at_once=True)
    return There()


def find_run(
    submission: Submission,
    plan: str,
    signature: str,
    book: Book,
) -> Looking:
    """By the line that this upload wrote into its description."""
    suite = submission.body.get("suite_id")
    if plan:
        document = yield from read.one(get(f"get_plan/{plan}"), f"plan {plan}")
        for entry in objects(document.get("entries")):
            runs = objects(entry.get("runs"))
            if _signed(entry, signature) and all(is_of_suite(run, suite) for run in runs):
                made = run_of_entry(entry)
                if made:
                    return There(made)
                return CannotTell("the service names no id of the run")
        return NotThere()
    since = int(book.service_time(submission))
    call = f"get_runs/{submission.remote['project']}"
    runs = yield from read.listed(
        call,
        "runs",
        created_after=since,
        is_completed=0,
    )
    for run in objects(runs):
        if signature in str(run.get("description")) and is_of_suite(run, suite):
            return There({"id": str(read.id_of(run, "run"))})
    return NotThere()


def _signed(entry: Mapping[str, object], signature: str) -> bool:
    """Whether an entry of a plan, or one of its runs, carries the signature."""
    described = [entry, *objects(entry.get("runs"))]
    return any(signature in str(each.get("description")) for each in described)


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
    for case in objects(listed):
        if str(case.get("id")) in known:
            continue
        in_section = str(case.get("section_id", section)) == section
        if in_section and all(str(case.get(key)) == str(made[key]) for key in _compared(made)):
            return There({"id": str(read.id_of(case, "case"))})
    return NotThere()


def _compared(fields: Mapping[str, object]) -> list[str]:
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
    listed = document
    if isinstance(document, Mapping):
        listed = document.get("results")
    results = objects(listed)
    if reply.accepted and results and read.is_id(results[0].get("id")):
        return str(results[0]["id"])
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
    for shown in objects(listed):
        if str(shown.get("result_id")) != number:
            continue
        if name in (shown.get("name"), shown.get("filename")):
            return There()
    return NotThere()
