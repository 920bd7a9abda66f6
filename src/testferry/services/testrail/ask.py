"""What this upload asks TestRail before it can plan: the project, the suite, the run to fill, the
cases, the statuses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from testferry.engine.step import Book
from testferry.engine.verdict import Refused
from testferry.services.http_json import objects
from testferry.services.testrail import fields, labels, named, read
from testferry.services.testrail.fields import Field
from testferry.services.testrail.match import Cases
from testferry.services.testrail.read import Catalogue, Reading, Stopped, get
from testferry.text import whole_number

if TYPE_CHECKING:
    from testferry.services.testrail.target import Testrail

DEFAULT_STATUSES = {
    "passed": "1",
    "failed": "5",
    "error": "5",
    "skipped": "4",
}

_CHECK_RUN = "check --run-id and --url"
_NO_FIELD = "the project has no active case field custom_automation_id"
_ADD_FIELD = "add the field (Administration > Customizations), or use --match id or --match name"


@dataclass(slots=True)
class Meant:
    """What the user said in words of theirs, as the service takes it."""

    # the plan's id, empty for none; the run's configurations in it
    plan: str = ""
    config_ids: list[int] = field(default_factory=list)
    milestone: int | None = None
    # who gets the failed tests, in turn
    users: list[int] = field(default_factory=list)
    result_fields: dict[str, object] = field(default_factory=dict)
    case_fields: dict[str, object] = field(default_factory=dict)
    # results have a field for the steps of a test
    steps: bool = False
    # fields that must be filled, and that no option fills
    lacking: list[Field] = field(default_factory=list)
    lacking_of_cases: list[Field] = field(default_factory=list)
    # what was said of fields that the service does not list, in words
    unlisted: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Asked:
    """What was read; of a run to fill also ``baseline``, its highest result id before us."""

    catalogue: Catalogue = field(default_factory=Catalogue)
    meant: Meant = field(default_factory=Meant)
    # the run of the plan's entry of this name, if there is one
    found: str = ""
    # the fields that cases have, if they had to be read
    case_fields: fields.Fields | None = None
    run: dict[str, Any] = field(default_factory=dict)
    baseline: int = 0
    # cases that have a result of an earlier attempt of this job, if those are left out
    there: set[int] = field(default_factory=set)

    def everything(
        self,
        rail: Testrail,
        book: Book,
    ) -> Reading:
        """With as few requests as there are. Raises Stopped in the service's words."""
        if rail.project:
            project = yield from read.project(rail.project)
        else:
            project = yield from _project_of_run(rail.run_id)
        number = read.id_of(project, "project")
        if project.get("is_completed"):
            words = f"the project {project.get('name')} is completed"
            raise Stopped(Refused(words, hint="use another --project"))
        mode = read.mode_of(project)
        self.catalogue = here = Catalogue(project=number, mode=mode)
        if rail.run_id:
            here.suite = yield from self._the_run(rail, rail.run_id)
        else:
            yield from self._suites(rail, mode)
        yield from self._where(rail)
        here.statuses = {status: int(word) for status, word in DEFAULT_STATUSES.items()}
        if rail.status:
            here.statuses |= yield from read.statuses(rail.status)
        if rail.bare:
            return
        self.meant.users = yield from named.users(rail.assign_failed)
        if "labels" in rail.update_cases:
            here.labels = yield from labels.known_in(number)
        yield from self._fields_of_results(rail, book)
        yield from self._fields_of_cases(rail)
        here.cases = Cases(rail.match)
        for suite in here.suites or (here.suite,):
            yield from self._cases(suite, rail.match, book)
            if rail.create_missing or rail.match == "name":
                here.sections |= yield from read.section_list(number, suite)
        self._check_section(rail.section)

    def _suites(
        self,
        rail: Testrail,
        mode: int,
    ) -> Reading:
        """The suite that was named; else each result goes to the suite of its case, unless it has
        to be known before where a case, or the one run of many jobs, belongs.
        """
        here = self.catalogue
        found = yield from read.suites(here.project, mode, rail.suite)
        if len(found) == 1:
            here.suite = next(iter(found))
        elif rail.create_missing or rail.bare or rail.run_key:
            raise read.one_of(found)
        else:
            here.suites = found

    def _where(
        self,
        rail: Testrail,
    ) -> Reading:
        """The plan, with the run in it that is there already; its configurations; the milestone."""
        here, meant = self.catalogue, self.meant
        if rail.run_id:
            return
        if rail.milestone_id:
            meant.milestone = yield from named.milestone(here.project, rail.milestone_id)
        if not rail.plan_id:
            return
        plan = yield from named.plan(here.project, rail.plan_id)
        _check_project(plan, f"plan {plan['id']}", here.project)
        meant.plan = str(plan["id"])
        meant.config_ids = yield from named.configurations(here.project, rail.config_ids)
        if rail.run_key or rail.bare or here.suites:
            return
        self.found = named.run_there(plan, rail.title, here.suite, meant.config_ids)
        if self.found:
            yield from self._the_run(rail, self.found)

    def _fields_of_results(
        self,
        rail: Testrail,
        book: Book,
    ) -> Reading:
        """What was said of fields of results, held against the instance's; what must be said
        besides. That nothing must be said is believed of an earlier upload.
        """
        project, meant = self.catalogue.project, self.meant
        key = f"{project}/result fields"
        known, cached = None, book.cached(key)
        meant.steps = cached.get("steps") is True
        if rail.result_fields or cached.get("required") != [] or "steps" not in cached:
            known = yield from fields.of_results(project)
            if known is not None:
                meant.steps = fields.STEPS in known
            required = [each.name for each in fields.missing(known, ())]
            book.cache(key, {"required": required, "steps": meant.steps})
        said = rail.result_fields
        meant.result_fields = self._taken(said, known, fields.OF_RESULTS, "--result-field")
        meant.lacking = fields.missing(known, meant.result_fields)

    def _fields_of_cases(
        self,
        rail: Testrail,
    ) -> Reading:
        """The same of cases, if some may be made."""
        if not rail.create_missing:
            return
        meant = self.meant
        known = self.case_fields = yield from fields.of_cases(self.catalogue.project)
        meant.case_fields = self._taken(rail.case_fields, known, fields.OF_CASES, "--case-field")
        template = whole_number(str(meant.case_fields.get("template_id", "")))
        if template is not None:
            fields.check_template(meant.case_fields, known, template)
        meant.lacking_of_cases = fields.missing(known, meant.case_fields, template)

    def _taken(
        self,
        said: Mapping[str, str],
        known: fields.Fields | None,
        own: Iterable[str],
        option: str,
    ) -> dict[str, object]:
        """What was said of fields, as the service takes it; those that it does not list are told.
        Raises Stopped.
        """
        self.meant.unlisted += fields.unlisted(said, known, option)
        return fields.checked(said, known, own, option)

    def _check_section(
        self,
        wanted: str,
    ) -> None:
        sections = self.catalogue.sections
        known = {*map(str, sections), *(name for name, _ in sections.values())}
        if wanted.isdigit() and sections and wanted not in known:
            cure = "use --section with the id or the name of one"
            raise Stopped(Refused(f"there is no section {wanted}", hint=cure))

    def _the_run(
        self,
        rail: Testrail,
        run_id: str,
    ) -> Reading:
        """The run that is to be filled, and what its tests say."""
        found = yield from read.one(get(f"get_run/{run_id}"), f"run {run_id}", _CHECK_RUN)
        self.run = dict(found)
        _check_project(found, f"run {run_id}", self.catalogue.project)
        call = f"get_results_for_run/{run_id}"
        latest, _ = yield from read.page_of(
            call,
            "results",
            0,
            limit=1,
        )
        for result in latest:
            if isinstance(result, Mapping) and read.is_id(result.get("id")):
                self.baseline = max(self.baseline, result["id"])
        if self.run.get("is_completed"):
            words = f"run {run_id} is closed: TestRail takes no results for it any more"
            raise Stopped(Refused(words, hint="use an open run", closed=True))
        yield from self._its_tests(rail, run_id)
        return read.id_or_none(self.run.get("suite_id"))

    def _its_tests(
        self,
        rail: Testrail,
        run_id: str,
    ) -> Reading:
        """The cases that the run holds unless it holds all, and those that an earlier attempt of
        this job left a result of, if these are left out: one reading serves both.
        """
        holds_all = bool(self.run.get("include_all"))
        leaves_out = bool(rail.run_id) and rail.rerun == "skip"
        if holds_all and not leaves_out:
            return
        listed = yield from read.listed(f"get_tests/{run_id}", "tests")
        tests = [test for test in objects(listed) if read.is_id(test.get("case_id"))]
        if not holds_all:
            self.run["cases"] = [test["case_id"] for test in tests]
        if leaves_out:
            yield from self._earlier_attempts(run_id, rail.mark, tests)

    def _earlier_attempts(
        self,
        run_id: str,
        mark: str,
        tests: Iterable[Mapping[str, Any]],
    ) -> Reading:
        """The cases that have a result of this job; where no job is known, of whomever."""
        cases: dict[object, int] = {}
        for test in tests:
            if not mark and test.get("status_id") not in (None, read.UNTESTED):
                self.there.add(test["case_id"])
            cases[test.get("id")] = test["case_id"]
        if not mark:
            return
        results = yield from read.listed(f"get_results_for_run/{run_id}", "results")
        for result in objects(results):
            case = cases.get(result.get("test_id"))
            lines = str(result.get("comment")).splitlines()
            if case is not None and lines and lines[-1].strip() == mark:
                self.there.add(case)

    def _cases(
        self,
        suite: int | None,
        mode: str,
        book: Book,
    ) -> Reading:
        """A suite's cases; an earlier upload's cache counts if two requests say that it holds."""
        here = self.catalogue
        key = f"{here.project}/{suite}/{mode}"
        cached = book.cached(key)
        if not here.automation_field:
            here.automation_field = str(cached.get("automation_field", ""))
        if mode == "auto" and not here.automation_field:
            if self.case_fields is None:
                here.automation_field = yield from fields.automation_field(here.project)
            else:
                here.automation_field = fields.automation_among(self.case_fields)
            if not here.automation_field:
                raise Stopped(Refused(_NO_FIELD, hint=_ADD_FIELD))
        # Of both automation fields, if there are both: "a,b".
        words = {"auto": here.automation_field, "name": "title", "id": ""}
        word = words[mode]
        found = yield from read.refreshed(here.project, suite, word, cached)
        if found is None:
            found = yield from read.cases(here.project, suite, word)
        listed, changed = found
        known = len(cached.get("cases", ()))
        before = cached.get("changed")
        del cached, found
        for case in listed:
            here.cases.add(case)
            if suite is not None and suite in here.suites:
                here.suite_of[case.id] = suite
        if changed and (len(listed) != known or changed != before):
            kept = [[case.id, case.word, case.section] for case in listed]
            field = here.automation_field
            book.cache(key, {"automation_field": field, "changed": changed, "cases": kept})


def _check_project(
    shown: Mapping[str, object],
    what: str,
    project: int,
) -> None:
    """Ids count in the whole instance. Raises Stopped for one of another project."""
    theirs = shown.get("project_id")
    if project and read.is_id(theirs) and theirs != project:
        words = f"{what} is of project {theirs}, and not of project {project}"
        raise Stopped(Refused(words, hint="use one of the project, or its --project"))


def _project_of_run(run_id: str) -> Reading:
    run = yield from read.one(get(f"get_run/{run_id}"), f"run {run_id}", _CHECK_RUN)
    number = read.id_of({"id": run.get("project_id")}, "run's project")
    return (yield from read.project(str(number)))
