"""The calls that change something. The bulk call is all or nothing and names the first bad case;
``update_run`` replaces ``case_ids``; what trcli needs to roll back exists too, so that whoever does
it can be seen doing it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from testferry.services.testrail.emulator.fields import check_fields
from testferry.services.testrail.emulator.reads import get_plan
from testferry.services.testrail.emulator.state import (
    STATUSES,
    UNTESTED,
    Body,
    Call,
    Entity,
    Handler,
    Refused,
    Run,
    State,
    find,
)

LONGEST_TITLE = 250
_ELAPSED = re.compile(r"(?:\d{1,18}[wdhms]\s{0,18})+")


def add_suite(state: State, call: Call) -> Entity:
    """Make a suite."""
    state.project(call)
    number = state.next_id()
    state.suites[number] = {
        "id": number,
        "name": call.fields.get("name"),
        "project_id": int(call.path[0]),
        "is_master": False,
    }
    return state.suites[number]


def add_section(state: State, call: Call) -> Entity:
    """Make a section, alone or below another."""
    state.project(call)
    if not call.fields.get("name"):
        raise Refused(400, "Field :name is a required field.")
    parent = None
    depth = 0
    if call.fields.get("parent_id"):
        parent = int(call.fields["parent_id"])
        if parent not in state.sections:
            raise Refused(400, "Field :parent_id is not a valid section.")
        depth = state.sections[parent]["depth"] + 1
    number = state.next_id()
    state.sections[number] = {
        "id": number,
        "name": call.fields["name"],
        "suite_id": int(call.fields.get("suite_id") or 1),
        "parent_id": parent,
        "display_order": len(state.sections) + 1,
        "depth": depth,
    }
    return state.sections[number]


def add_case(state: State, call: Call) -> Entity:
    """Make a case in a section."""
    section = find(state.sections, call, "Field :section_id is not a valid section.")
    for name in ("title", *sorted(state.required_of_cases)):
        if not call.fields.get(name):
            raise Refused(400, f"Field :{name} is a required field.")
    check_fields(state.fields, call.fields)
    if len(str(call.fields["title"])) > LONGEST_TITLE:
        raise Refused(400, f"Field :title is too long ({LONGEST_TITLE} characters at most).")
    return state.make_case(
        int(section["id"]),
        **call.fields,
    )


def update_case(state: State, call: Call) -> Entity:
    """Change fields of a case."""
    case = find(state.cases, call, "Field :case_id is not a valid test case.")
    changed = dict(call.fields)
    if "labels" in changed:
        wanted = changed["labels"]
        changed["labels"] = [{"id": each, "title": state.labels[each]} for each in wanted]
    case |= {**changed, "updated_on": state.now()}
    return case


def add_run(state: State, call: Call) -> Entity:
    """Make a run."""
    state.project(call)
    milestone = call.fields.get("milestone_id")
    if milestone and state.milestones and milestone not in state.milestones:
        raise Refused(400, "Field :milestone_id is not a valid milestone.")
    return state.show(state.make_run(call.fields))


def update_run(state: State, call: Call) -> Entity:
    """Change a run that belongs to no plan."""
    run = state.open_run(call)
    if run.plan is not None:
        raise Refused(400, "This run belongs to a test plan and cannot be edited independently.")
    return state.show(_change(state, run, call.fields))


def update_plan_entry(state: State, call: Call) -> Entity:
    """Change all runs of an entry."""
    plan = int(call.path[0])
    runs = [run for run in state.runs.values() if run.plan == plan and run.entry == call.path[1]]
    if not runs:
        raise Refused(400, "Field :entry_id is not a valid entry.")
    changed = [state.show(_change(state, run, call.fields)) for run in runs]
    return {"id": call.path[1], "runs": changed}


def update_run_in_plan_entry(state: State, call: Call) -> Entity:
    """Change one run of an entry."""
    return state.show(
        _change(
            state,
            state.open_run(call),
            call.fields,
        )
    )


def _change(state: State, run: Run, body: Body) -> Run:
    for key, value in body.items():
        if key not in ("case_ids", "include_all"):
            run.fields[key] = value
    if "case_ids" in body or "include_all" in body:
        state.hold(
            run,
            {"include_all": run.fields["include_all"], **body},
        )
    return run


def add_plan(state: State, call: Call) -> Entity:
    """Make a plan with its entries."""
    state.project(call)
    number = state.next_id()
    state.plans[number] = {
        "id": number,
        "name": call.fields.get("name"),
        "entries": [],
        "is_completed": False,
    }
    for entry in call.fields.get("entries") or ():
        add_plan_entry(state, Call([str(number)], entry))
    return get_plan(
        state,
        Call([str(number)], {}),
    )


def add_plan_entry(state: State, call: Call) -> Entity:
    """Make an entry of a plan with its runs: one, or one for each set of configurations."""
    plan = state.plan(call)
    if plan.get("is_completed"):
        raise Refused(400, "This test plan is closed/completed and cannot be modified.")
    known = {config["id"] for group in state.configs for config in group["configs"]}
    if known and not known.issuperset(call.fields.get("config_ids") or ()):
        raise Refused(400, "Field :config_ids contains one or more invalid configuration IDs.")
    if call.fields.get("config_ids") and not call.fields.get("runs"):
        raise Refused(400, "Field :entries has configurations but no test runs.")
    entry = {
        "id": f"entry-{state.next_id()}",
        "name": call.fields.get("name"),
        "description": call.fields.get("description"),
    }
    runs = []
    for fields in call.fields.get("runs") or [call.fields]:
        run = state.make_run(
            {**call.fields, **fields},
            int(call.path[0]),
            entry["id"],
        )
        runs.append(state.show(run))
    plan["entries"].append(entry)
    return {**entry, "runs": runs}


def close_run(state: State, call: Call) -> Entity:
    """Close a run for good."""
    run = state.open_run(call)
    run.closed = True
    return state.show(run)


def add_results_for_cases(state: State, call: Call) -> list[Entity]:
    """Add results: all of them or none."""
    run = state.open_run(call)
    entries = call.fields.get("results")
    if not isinstance(entries, list) or not entries:
        raise Refused(400, "Field :results cannot be empty (one result is required)")
    for entry in entries:
        _check_result(state, run, entry)
    return [_add_result(state, run, entry) for entry in entries]


def _check_result(state: State, run: Run, entry: Body) -> None:
    case = entry.get("case_id")
    if not isinstance(case, int):
        raise Refused(400, "Field :results.case_id is not a valid ID.")
    if case not in run.tests:
        raise Refused(
            400,
            f"Field :results contains one or more invalid results (case C{case} unknown or not "
            "part of the test run)",
        )
    status = entry.get("status_id")
    if status not in STATUSES or status == UNTESTED:
        raise Refused(400, "Field :results.status_id is not a valid status.")
    elapsed = str(entry.get("elapsed", "1s"))
    if elapsed == "0s" or not _ELAPSED.fullmatch(elapsed):
        raise Refused(400, "Field :results.elapsed is not in a valid time span format.")
    for name in sorted(state.required):
        if not entry.get(name):
            raise Refused(400, f"Field :{name} is a required field.")
    check_fields(state.result_fields, entry)


def _add_result(state: State, run: Run, entry: Body) -> Entity:
    case = int(entry["case_id"])
    run.status[case] = int(entry["status_id"])
    fields = dict(entry)
    del fields["case_id"]
    result = {
        "id": state.next_id(),
        "test_id": run.tests[case],
        "comment": "",
        "elapsed": None,
        **fields,
        "created_on": state.now(),
        "created_by": 1,
    }
    # for those who check; the service says neither
    state.results.append(
        {
            **result,
            "run_id": run.id,
            "case_id_of_test": case,
        }
    )
    return result


def attach(
    state: State,
    path: list[str],
    body: bytes,
    content_type: str,
) -> Entity:
    """Keep a file at a result."""
    if not any(str(result["id"]) == path[0] for result in state.results):
        raise Refused(400, "Field :result_id is not a valid test result.")
    boundary = content_type.partition("boundary=")[2].strip('"').encode()
    head, _, rest = body.partition(b"\r\n\r\n")
    name = re.search(rb'filename="([^"]*)"', head)
    if not boundary or not name:
        raise Refused(400, "No attachment was sent.")
    content = rest.rpartition(b"\r\n--" + boundary)[0]
    state.attachments.append(
        (
            int(path[0]),
            name[1].decode("utf-8", "replace"),
            content,
        )
    )
    return {"attachment_id": state.next_id()}


def delete_run(state: State, call: Call) -> Entity:
    """Delete a run with its results."""
    run = state.run(call)
    state.deleted.append(f"run {run.id}")
    del state.runs[run.id]
    state.results = [result for result in state.results if result["run_id"] != run.id]
    return {}


def delete_cases(state: State, call: Call) -> Entity:
    """Delete cases."""
    for case in call.fields.get("case_ids") or ():
        state.deleted.append(f"case {case}")
        state.cases.pop(int(case), None)
    return {}


def delete_section(state: State, call: Call) -> Entity:
    """Delete a section."""
    state.deleted.append(f"section {call.path[0]}")
    state.sections.pop(
        int(call.path[0]),
        None,
    )
    return {}


WRITES: Mapping[str, Handler] = {
    "add_case": add_case,
    "add_plan": add_plan,
    "add_plan_entry": add_plan_entry,
    "add_results_for_cases": add_results_for_cases,
    "add_run": add_run,
    "add_section": add_section,
    "add_suite": add_suite,
    "close_run": close_run,
    "delete_cases": delete_cases,
    "delete_run": delete_run,
    "delete_section": delete_section,
    "update_case": update_case,
    "update_plan_entry": update_plan_entry,
    "update_run": update_run,
    "update_run_in_plan_entry": update_run_in_plan_entry,
}
