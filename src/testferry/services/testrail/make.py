"""What is made before results can be sent: sections, cases, the run or an entry of a plan; and the
end of a run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from testferry.engine.step import Book, Reply, Request, Sending
from testferry.engine.verdict import Accepted, Refused, Rejected
from testferry.services.http_json import created, unclear
from testferry.services.testrail import read
from testferry.services.testrail.fields import problem_and_cure
from testferry.services.testrail.read import Reading, Stopped, get, post
from testferry.services.testrail.settle import made_by, refusals_of, run_of_entry
from testferry.services.testrail.wish import Plan
from testferry.submission import Items, Kind, State, Submission

if TYPE_CHECKING:
    from testferry.services.testrail.target import Testrail

TRIES = 5  # to extend a run that other jobs change at the same time
PROBES = 2  # creations that are refused in the same words: the next ones would be too
# A run that is closed already is closed.
_CLOSED = re.compile(r"\b(?:closed|completed)\b", re.IGNORECASE)
_PLACE_IN_PLAN = ("plan_id", "entry_id", "config_ids")


def signature(marker: str) -> str:
    """The last line of a run's description: by it the run is found again if its answer is lost."""
    return f"Uploaded by {marker}"


def keyed(key: str) -> str:
    """The line of a run's description by which many jobs find it."""
    return f"Run key: {key}"


def openings_of_the_run(
    rail: Testrail,
    made: Plan,
    marker: str,
    suite: int | None,
) -> list[Submission]:
    """What makes the run hold the cases: a new run, or a change of the one that is there, if it
    needs one. A field that nothing fills ends the upload before.
    """
    if not made.cases and not rail.bare:
        return []
    rows = []
    if made.lacking:
        words, cure = problem_and_cure(made.lacking, "--result-field")
        body = {"lacking": words, "cure": cure}
        rows.append(Submission(0, Kind.OPEN, "required fields", body=body))
    found = rail.asked.found
    if found:
        rows.append(Submission(0, Kind.OPEN, "run", body={"found": found}))
    if found or rail.run_id:
        rows += _extension(rail, made)
    else:
        rows.append(_new_run_of(rail, made, marker, suite))
    return rows


def _new_run_of(
    rail: Testrail,
    made: Plan,
    marker: str,
    suite: int | None,
) -> Submission:
    meant = rail.asked.meant
    name = rail.title
    if suite in rail.asked.catalogue.suites:
        name = f"{name} ({rail.asked.catalogue.suites[suite]})"
    body: dict[str, object] = {
        "name": name,
        "suite_id": suite,
        "include_all": rail.include_all,
        "case_ids": made.existing,
        "description": _description(rail, marker),
    }
    if rail.refs:
        body["refs"] = rail.refs
    if meant.milestone:
        body["milestone_id"] = meant.milestone
    if meant.config_ids:
        inner = {
            "include_all": body["include_all"],
            "case_ids": body["case_ids"],
            "config_ids": meant.config_ids,
        }
        body |= {"config_ids": meant.config_ids, "runs": [inner]}
    body = {key: value for key, value in body.items() if value is not None}
    # The plan's id: it may have been named.
    remote = {"project": rail.asked.catalogue.project, "plan": meant.plan}
    return Submission(
        0,
        Kind.OPEN,
        "run",
        body=body,
        remote=remote,
    )


def _extension(
    rail: Testrail,
    made: Plan,
) -> list[Submission]:
    """What makes a run that is there hold the cases; nothing if it does already."""
    run = rail.asked.run
    holds = run.get("cases")
    if holds is None or not made.cases:
        return []
    if set(made.existing) <= set(holds) and not made.creations:
        return []
    body = {**place_of(run), "case_ids": made.existing}
    return [Submission(0, Kind.OPEN, "extend run", body=body)]


def refuse_lacking(
    submission: Submission,
    items: Items,
    book: Book,
) -> Sending:
    """Results without a field that they must have: nothing is sent that would be refused."""
    yield from ()
    body = submission.body
    return Refused(f"the result field {body['lacking']}", hint=body["cure"])


