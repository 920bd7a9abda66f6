"""What a TestRail holds, in memory: projects, suites, sections, cases, runs, plans, results, files;
and how an entity is found, made and shown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, TypeVar

from testferry.clock import SystemClock
from testferry.services.emulation import Response

FIELD = "custom_automation_id"
UNTESTED = 3
STATUSES = {
    1: "passed",
    2: "blocked",
    UNTESTED: "untested",
    4: "retest",
    5: "failed",
}
_MANY_SUITES = 3  # the suite mode of a project with as many as it likes
_FIRST_ID = 1000

# An entity as the service's JSON has it: its fields are whatever was sent, and some of its own.
Entity = dict[str, Any]
Body = Mapping[str, Any]
Found = TypeVar("Found")


class Refused(Exception):
    """A request that the service does not apply, with its answer."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.response = Response(status, {"error": words})


@dataclass(frozen=True, slots=True)
class Call:
    """What a request asks for."""

    # the parts of the address behind the call's name
    path: list[str]
    # the parameters of a query, or the fields of a body
    fields: Body
    # the call with its path, as links to other pages repeat it
    address: str = ""

    def text(self, name: str, default: str = "") -> str:
        """Give a parameter of a query."""
        return str(self.fields.get(name) or default)


@dataclass(slots=True)
class Run:
    """A run and its tests."""

    id: int
    fields: Entity
    # case id to test id
    tests: dict[int, int] = field(default_factory=dict)
    # the same of cases that were taken out of the run
    left: dict[int, int] = field(default_factory=dict)
    # case id to its latest status; not there: untested
    status: dict[int, int] = field(default_factory=dict)
    closed: bool = False
    plan: int | None = None
    entry: str | None = None

    def status_of(self, case: int) -> int:
        """Give the latest status of a case."""
        return self.status.get(case, UNTESTED)


class Left(Enum):
    """What becomes of a test whose case is taken out of its run; no document tells it."""

    HIDDEN = auto()  # it comes back with its results when the case does
    SHOWN = auto()  # the same, and lists of results have them meanwhile
    GONE = auto()  # its results go with it


