"""TestRail as far as an uploader can see it, this one or trcli: projects, suites, sections, cases,
runs, plans, results, files.

In memory. The bulk call is all or nothing and names the first bad case; lists are paged by limit
and offset without a total; ``update_run`` replaces ``case_ids``; errors are ``{"error": …}`` in the
texts that users report (services' documentation and threads). One project, "Demo", with one suite
and an automation field is there from the start; what trcli needs to roll back exists too, so that
whoever does it can be seen doing it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from testferry.clock import SystemClock
from testferry.services.testmo.emulator import Response

PAGE = 250
FIELD = "custom_automation_id"
STATUSES = {1: "passed", 2: "blocked", 3: "untested", 4: "retest", 5: "failed"}
_CALL = re.compile(r"(?:/index\.php)?\?/api/v2/([a-z_]+)((?:/[\w-]+)*)(?:&(.*))?")
_OPERATIONS = {
    "add_run": "run",
    "add_plan_entry": "run",
    "add_results_for_cases": "append",
    "add_section": "section",
    "add_case": "case",
    "add_attachment_to_result": "attach",
    "close_run": "complete",
    "update_run": "update",
    "update_plan_entry": "update",
    "update_run_in_plan_entry": "update",
}


class _Refused(Exception):
    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.response = Response(status, {"error": words})


@dataclass(slots=True)
class Run:
    """A run and its tests: case id to test id, and the latest status of each."""

    id: int
    fields: dict[str, Any]
    tests: dict[int, int] = field(default_factory=dict)
    status: dict[int, int] = field(default_factory=dict)
    closed: bool = False
    plan: int | None = None
    entry: str | None = None


class TestrailService:
    """The emulator's state and its calls. Used under one lock."""

    __test__ = False

    # made once on purpose
    def __init__(self, wall: Callable[[], float] = SystemClock().wall, mode: int = 1) -> None:  # noqa: B008
        self._wall = wall
        self.required: set[str] = set()  # result fields that must be there
        self.required_of_cases: set[str] = set()
        self.deleted: list[str] = []
        self.projects = {1: {"id": 1, "name": "Demo", "suite_mode": mode, "is_completed": False}}
        self.suites = {
            1: {
                "id": 1,
                "name": "Master",
                "project_id": 1,
                "is_master": mode != 3,
                "is_completed": False,
            }
        }
        self.sections: dict[int, dict[str, Any]] = {}
        self.cases: dict[int, dict[str, Any]] = {}
        self.runs: dict[int, Run] = {}
        self.plans: dict[int, dict[str, Any]] = {}
        self.results: list[dict[str, Any]] = []
        self.attachments: list[tuple[int, str, bytes]] = []
        self.fields = [
            {
                "id": 42,
                "system_name": FIELD,
                "name": "automation_id",
                "label": "Automation ID",
                "type_id": 1,
                "is_active": True,
                "configs": [
                    {
                        "context": {"is_global": True, "project_ids": None},
                        "options": {"is_required": False},
                        "id": "1",
                    }
                ],
            }
        ]
        self._ids = 1000
        self._test_of: dict[int, tuple[Run, int]] = {}

    # --- the wire

    def operation(self, method: str, target: str) -> str:
        """What a request is for, as faults call it."""
        match = _CALL.match(target)
        if not match:
            return "other"
        return "read" if method == "GET" else _OPERATIONS.get(match[1], "other")

    def handle(
        self, method: str, target: str, body: bytes, content_type: str = "application/json"
    ) -> Response:
        """Apply a request and answer it. ``target`` is the path with its query, as it was sent."""
        match = _CALL.match(target)
        call = getattr(self, f"_{match[1]}", None) if match else None
        if (
            match is None
            or call is None
            or not match[1].startswith(("get_", "add_", "update_", "close_", "delete_"))
        ):
            return Response(404, {"error": f"Unknown method '{match[1] if match else target}'"})
        if match[1].startswith("get_") is not (method == "GET"):
            return Response(405, {"error": f"{method} is not allowed for {match[1]}"})
        path = [unquote(part) for part in match[2].split("/") if part]
        try:
            if match[1].startswith("get_"):
                query = dict(parse_qsl(match[3] or "", keep_blank_values=True))
                return Response(200, call(path, query | {"": f"{match[1]}{match[2]}"}))
            if match[1] == "add_attachment_to_result":
                return Response(200, self._attach(path, body, content_type))
            return Response(200, call(path, _document(body)))
        except _Refused as refused:
            return refused.response

    def _next(self) -> int:
        self._ids += 1
        return self._ids

    def _now(self) -> int:
        return int(self._wall())

    # --- reading

    def _get_projects(self, _: list[str], query: Mapping[str, str]) -> Any:
        return _page(self.projects.values(), "projects", query)

    def _get_project(self, path: list[str], _: Mapping[str, str]) -> Any:
        return _found(
            self.projects, path, "Field :project_id is not a valid or accessible project."
        )

    def _get_suites(self, path: list[str], query: Mapping[str, str]) -> Any:
        self._get_project(path, query)
        return _page(self.suites.values(), "suites", query)

    def _get_suite(self, path: list[str], _: Mapping[str, str]) -> Any:
        return _found(self.suites, path, "Field :suite_id is not a valid test suite.")

    def _get_sections(self, path: list[str], query: Mapping[str, str]) -> Any:
        self._get_project(path, query)
        return _page(_of_suite(self.sections.values(), query), "sections", query)

    def _get_cases(self, path: list[str], query: Mapping[str, str]) -> Any:
        self._get_project(path, query)
        found = _of_suite(self.cases.values(), query)
        if "section_id" in query:
            found = [one for one in found if one["section_id"] == int(query["section_id"])]
        for name, key in (("created_after", "created_on"), ("updated_after", "updated_on")):
            if name in query:
                found = [one for one in found if one[key] > int(query[name])]
        return _page(found, "cases", query)

    def _get_case(self, path: list[str], _: Mapping[str, str]) -> Any:
        return _found(self.cases, path, "Field :case_id is not a valid test case.")

    def _get_case_fields(self, _: list[str], __: Mapping[str, str]) -> Any:
        return self.fields

    def _get_result_fields(self, _: list[str], __: Mapping[str, str]) -> Any:
        return []

    def _get_statuses(self, _: list[str], __: Mapping[str, str]) -> Any:
        return [
            {
                "id": number,
                "name": name,
                "label": name.title(),
                "is_system": True,
                "is_untested": number == 3,
            }
            for number, name in STATUSES.items()
        ]

    def _get_user_by_email(self, _: list[str], query: Mapping[str, str]) -> Any:
        return {"id": 1, "name": "Sandbox", "email": query.get("email"), "is_active": True}

    def _get_run(self, path: list[str], _: Mapping[str, str]) -> Any:
        return self.shown(self._run(path))

    def _get_runs(self, path: list[str], query: Mapping[str, str]) -> Any:
        self._get_project(path, query)
        found = [self.shown(run) for run in reversed(self.runs.values()) if run.plan is None]
        if "created_after" in query:
            found = [run for run in found if run["created_on"] > int(query["created_after"])]
        if "is_completed" in query:
            found = [run for run in found if run["is_completed"] is (query["is_completed"] == "1")]
        return _page(found, "runs", query)

    def _get_plan(self, path: list[str], _: Mapping[str, str]) -> Any:
        plan = _found(self.plans, path, "Field :plan_id is not a valid test plan.")
        entries = [
            {
                **entry,
                "runs": [self.shown(run) for run in self.runs.values() if run.entry == entry["id"]],
            }
            for entry in plan["entries"]
        ]
        return {**plan, "entries": entries}

    def _get_tests(self, path: list[str], query: Mapping[str, str]) -> Any:
        run = self._run(path)
        wanted = {int(one) for one in query.get("status_id", "").split(",") if one}
        found = [
            {
                "id": test,
                "case_id": case,
                "run_id": run.id,
                "status_id": run.status.get(case, 3),
                "title": self._title(case),
            }
            for case, test in run.tests.items()
            if not wanted or run.status.get(case, 3) in wanted
        ]
        return _page(found, "tests", query)

    def _get_results_for_run(self, path: list[str], query: Mapping[str, str]) -> Any:
        run = self._run(path)
        found = [one for one in reversed(self.results) if one["run_id"] == run.id]
        if "created_after" in query:
            found = [one for one in found if one["created_on"] > int(query["created_after"])]
        if "created_by" in query:
            found = [
                one for one in found if str(one["created_by"]) in query["created_by"].split(",")
            ]
        return _page(found, "results", query)

    def _get_results_for_case(self, path: list[str], query: Mapping[str, str]) -> Any:
        run, case = self._run(path), int(path[1])
        if case not in run.tests:
            raise _Refused(400, "No (active) test found for the run/case combination.")
        return _page(
            [one for one in reversed(self.results) if one["test_id"] == run.tests[case]],
            "results",
            query,
        )

    def _get_attachments_for_run(self, path: list[str], query: Mapping[str, str]) -> Any:
        run = self._run(path)
        of_run = {one["id"] for one in self.results if one["run_id"] == run.id}
        found = [
            {"result_id": number, "name": name, "size": len(data)}
            for number, name, data in self.attachments
            if number in of_run
        ]
        return _page(found, "attachments", query)

    def _title(self, case: int) -> str:
        return str(self.cases.get(case, {}).get("title", ""))

    # --- writing

    def _add_suite(self, path: list[str], body: Mapping[str, Any]) -> Any:
        self._get_project(path, {})
        number = self._next()
        self.suites[number] = {
            "id": number,
            "name": body.get("name"),
            "project_id": int(path[0]),
            "is_master": False,
        }
        return self.suites[number]

    def _add_section(self, path: list[str], body: Mapping[str, Any]) -> Any:
        self._get_project(path, {})
        if not body.get("name"):
            raise _Refused(400, "Field :name is a required field.")
        if body.get("parent_id") and int(body["parent_id"]) not in self.sections:
            raise _Refused(400, "Field :parent_id is not a valid section.")
        number = self._next()
        parent = body.get("parent_id")
        depth = self.sections[int(parent)]["depth"] + 1 if parent else 0
        self.sections[number] = {
            "id": number,
            "name": body["name"],
            "suite_id": int(body.get("suite_id") or 1),
            "parent_id": int(parent) if parent else None,
            "display_order": len(self.sections) + 1,
            "depth": depth,
        }
        return self.sections[number]

    def _add_case(self, path: list[str], body: Mapping[str, Any]) -> Any:
        section = _found(self.sections, path, "Field :section_id is not a valid section.")
        for name in ("title", *sorted(self.required_of_cases)):
            if not body.get(name):
                raise _Refused(400, f"Field :{name} is a required field.")
        if len(str(body["title"])) > PAGE:
            raise _Refused(400, "Field :title is too long (250 characters at most).")
        return self.make_case(int(section["id"]), **body)

    def make_case(self, section: int, **fields: Any) -> dict[str, Any]:
        """A case; also for those who set a scene up."""
        number, now = self._next(), self._now()
        suite = self.sections[section]["suite_id"] if section in self.sections else 1
        made = {
            "id": number,
            "section_id": section,
            "suite_id": suite,
            FIELD: None,
            **fields,
            "created_on": now,
            "updated_on": now,
        }
        self.cases[number] = made
        return made

    def _add_run(self, path: list[str], body: Mapping[str, Any]) -> Any:
        self._get_project(path, {})
        return self.shown(self._new_run(body))

    def _new_run(
        self, body: Mapping[str, Any], plan: int | None = None, entry: str | None = None
    ) -> Run:
        run = Run(self._next(), {**body, "created_on": self._now()}, plan=plan, entry=entry)
        self._hold(run, body)
        self.runs[run.id] = run
        return run

    def _hold(self, run: Run, body: Mapping[str, Any]) -> None:
        """The run's cases become those that the body lists: others leave it, and their results with
        them.
        """
        everything = body.get("include_all", True) is not False
        wanted = (
            list(self.cases) if everything else [int(one) for one in body.get("case_ids") or ()]
        )
        if any(case not in self.cases for case in wanted):
            raise _Refused(400, "Field :case_ids is not a valid ID.")
        run.fields["include_all"] = everything
        run.tests = {
            case: run.tests.get(case) or self._new_test(run, case) for case in dict.fromkeys(wanted)
        }

    def _new_test(self, run: Run, case: int) -> int:
        number = self._next()
        self._test_of[number] = (run, case)
        return number

    def _update_run(self, path: list[str], body: Mapping[str, Any]) -> Any:
        run = self._open_run(path)
        if run.plan is not None:
            raise _Refused(
                400, "This run belongs to a test plan and cannot be edited independently."
            )
        return self.shown(self._change(run, body))

    def _change(self, run: Run, body: Mapping[str, Any]) -> Run:
        run.fields.update(
            {key: value for key, value in body.items() if key not in ("case_ids", "include_all")}
        )
        if "case_ids" in body or "include_all" in body:
            self._hold(run, {"include_all": run.fields["include_all"], **body})
        return run

    def _update_plan_entry(self, path: list[str], body: Mapping[str, Any]) -> Any:
        runs = [
            run for run in self.runs.values() if run.plan == int(path[0]) and run.entry == path[1]
        ]
        if not runs:
            raise _Refused(400, "Field :entry_id is not a valid entry.")
        return {"id": path[1], "runs": [self.shown(self._change(run, body)) for run in runs]}

    def _update_run_in_plan_entry(self, path: list[str], body: Mapping[str, Any]) -> Any:
        return self.shown(self._change(self._open_run(path), body))

    def _add_plan(self, path: list[str], body: Mapping[str, Any]) -> Any:
        self._get_project(path, {})
        number = self._next()
        self.plans[number] = {
            "id": number,
            "name": body.get("name"),
            "entries": [],
            "is_completed": False,
        }
        for entry in body.get("entries") or ():
            self._add_plan_entry([str(number)], entry)
        return self._get_plan([str(number)], {})

    def _add_plan_entry(self, path: list[str], body: Mapping[str, Any]) -> Any:
        plan = _found(self.plans, path, "Field :plan_id is not a valid test plan.")
        if body.get("config_ids") and not body.get("runs"):
            raise _Refused(400, "Field :entries has configurations but no test runs.")
        entry = {
            "id": f"entry-{self._next()}",
            "name": body.get("name"),
            "description": body.get("description"),
        }
        runs = [
            self._new_run({**body, **one}, int(path[0]), entry["id"])
            for one in body.get("runs") or [body]
        ]
        plan["entries"].append(entry)
        return {**entry, "runs": [self.shown(run) for run in runs]}

    def _close_run(self, path: list[str], _: Mapping[str, Any]) -> Any:
        run = self._open_run(path)
        run.closed = True
        return self.shown(run)

    def _add_results_for_cases(self, path: list[str], body: Mapping[str, Any]) -> Any:
        run = self._open_run(path)
        entries = body.get("results")
        if not isinstance(entries, list) or not entries:
            raise _Refused(400, "Field :results cannot be empty (one result is required)")
        for entry in entries:
            self._check_result(run, entry)
        return [self._add_result(run, entry) for entry in entries]

    def _check_result(self, run: Run, entry: Mapping[str, Any]) -> None:
        case = entry.get("case_id")
        if not isinstance(case, int):
            raise _Refused(400, "Field :results.case_id is not a valid ID.")
        if case not in run.tests:
            words = (
                f"Field :results contains one or more invalid results (case C{case} unknown or "
                "not part of the test run)"
            )
            raise _Refused(400, words)
        if entry.get("status_id") not in STATUSES or entry["status_id"] == 3:
            raise _Refused(400, "Field :results.status_id is not a valid status.")
        elapsed = entry.get("elapsed", "1s")
        if elapsed == "0s" or not re.fullmatch(r"(?:\d+[wdhms]\s*)+", str(elapsed)):
            raise _Refused(400, "Field :results.elapsed is not in a valid time span format.")
        for name in sorted(self.required):
            if not entry.get(name):
                raise _Refused(400, f"Field :{name} is a required field.")

    def _add_result(self, run: Run, entry: Mapping[str, Any]) -> dict[str, Any]:
        case = int(entry["case_id"])
        run.status[case] = int(entry["status_id"])
        result = {
            "id": self._next(),
            "test_id": run.tests[case],
            "comment": "",
            "elapsed": None,
            **{key: value for key, value in entry.items() if key != "case_id"},
            "created_on": self._now(),
            "created_by": 1,
            "run_id": run.id,
            "case_id_of_test": case,
        }
        self.results.append(result)
        return {
            key: value for key, value in result.items() if key not in ("run_id", "case_id_of_test")
        }

    def _attach(self, path: list[str], body: bytes, content_type: str) -> Any:
        if not any(str(one["id"]) == path[0] for one in self.results):
            raise _Refused(400, "Field :result_id is not a valid test result.")
        boundary = content_type.partition("boundary=")[2].strip('"').encode()
        head, _, rest = body.partition(b"\r\n\r\n")
        name = re.search(rb'filename="([^"]*)"', head)
        if not boundary or not name:
            raise _Refused(400, "No attachment was sent.")
        content = rest.rpartition(b"\r\n--" + boundary)[0]
        self.attachments.append((int(path[0]), name[1].decode("utf-8", "replace"), content))
        return {"attachment_id": self._next()}

    def _add_attachment_to_result(self, path: list[str], body: Mapping[str, Any]) -> Any:
        raise AssertionError("handled with its bytes")

    # --- what trcli does to roll back

    def _delete_run(self, path: list[str], _: Mapping[str, Any]) -> Any:
        run = self._run(path)
        self.deleted.append(f"run {run.id}")
        del self.runs[run.id]
        self.results = [one for one in self.results if one["run_id"] != run.id]
        return {}

    def _delete_cases(self, _: list[str], body: Mapping[str, Any]) -> Any:
        for case in body.get("case_ids") or ():
            self.deleted.append(f"case {case}")
            self.cases.pop(int(case), None)
        return {}

    def _delete_section(self, path: list[str], _: Mapping[str, Any]) -> Any:
        self.deleted.append(f"section {path[0]}")
        self.sections.pop(int(path[0]), None)
        return {}

    # --- shared

    def _run(self, path: list[str]) -> Run:
        run: Run = _found(self.runs, path, "Field :run_id is not a valid test run.")
        return run

    def _open_run(self, path: list[str]) -> Run:
        run = self._run(path)
        if run.closed:
            raise _Refused(400, "This test run is closed/completed and cannot be modified.")
        return run

    def shown(self, run: Run) -> dict[str, Any]:
        """A run as the lists show it."""
        counts = {f"{name}_count": 0 for name in STATUSES.values()}
        for case in run.tests:
            counts[f"{STATUSES[run.status.get(case, 3)]}_count"] += 1
        fields = {
            key: value for key, value in run.fields.items() if key not in ("case_ids", "runs")
        }
        return {
            "id": run.id,
            "project_id": 1,
            "suite_id": 1,
            "description": None,
            "milestone_id": None,
            "refs": None,
            "config_ids": [],
            **fields,
            **counts,
            "is_completed": run.closed,
            "plan_id": run.plan,
            "entry_id": run.entry,
            "url": f"/index.php?/runs/view/{run.id}",
        }

    def stored(self, run: int | None = None) -> list[dict[str, Any]]:
        """Every result, in the order in which it was added, for those who check."""
        return [one for one in self.results if run is None or one["run_id"] == run]


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(body) if body else {}
    except ValueError:
        raise _Refused(400, "The request body is not valid JSON.") from None
    if not isinstance(found, Mapping):
        raise _Refused(400, "The request body is not an object.")
    return found


def _found(table: Mapping[int, Any], path: list[str], words: str) -> Any:
    number = int(path[0]) if path and path[0].isdigit() else -1
    if number not in table:
        raise _Refused(400, words)
    return table[number]


def _of_suite(entries: Iterable[dict[str, Any]], query: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        one
        for one in entries
        if "suite_id" not in query or str(one["suite_id"]) == query["suite_id"]
    ]


def _page(entries: Iterable[Any], name: str, query: Mapping[str, str]) -> dict[str, Any]:
    listed = list(entries)
    limit, offset = int(query.get("limit", PAGE)), int(query.get("offset", 0))
    if not 1 <= limit <= PAGE:
        raise _Refused(400, "Field :limit is not in a valid range.")
    shown = listed[offset : offset + limit]
    rest = "".join(
        f"&{key}={value}" for key, value in query.items() if key not in ("", "limit", "offset")
    )
    following = f"/api/v2/{query.get('', name)}{rest}&limit={limit}&offset={offset + limit}"
    links = {"next": following if offset + limit < len(listed) else None, "prev": None}
    return {"offset": offset, "limit": limit, "size": len(shown), "_links": links, name: shown}