def _description(
    rail: Testrail,
    marker: str,
) -> str:
    """What the user says, the way back to what was built, and the words by which we find it."""
    build = []
    for name, value in rail.build.items():
        called = "Build" if name == "url" else name.capitalize()
        build.append(f"{called}: {value}")
    key = ""
    if rail.run_key:
        key = keyed(rail.run_key)
    paragraphs = [rail.description, "\n".join(build), key, signature(marker)]
    return "\n\n".join(text for text in paragraphs if text)


def send_section(
    submission: Submission,
    items: Items,
    book: Book,
) -> Sending:
    """One section; its parent may be one that was made a moment ago."""
    body = submission.body
    made: dict[str, object] = {"name": body["name"]}
    if body.get("suite_id"):
        made["suite_id"] = body["suite_id"]
    above = _section(body.get("parent"), book)
    if above is None:
        return _without_section(str(body.get("parent")), book)
    if above:
        made["parent_id"] = int(above)
    reply = yield post(f"add_section/{body['project']}", made)
    return created(reply, "the creation of the section")


def send_case(
    submission: Submission,
    items: Items,
    book: Book,
) -> Sending:
    """One case in its section. If all are refused alike, the rest is not asked any more."""
    above = _section(submission.body["section"], book)
    if above is None:
        return _without_section(str(submission.body["section"]), book)
    if words := _refused_alike("case", book):
        return Rejected(words, unasked=True)
    reply = yield post(f"add_case/{above}", submission.body["fields"])
    return created(reply, "the creation of the case")


def _section(
    place: object,
    book: Book,
) -> str | None:
    """A section's id, empty for none; None if it could not be made."""
    if str(place).startswith("#"):
        return made_by("section", book).get(str(place))
    return str(place or "")


def _without_section(
    place: str,
    book: Book,
) -> Rejected:
    reason = refusals_of("section", book).get(place, "")
    return Rejected(f"its section could not be made: {reason}", unasked=True)


def _refused_alike(
    name: str,
    book: Book,
) -> str:
    """The words in which the first creations were refused, if none was taken; empty otherwise."""
    said = []
    for opening in book.openings(name):
        if opening.state is State.SENT:
            return ""
        if opening.state is State.REJECTED:
            said.append(opening.reason)
        if len(said) == PROBES or opening.state is State.PENDING:
            break
    if len(said) == PROBES and len(set(said)) == 1:
        return said[0]
    return ""


def with_made_cases(
    body: Mapping[str, Any],
    book: Book,
) -> dict[str, object]:
    """The body of a run with the cases that were made meanwhile."""
    made = [int(case) for case in made_by("case", book).values()]
    return {
        **body,
        "case_ids": [*body["case_ids"], *made],
    }


def create_run(
    rail: Testrail,
    submission: Submission,
    book: Book,
) -> Sending:
    """A run of its own, or an entry of the plan; one that is there already is taken as it is."""
    if "found" in submission.body:
        return Accepted({"id": submission.body["found"]})
    plan = plan_of(rail, submission)
    body = with_made_cases(submission.body, book)
    if not body["case_ids"] and not rail.bare:
        reasons = list(refusals_of("case", book).values())
        words = "none of the cases could be made, so there is nothing to send"
        if reasons:
            words += f": {reasons[0]}"
        return Refused(words, hint="--case-field K=V gives every new case a field")
    project = str(submission.remote["project"])
    reply = yield _new_run(plan, project, body)
    if isinstance(reply.verdict, Rejected) and ":case_ids" in reply.message:
        reply = yield from _of_what_is_there(plan, project, body)
    if isinstance(reply.verdict, Rejected):
        cure = "check --title, --milestone-id, --plan-id and --config-ids"
        return Refused(f"{reply.status}: {reply.message}", hint=cure, status=reply.status)
    if plan and reply.accepted:
        found = run_of_entry(reply.json())
        if found:
            return Accepted(found)
        return unclear(reply, "the new entry of the plan")
    return created(reply, "the creation of the run")


def plan_of(
    rail: Testrail,
    submission: Submission,
) -> str:
    """The id of the plan in which a run is made; empty for none. Journals of 0.2 do not have it:
    there it was said as an id.
    """
    return str(submission.remote.get("plan", rail.plan_id))


