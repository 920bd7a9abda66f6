"""The ``get_`` calls: single entities, and lists that are paged by limit and offset without a
total.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from testferry.services.testrail.emulator.state import (
    STATUSES,
    UNTESTED,
    Call,
    Entity,
    Handler,
    Refused,
    Run,
    State,
    find,
)

PAGE = 250


def get_projects(state: State, call: Call) -> Entity:
    """List the projects."""
    return _page(state.projects.values(), "projects", call)


def get_project(state: State, call: Call) -> Entity:
    """Show a project."""
    return state.project(call)


def get_suites(state: State, call: Call) -> Entity:
    """List the suites."""
    state.project(call)
    return _page(state.suites.values(), "suites", call)


def get_suite(state: State, call: Call) -> Entity:
    """Show a suite."""
    return find(state.suites, call, "Field :suite_id is not a valid test suite.")


def get_sections(state: State, call: Call) -> Entity:
    """List the sections of a suite."""
    state.project(call)
    return _page(
        _of_suite(state, state.sections.values(), call),
        "sections",
        call,
    )


def get_cases(state: State, call: Call) -> Entity:
    """List the cases of a suite, also those of a section or made or changed since."""
    state.project(call)
    found = _of_suite(state, state.cases.values(), call)
    if "section_id" in call.fields:
        section = int(call.text("section_id"))
        found = [case for case in found if case["section_id"] == section]
    found = _since(found, "created_on", call.text("created_after"))
    found = _since(found, "updated_on", call.text("updated_after"))
    return _page(found, "cases", call)


def get_case(state: State, call: Call) -> Entity:
    """Show a case."""
    return find(state.cases, call, "Field :case_id is not a valid test case.")


def get_case_fields(state: State, _: Call) -> list[Entity]:
    """List the fields that cases have."""
    return state.fields


def get_result_fields(state: State, _: Call) -> list[Entity]:
    """List the fields that results have besides the system's own."""
    return state.result_fields


def get_templates(state: State, call: Call) -> list[Entity]:
    """List the templates: a text, which is the default, and separate steps."""
    state.project(call)
    names = ("Test Case (Text)", "Test Case (Steps)")
    return [
        {"id": number, "name": name, "is_default": number == 1}
        for number, name in enumerate(names, 1)
    ]


def get_milestones(state: State, call: Call) -> Entity:
    """List the milestones, each with those within it."""
    state.project(call)
    listed = []
    for milestone in state.milestones.values():
        if milestone["parent_id"] is None:
            number = milestone["id"]
            within = [each for each in state.milestones.values() if each["parent_id"] == number]
            listed.append({**milestone, "milestones": within})
    return _page(listed, "milestones", call)


def get_labels(state: State, call: Call) -> Entity:
    """List the labels of cases and tests."""
    state.project(call)
    listed = [{"id": number, "title": title} for number, title in state.labels.items()]
    return _page(listed, "labels", call)


def get_configs(state: State, call: Call) -> list[Entity]:
    """List the groups of configurations."""
    state.project(call)
    return state.configs


def get_plans(state: State, call: Call) -> Entity:
    """List the plans, without their entries; also those that are open, or are not."""
    state.project(call)
    listed = []
    for plan in state.plans.values():
        completed = "1" if plan.get("is_completed") else "0"
        if call.text("is_completed", completed) == completed:
            listed.append({key: value for key, value in plan.items() if key != "entries"})
    return _page(listed, "plans", call)


def get_statuses(_: State, __: Call) -> list[Entity]:
    """List the statuses."""
    statuses = []
    for number, name in STATUSES.items():
        statuses.append(
            {
                "id": number,
                "name": name,
                "label": name.title(),
                "is_system": True,
                "is_untested": number == UNTESTED,
            }
        )
    return statuses


def get_user_by_email(state: State, call: Call) -> Entity:
    """Show a user; of an instance whose users nobody named there is one, whatever the address."""
    wanted = call.text("email")
    known = {email: number for number, email in state.users.items()}
    if known and wanted not in known:
        raise Refused(400, "Field :email is not a valid email address.")
    return {
        "id": known.get(wanted, 1),
        "name": "Sandbox",
        "email": wanted,
        "is_active": True,
    }


def get_run(state: State, call: Call) -> Entity:
    """Show a run."""
    return state.show(state.run(call))


def get_runs(state: State, call: Call) -> Entity:
    """List the runs that belong to no plan, the newest first."""
    state.project(call)
    found = [state.show(run) for run in reversed(state.runs.values()) if run.plan is None]
    found = _since(found, "created_on", call.text("created_after"))
    if "is_completed" in call.fields:
        completed = call.text("is_completed") == "1"
        found = [run for run in found if run["is_completed"] is completed]
    return _page(found, "runs", call)