class State:
    """All that is stored, whatever the database. One project, "Demo", with one suite and an
    automation field is there from the start.
    """

    __test__ = False

    # made once on purpose
    def __init__(
        self,
        database: str = "",
        wall: Callable[[], float] = SystemClock().wall,  # noqa: B008
        mode: int = 1,
    ) -> None:
        self._wall = wall
        self._last_id = _FIRST_ID
        # fields of results, and of cases, that must be there
        self.required: set[str] = set()
        self.required_of_cases: set[str] = set()
        self.left = Left.HIDDEN
        # what somebody deleted, in words
        self.deleted: list[str] = []
        self.projects: dict[int, Entity] = {1: _demo_project(mode)}
        self.suites: dict[int, Entity] = {1: _master_suite(mode)}
        self.sections: dict[int, Entity] = {}
        self.cases: dict[int, Entity] = {}
        self.runs: dict[int, Run] = {}
        self.plans: dict[int, Entity] = {}
        self.milestones: dict[int, Entity] = {}
        # groups of configurations, as ``get_configs`` lists them
        self.configs: list[Entity] = []
        # e-mail addresses of the users, by their ids; none: whoever asks is user 1
        self.users: dict[int, str] = {}
        # ids to titles
        self.labels: dict[int, str] = {}
        self.results: list[Entity] = []
        # the result's id, the file's name, its bytes
        self.attachments: list[tuple[int, str, bytes]] = []
        self.fields: list[Entity] = [_automation_field()]
        self.result_fields: list[Entity] = []

    def next_id(self) -> int:
        """Give an id that nothing has."""
        self._last_id += 1
        return self._last_id

    def now(self) -> int:
        """Give the service's time, in whole seconds since the epoch."""
        return int(self._wall())

    # --- how entities are found

    def project(self, call: Call) -> Entity:
        """Find the project that a call is for. Raises Refused, as all of these do."""
        words = "Field :project_id is not a valid or accessible project."
        return find(self.projects, call, words)

    def plan(self, call: Call) -> Entity:
        """Find a test plan."""
        return find(self.plans, call, "Field :plan_id is not a valid test plan.")

    def run(self, call: Call) -> Run:
        """Find a run."""
        return find(self.runs, call, "Field :run_id is not a valid test run.")

    def open_run(self, call: Call) -> Run:
        """Find a run that still takes results."""
        run = self.run(call)
        if run.closed:
            raise Refused(400, "This test run is closed/completed and cannot be modified.")
        return run

    # --- how they are made and shown

    def make_milestone(self, name: str, parent: int | None = None) -> int:
        """Make a milestone, alone or within another; for those who set a scene up."""
        number = self.next_id()
        self.milestones[number] = {
            "id": number,
            "name": name,
            "project_id": 1,
            "parent_id": parent,
            "is_completed": False,
        }
        return number

    def make_configs(self, group: str, *names: str) -> list[int]:
        """Make a group of configurations."""
        number = self.next_id()
        ids = {name: self.next_id() for name in names}
        made = [{"id": each, "name": name, "group_id": number} for name, each in ids.items()]
        self.configs.append({"id": number, "name": group, "project_id": 1, "configs": made})
        return list(ids.values())

    def make_case(self, section: int, **fields: object) -> Entity:
        """Make a case; also for those who set a scene up."""
        suite = 1
        if section in self.sections:
            suite = self.sections[section]["suite_id"]
        number = self.next_id()
        now = self.now()
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
        for run in self.runs.values():
            if run.fields["include_all"] and not run.closed:  # all cases: those to come as well
                run.tests[number] = self.next_id()
        return made

    def make_run(
        self,
        body: Body,
        plan: int | None = None,
        entry: str | None = None,
    ) -> Run:
        """Make a run, alone or in an entry of a plan."""
        fields = {**body, "created_on": self.now()}
        run = Run(
            self.next_id(),
            fields,
            plan=plan,
            entry=entry,
        )
        self.hold(run, body)
        self.runs[run.id] = run
        return run

    def hold(self, run: Run, body: Body) -> None:
        """Make the run's cases those that the body lists: others leave it."""
        everything = body.get("include_all", True) is not False
        if everything:
            wanted = [case for case in self.cases if self._may_hold(run, case)]
        else:
            wanted = [int(case) for case in body.get("case_ids") or ()]
        if any(not self._may_hold(run, case) for case in wanted):
            raise Refused(400, "Field :case_ids is not a valid ID.")
        run.fields["include_all"] = everything
        known = {**run.left, **run.tests}
        run.tests = {case: known.get(case) or self.next_id() for case in dict.fromkeys(wanted)}
        run.left = {case: test for case, test in known.items() if case not in run.tests}
        if self.left is Left.GONE:
            self._forget(run)

    def _may_hold(self, run: Run, case: int) -> bool:
        """Say whether there is such a case, in the suite of the run."""
        suite = run.fields.get("suite_id")
        return case in self.cases and suite in (None, self.cases[case]["suite_id"])

    def _forget(self, run: Run) -> None:
        """Remove the results of the tests that left a run."""
        gone = set(run.left.values())
        self.results = [result for result in self.results if result["test_id"] not in gone]
        for case in run.left:
            run.status.pop(case, None)
        run.left = {}

    def tests_with_results(self, run: Run) -> dict[int, int]:
        """Give the tests whose results the lists have: case id to test id."""
        if self.left is Left.SHOWN:
            return {**run.left, **run.tests}
        return run.tests

    def show(self, run: Run) -> Entity:
        """Show a run as the lists do."""
        counts = {f"{name}_count": 0 for name in STATUSES.values()}
        for case in run.tests:
            counts[f"{STATUSES[run.status_of(case)]}_count"] += 1
        fields = dict(run.fields)
        for hidden in ("case_ids", "runs"):
            fields.pop(hidden, None)
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

    def stored(self, run: int | None = None) -> list[Entity]:
        """Give every result in the order in which it was added, for those who check."""
        return [result for result in self.results if run is None or result["run_id"] == run]


Handler = Callable[[State, Call], object]


def find(
    table: Mapping[int, Found],
    call: Call,
    words: str,
) -> Found:
    """Find the entity whose id a call is for. Raises Refused with these words if there is
    none.
    """
    number = -1
    if call.path and call.path[0].isdigit():
        number = int(call.path[0])
    if number not in table:
        raise Refused(400, words)
    return table[number]


def _demo_project(mode: int) -> Entity:
    return {
        "id": 1,
        "name": "Demo",
        "suite_mode": mode,
        "is_completed": False,
    }


def _master_suite(mode: int) -> Entity:
    return {
        "id": 1,
        "name": "Master",
        "project_id": 1,
        "is_master": mode != _MANY_SUITES,
        "is_completed": False,
    }


def _automation_field() -> Entity:
    return {
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