def _of_what_is_there(
    plan_id: str,
    project: str,
    body: dict[str, Any],
) -> Reading:
    """A case was removed since the cases were read: the run gets the others.

    The refusal of its results names the one that is gone.
    """
    try:
        found, _ = yield from read.cases(
            int(project),
            body.get("suite_id"),
            "",
        )
    except Stopped as stop:
        return Reply(stop.verdict)
    known = {case.id for case in found}
    body["case_ids"] = [case for case in body["case_ids"] if case in known]
    return (yield _new_run(plan_id, project, body))


def _new_run(
    plan_id: str,
    project: str,
    body: dict[str, Any],
) -> Request:
    """The runs of an entry hold the same cases as the entry."""
    if "runs" in body:
        body["runs"] = [
            {
                **run,
                "case_ids": body["case_ids"],
            }
            for run in body["runs"]
        ]
    call = f"add_run/{project}"
    if plan_id:
        call = f"add_plan_entry/{plan_id}"
    return post(call, _with_all_cases(body))


def _with_all_cases(
    body: dict[str, Any],
) -> dict[str, Any]:
    """A run of every case of the suite names none."""
    if not body["include_all"]:
        return body
    without = {key: value for key, value in body.items() if key != "case_ids"}
    if "runs" in body:
        without["runs"] = [_with_all_cases(run) for run in body["runs"]]
    return without


def extend(
    run_id: str,
    body: Mapping[str, Any],
) -> Sending:
    """The union, read at the last moment and again behind it: another job may have added cases."""
    union: dict[int, None] = {}
    for _ in range(TRIES):
        try:
            tests = yield from tests_of(run_id)
        except Stopped as stop:
            return stop.verdict
        held = {int(case) for case in tests}
        union |= dict.fromkeys([*(int(case) for case in tests), *body["case_ids"]])
        if union.keys() <= held:
            break
        reply = yield _change(run_id, body, list(union))
        if not reply.accepted:
            return reply.verdict
    return Accepted()


def put_back(
    run_id: str,
    run: Mapping[str, object],
    cases: Iterable[str],
) -> Sending:
    """Cases of ours into a run that has lost them."""
    body = {
        **place_of(run),
        "case_ids": [int(case) for case in cases],
    }
    return (yield from extend(run_id, body))


def _change(
    run_id: str,
    body: Mapping[str, object],
    cases: list[int],
) -> Request:
    """The run's cases, and nothing else of it."""
    call = f"update_run/{run_id}"
    if body.get("plan_id"):
        call = f"update_plan_entry/{body['plan_id']}/{body.get('entry_id')}"
        if body.get("config_ids"):
            call = f"update_run_in_plan_entry/{run_id}"
    return post(call, {"include_all": False, "case_ids": cases})


def tests_of(run_id: str) -> Reading:
    """Case to status of every test of the run."""
    tests = yield from read.listed(f"get_tests/{run_id}", "tests")
    found = {}
    for test in tests:
        if isinstance(test, Mapping) and read.is_id(test.get("case_id")):
            found[str(test["case_id"])] = read.id_or_none(test.get("status_id"))
    return found


def close_all(runs: Iterable[str]) -> Sending:
    """Close one after the other; one that was closed before an answer was lost is closed."""
    for run_id in runs:
        verdict = yield from close(run_id)
        if not isinstance(verdict, Accepted):
            return verdict
    return Accepted()


def close(run_id: str) -> Sending:
    """Close the run; one that is closed already is closed."""
    reply = yield post(f"close_run/{run_id}", {})
    if reply.status == 400 and _CLOSED.search(reply.message):
        return Accepted()
    if ":run_id" in reply.message:
        words = f"{reply.status}: {reply.message}"
        return Refused(words, hint="check --run-id and --url", status=reply.status)
    return reply.verdict


def place_of(
    run: Mapping[str, object],
) -> dict[str, object]:
    """Where a run stands: a run of a plan is changed within its entry."""
    return {key: run.get(key) for key in _PLACE_IN_PLAN}


def read_run(run_id: str) -> Reading:
    """The run as it is now."""
    return (yield from read.read(get(f"get_run/{run_id}")))
