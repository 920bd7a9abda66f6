"""The ``get_`` calls: single entities, and lists that are paged by limit and offset without a
total.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from testferry.services.testrail.emulator.state import (
    STATUSES,
    UNTESTED,
    Entity,
    Refused,
    State,
    find,
)

PAGE = 250


@dataclass(frozen=True, slots=True)
class Query:
    """What a ``get_`` call asks for."""

    # the parts of the address behind the call's name
    path: list[str]
    # the call with its path, as links to other pages repeat it
    call: str
    values: Mapping[str, str]

    def get(self, name: str, default: str = "") -> str:
        """Give a parameter."""
        return self.values.get(name, default)

    def __contains__(self, name: str) -> bool:
        return name in self.values


def get_projects(state: State, query: Query) -> Entity:
    """List the projects."""
    return _page(state.projects.values(), "projects", query)


def get_project(state: State, query: Query) -> Entity:
    """Show a project."""
    return state.project(query.path)


def get_suites(state: State, query: Query) -> Entity:
    """List the suites."""
    state.project(query.path)
    return _page(state.suites.values(), "suites", query)


def get_suite(state: State, query: Query) -> Entity:
    """Show a suite."""
    return find(state.suites, query.path, "Field :suite_id is not a valid test suite.")


def get_sections(state: State, query: Query) -> Entity:
    """List the sections of a suite."""
    state.project(query.path)
    return _page(_of_suite(state.sections.values(), query), "sections", query)


def get_cases(state: State, query: Query) -> Entity:
    """List the cases of a suite, also those of a section or made or changed since."""
    state.project(query.path)
    found = _of_suite(state.cases.values(), query)
    if "section_id" in query:
        section = int(query.get("section_id"))
        found = [case for case in found if case["section_id"] == section]
    found = _since(found, "created_on", query.get("created_after"))
    found = _since(found, "updated_on", query.get("updated_after"))
    return _page(found, "cases", query)


def get_case(state: State, query: Query) -> Entity:
    """Show a case."""
    return find(state.cases, query.path, "Field :case_id is not a valid test case.")


def get_case_fields(state: State, _: Query) -> list[Entity]:
    """List the fields that cases have."""
    return state.fields


def get_result_fields(_: State, __: Query) -> list[Entity]:
    """List the fields that results have: none of its own."""
    return []


def get_statuses(_: State, __: Query) -> list[Entity]:
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


def get_user_by_email(_: State, query: Query) -> Entity:
    """Show the one user there is."""
    return {
        "id": 1,
        "name": "Sandbox",
        "email": query.values.get("email"),
        "is_active": True,
    }


def get_run(state: State, query: Query) -> Entity:
    """Show a run."""
    return state.show(state.run(query.path))


def get_runs(state: State, query: Query) -> Entity:
    """List the runs that belong to no plan, the newest first."""
    state.project(query.path)
    found = [state.show(run) for run in reversed(state.runs.values()) if run.plan is None]
    found = _since(found, "created_on", query.get("created_after"))
    if "is_completed" in query:
        completed = query.get("is_completed") == "1"
        found = [run for run in found if run["is_completed"] is completed]
    return _page(found, "runs", query)


def get_plan(state: State, query: Query) -> Entity:
    """Show a plan with the runs of its entries."""
    return show_plan(state, query.path)


def show_plan(state: State, path: list[str]) -> Entity:
    """Show a plan with the runs of its entries. Raises Refused if there is none."""
    plan = state.plan(path)
    entries = []
    for entry in plan["entries"]:
        runs = [state.show(run) for run in state.runs.values() if run.entry == entry["id"]]
        entries.append({**entry, "runs": runs})
    return {**plan, "entries": entries}


def get_tests(state: State, query: Query) -> Entity:
    """List the tests of a run, also those of some statuses."""
    run = state.run(query.path)
    wanted = {int(status) for status in query.get("status_id").split(",") if status}
    found = []
    for case, test in run.tests.items():
        status = run.status_of(case)
        if wanted and status not in wanted:
            continue
        title = state.cases.get(case, {}).get("title", "")
        found.append(
            {
                "id": test,
                "case_id": case,
                "run_id": run.id,
                "status_id": status,
                "title": str(title),
            }
        )
    return _page(found, "tests", query)


def get_results_for_run(state: State, query: Query) -> Entity:
    """List the results of a run, the newest first, also those since or by somebody."""
    run = state.run(query.path)
    found = [result for result in reversed(state.results) if result["run_id"] == run.id]
    found = _since(found, "created_on", query.get("created_after"))
    if "created_by" in query:
        users = query.get("created_by").split(",")
        found = [result for result in found if str(result["created_by"]) in users]
    return _page(found, "results", query)


def get_results_for_case(state: State, query: Query) -> Entity:
    """List the results of a case in a run, the newest first."""
    run = state.run(query.path)
    test = run.tests.get(int(query.path[1]))
    if test is None:
        raise Refused(400, "No (active) test found for the run/case combination.")
    found = [result for result in reversed(state.results) if result["test_id"] == test]
    return _page(found, "results", query)


def get_attachments_for_run(state: State, query: Query) -> Entity:
    """List the files at a run's results."""
    run = state.run(query.path)
    of_run = {result["id"] for result in state.results if result["run_id"] == run.id}
    found = []
    for result, name, data in state.attachments:
        if result in of_run:
            found.append({"result_id": result, "name": name, "size": len(data)})
    return _page(found, "attachments", query)


def _of_suite(entries: Iterable[Entity], query: Query) -> list[Entity]:
    if "suite_id" not in query:
        return list(entries)
    suite = query.get("suite_id")
    return [entry for entry in entries if str(entry["suite_id"]) == suite]


def _since(entries: list[Entity], key: str, seconds: str) -> list[Entity]:
    """Keep what is newer than so many seconds since the epoch; everything if none are given."""
    if not seconds:
        return entries
    return [entry for entry in entries if entry[key] > int(seconds)]


def _page(entries: Iterable[Entity], name: str, query: Query) -> Entity:
    listed = list(entries)
    limit = int(query.get("limit", str(PAGE)))
    offset = int(query.get("offset", "0"))
    if not 1 <= limit <= PAGE:
        raise Refused(400, "Field :limit is not in a valid range.")
    shown = listed[offset : offset + limit]
    following = None
    if offset + limit < len(listed):
        rest = ""
        for key, value in query.values.items():
            if key not in ("limit", "offset"):
                rest += f"&{key}={value}"
        following = f"/api/v2/{query.call}{rest}&limit={limit}&offset={offset + limit}"
    return {
        "offset": offset,
        "limit": limit,
        "size": len(shown),
        "_links": {"next": following, "prev": None},
        name: shown,
    }


READS: Mapping[str, Callable[[State, Query], object]] = {
    call.__name__: call
    for call in (
        get_attachments_for_run,
        get_case,
        get_case_fields,
        get_cases,
        get_plan,
        get_project,
        get_projects,
        get_result_fields,
        get_results_for_case,
        get_results_for_run,
        get_run,
        get_runs,
        get_sections,
        get_statuses,
        get_suite,
        get_suites,
        get_tests,
        get_user_by_email,
    )
}