def get_plan(state: State, call: Call) -> Entity:
    """Show a plan with the runs of its entries."""
    plan = state.plan(call)
    entries = []
    for entry in plan["entries"]:
        runs = [state.show(run) for run in state.runs.values() if run.entry == entry["id"]]
        entries.append({**entry, "runs": runs})
    return {**plan, "entries": entries}


def get_tests(state: State, call: Call) -> Entity:
    """List the tests of a run, also those of some statuses."""
    run = state.run(call)
    wanted = {int(status) for status in call.text("status_id").split(",") if status}
    found = []
    for case, test in run.tests.items():
        status = run.status_of(case)
        if wanted and status not in wanted:
            continue
        found.append(_test(state, run, case, test))
    return _page(found, "tests", call)


def _test(state: State, run: Run, case: int, test: int) -> Entity:
    title = state.cases.get(case, {}).get("title", "")
    return {
        "id": test,
        "case_id": case,
        "run_id": run.id,
        "status_id": run.status_of(case),
        "title": str(title),
    }


def get_test(state: State, call: Call) -> Entity:
    """Show a test, also one that was taken out of its run where results of such are shown."""
    for run in state.runs.values():
        for case, test in state.tests_with_results(run).items():
            if str(test) == call.path[0]:
                return _test(state, run, case, test)
    raise Refused(400, "Field :test_id is not a valid test.")


def get_results_for_run(state: State, call: Call) -> Entity:
    """List the results of a run, the newest first, also those since or by somebody."""
    run = state.run(call)
    shown = set(state.tests_with_results(run).values())
    found = [result for result in reversed(state.results) if result["test_id"] in shown]
    found = _since(found, "created_on", call.text("created_after"))
    if "created_by" in call.fields:
        users = call.text("created_by").split(",")
        found = [result for result in found if str(result["created_by"]) in users]
    return _page(found, "results", call)


def get_results_for_case(state: State, call: Call) -> Entity:
    """List the results of a case in a run, the newest first."""
    run = state.run(call)
    test = run.tests.get(int(call.path[1]))
    if test is None:
        raise Refused(400, "No (active) test found for the run/case combination.")
    found = [result for result in reversed(state.results) if result["test_id"] == test]
    return _page(found, "results", call)


def get_attachments_for_run(state: State, call: Call) -> Entity:
    """List the files at a run's results."""
    run = state.run(call)
    of_run = {result["id"] for result in state.results if result["run_id"] == run.id}
    found = []
    for result, name, data in state.attachments:
        if result in of_run:
            found.append(
                {
                    "result_id": result,
                    "name": name,
                    "size": len(data),
                }
            )
    return _page(found, "attachments", call)


def _of_suite(
    state: State,
    entries: Iterable[Entity],
    call: Call,
) -> list[Entity]:
    if "suite_id" not in call.fields:
        return list(entries)
    suite = call.text("suite_id")
    if suite not in map(str, state.suites):
        raise Refused(400, "Field :suite_id is not a valid test suite.")
    return [entry for entry in entries if str(entry["suite_id"]) == suite]


def _since(
    entries: list[Entity],
    key: str,
    seconds: str,
) -> list[Entity]:
    """Keep what is newer than so many seconds since the epoch; everything if none are given."""
    if not seconds:
        return entries
    return [entry for entry in entries if entry[key] > int(seconds)]


def _page(
    entries: Iterable[Entity],
    name: str,
    call: Call,
) -> Entity:
    listed = list(entries)
    limit = int(call.text("limit", str(PAGE)))
    offset = int(call.text("offset", "0"))
    if not 1 <= limit <= PAGE:
        raise Refused(400, "Field :limit is not in a valid range.")
    shown = listed[offset : offset + limit]
    following = None
    if offset + limit < len(listed):
        rest = ""
        for key, value in call.fields.items():
            if key not in ("limit", "offset"):
                rest += f"&{key}={value}"
        following = f"/api/v2/{call.address}{rest}&limit={limit}&offset={offset + limit}"
    return {
        "offset": offset,
        "limit": limit,
        "size": len(shown),
        "_links": {"next": following, "prev": None},
        name: shown,
    }


READS: Mapping[str, Handler] = {
    "get_attachments_for_run": get_attachments_for_run,
    "get_case": get_case,
    "get_case_fields": get_case_fields,
    "get_cases": get_cases,
    "get_configs": get_configs,
    "get_labels": get_labels,
    "get_milestones": get_milestones,
    "get_plan": get_plan,
    "get_plans": get_plans,
    "get_project": get_project,
    "get_projects": get_projects,
    "get_result_fields": get_result_fields,
    "get_results_for_case": get_results_for_case,
    "get_results_for_run": get_results_for_run,
    "get_run": get_run,
    "get_runs": get_runs,
    "get_sections": get_sections,
    "get_statuses": get_statuses,
    "get_suite": get_suite,
    "get_suites": get_suites,
    "get_templates": get_templates,
    "get_test": get_test,
    "get_tests": get_tests,
    "get_user_by_email": get_user_by_email,
}
