"""TestRail: results in bulk onto the cases of a run, over the API v2.

Facts of the service, with where they are known from:

* ``index.php?/api/v2/METHOD/ID&k=v``: the path is within the query string; HTTP Basic, user and key
  or password; errors are ``{"error": …}`` (documentation, "Accessing the TestRail API");
* ``add_results_for_cases`` is all or nothing: one bad case refuses the whole call and only the
  first is named (TestRail's staff in discuss.gurock.com/t/1314); it answers the results in the
  order sent; no key makes it idempotent (documentation);
* lists are paged by ``limit`` (at most 250) and ``offset`` and tell no total; before 6.7 they are
  bare arrays (documentation);
* ``update_run`` replaces ``case_ids``: what is not listed leaves the run
  (discuss.gurock.com/t/5573), so the union is sent, and nothing else, so that description,
  milestone and references stay as they are;
* there is no bulk call for cases or sections; titles hold 250 characters (documentation).

Nothing that was accepted is ever deleted, and nothing is rolled back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from testferry.attachments import open_attachment
from testferry.engine.batching import Limits
from testferry.engine.step import Book, Check, Checking, Looking, Reply, Request, Sending
from testferry.engine.verdict import (
    Accepted,
    CannotTell,
    Deferred,
    InDoubt,
    NotThere,
    Refused,
    Rejected,
    There,
    Verdict,
)
from testferry.errors import ReportProblem
from testferry.model import Result, Tally
from testferry.services.http_json import created_id, encode, unclear, wrap
from testferry.services.testrail import read as reading
from testferry.services.testrail import settle as settling
from testferry.services.testrail.item import entries, typed
from testferry.services.testrail.match import Cases
from testferry.services.testrail.plan import (
    Plan,
    Row,
    Wish,
    case_of,
    place_of,
    plan,
    resolved,
    rows,
)
from testferry.services.testrail.read import API, Catalogue, Stopped, get, post
from testferry.submission import Items, Kind, Label, Submission
from testferry.text import count, shorten

_KEY = (
    "check TESTRAIL_USER and TESTRAIL_KEY, and that the API is enabled (Administration > Site "
    "Settings > API)"
)
UNTESTED = 3
TRIES = 5
_MODES = {1: "a single suite", 2: "a single suite with baselines", 3: "several suites"}
DEFAULT_STATUSES = {"passed": "1", "failed": "5", "error": "5", "skipped": "4"}
TEXT_LIMIT = 60_000
LARGEST_ATTACHMENT = 256 * 1024 * 1024  # documentation, "Attachments"
_CULPRIT = re.compile(r"\bcase C(\d+)\b")
# Refusals that every result meets alike: a required field that nothing fills, a run that is closed.
_CLOSED = re.compile(r"\b(?:closed|completed)\b", re.IGNORECASE)
_ALIKE = re.compile(
    r"is a required field|\b(?:closed|completed|archived)\b|read.?only", re.IGNORECASE
)


@dataclass(slots=True)
class Testrail:
    """The options of an upload to TestRail; with ``run_id`` or ``plan_id`` what is there is
    filled.
    """

    __test__: ClassVar[bool] = False
    uses_lanes: ClassVar[bool] = False
    plans_later: ClassVar[bool] = True
    batch_size: ClassVar[int] = 500
    batch_bytes: ClassVar[int] = 1_000_000
    overhead: ClassVar[int] = 64

    project: str = ""
    suite: str = ""
    section: str = ""
    title: str = ""
    description: str = ""
    run_id: str = ""
    plan_id: str = ""
    config_ids: list[int] = field(default_factory=list)
    milestone_id: str = ""
    match: str = "auto"
    create_missing: bool = False
    close_run: bool = False
    result_fields: dict[str, str] = field(default_factory=dict)
    case_fields: dict[str, str] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)
    attempts: str = "last"
    attachments_root: str = ""
    bare: bool = False  # only the run, for others to fill
    user: str = ""

    _catalogue: Catalogue = field(default_factory=Catalogue, repr=False)
    _run: dict[str, Any] = field(default_factory=dict, repr=False)
    _baseline: int = 0
    _reader: settling.Reader = field(default_factory=settling.Reader, repr=False)

    def describe(self) -> dict[str, Any]:
        """All of it: nothing here is secret."""
        return {
            key: value
            for key, value in asdict(self).items()
            if not key.startswith("_") and key != "user"
        }

    def identity(self) -> dict[str, Any]:
        """The run, or what makes it; how tests are matched is no other upload."""
        if self.run_id:
            return {"run_id": self.run_id}
        said = self.describe()
        return {
            key: said[key]
            for key in ("project", "suite", "title", "plan_id", "config_ids", "milestone_id")
        }

    # --- the plan

    def openings(self, tests: Tally, elapsed: float, marker: str) -> list[Submission]:
        """Everything else follows from what the service has: the plan is made when that is read."""
        return [Submission(0, Kind.OPEN, "match")]

    def new_lane(self) -> list[Submission]:
        """There are no lanes."""
        return []

    def closings(self) -> list[Submission]:
        """Only where it is asked for: a run that is closed cannot be opened again."""
        return [Submission(0, Kind.CLOSE, "close run")] if self.close_run else []

    def item(self, result: Result) -> bytes:
        """The neutral model as JSON, without what is empty: which case it belongs to is not known
        yet.
        """
        whole = asdict(result)
        whole["details"] = [
            {**one, "text": shorten(one["text"], TEXT_LIMIT)} for one in whole["details"]
        ]
        left_out = ("stdout", "stderr", "raw_status", "line", "file")
        return encode(
            {
                key: value
                for key, value in whole.items()
                if value not in ("", None, [], ()) and key not in left_out
            }
        )

    def replan(
        self, one: Submission, results: Iterator[tuple[bytes, Label]], marker: str
    ) -> tuple[Iterator[Row], str]:
        """The rows that follow from the match, and what a person should know before they are
        carried out.
        """
        catalogue = self._catalogue
        wish = Wish(
            self.attempts,
            self.create_missing,
            self.section,
            bool(self.run_id) and self._run.get("cases") is not None,
            {key: typed(value) for key, value in self.case_fields.items()},
            {key: typed(value) for key, value in self.result_fields.items()},
        )
        made = plan(results, catalogue, wish)
        for body in (*made.sections, *made.creations):
            body |= {"project": catalogue.project, "suite_id": catalogue.suite}
        limits = Limits(
            one.body.get("batch_size", self.batch_size),
            one.body.get("batch_bytes", self.batch_bytes),
            self.overhead,
        )
        opening = self._opening(made, marker) if made.cases or self.bare else None
        statuses, told = catalogue.statuses, _told(made)
        catalogue.cases = Cases(self.match)  # a hundred thousand cases are not needed any more
        return rows(made, opening, statuses, wish, limits), told

    def _opening(self, made: Plan, marker: str) -> Submission | None:
        """What makes the run hold the cases; None where it does already."""
        if self.run_id:
            missing = self._run.get("cases") is not None and not set(made.existing) <= set(
                self._run["cases"]
            )
            if self._run.get("cases") is not None and (missing or made.creations) and made.cases:
                return Submission(
                    0,
                    Kind.OPEN,
                    "extend run",
                    body={**_place_of(self._run), "case_ids": made.existing},
                )
            return None
        body: dict[str, Any] = {
            "name": self.title,
            "suite_id": self._catalogue.suite,
            "include_all": False,
            "case_ids": made.existing,
        }
        body["description"] = f"{self.description}\n\n{_signature(marker)}".strip()
        if self.milestone_id and not self.plan_id:
            body["milestone_id"] = int(self.milestone_id)
        if self.plan_id and self.config_ids:
            run = {key: body[key] for key in ("include_all", "case_ids")}
            body |= {
                "config_ids": self.config_ids,
                "runs": [{**run, "config_ids": self.config_ids}],
            }
        body = {key: value for key, value in body.items() if value is not None}
        return Submission(
            0, Kind.OPEN, "run", body=body, remote={"project": self._catalogue.project}
        )

    # --- the requests

    def send(self, one: Submission, items: Items, book: Book) -> Sending:
        """One POST each, but for the match, which only reads."""
        if one.name == "match":
            return (yield from self._match(book))
        if one.kind is Kind.BATCH:
            return (yield from self._send_batch(one, items, book))
        if one.name == "last look at the run":
            return (yield from self._keep(book))
        if one.kind is Kind.ATTACH:
            return (yield from self._attach(one, book))
        if one.name == "close run":
            reply = yield post(f"close_run/{self._run_id(book)}", {})
            return (
                Accepted()
                if reply.status == 400 and _CLOSED.search(reply.message)
                else reply.verdict
            )
        return (yield from self._open(one, book))

    def _match(self, book: Book) -> Sending:
        try:
            yield from self._read_everything(book)
        except Stopped as stop:
            return stop.verdict
        return Accepted({"suite_id": self._catalogue.suite, "baseline": self._baseline})

    def _read_everything(self, book: Book) -> reading.Reading:
        project = (
            yield from reading.project(self.project) if self.project else self._project_of_run()
        )
        number = int(project.get("id") or 0)
        if project.get("is_completed"):
            raise Stopped(
                Refused(
                    f"the project {project.get('name')} is completed", hint="use another --project"
                )
            )
        self._catalogue = here = Catalogue(project=number, mode=int(project.get("suite_mode") or 1))
        if self.run_id:
            here.suite = yield from self._read_run()
        else:
            here.suite = yield from reading.suite(number, here.mode, self.suite)
        here.statuses = {key: int(value) for key, value in DEFAULT_STATUSES.items()}
        if self.status:
            here.statuses |= yield from reading.statuses(self.status)
        if self.bare:
            return
        yield from self._read_cases(book)
        if self.create_missing or self.match == "name":
            here.sections = yield from reading.section_list(number, here.suite)
        known = {*map(str, here.sections), *(name for name, _ in here.sections.values())}
        if self.section.isdigit() and here.sections and self.section not in known:
            raise Stopped(
                Refused(
                    f"there is no section {self.section}",
                    hint="use --section with the id or the name of one",
                )
            )

    def _project_of_run(self) -> reading.Reading:
        run = yield from reading.read(get(f"get_run/{self.run_id}"), "check --run-id and --url")
        return (yield from reading.project(str(run.get("project_id"))))

    def _read_run(self) -> reading.Reading:
        """The run that is to be filled, and the cases that it holds unless it holds all."""
        self._run = yield from reading.read(
            get(f"get_run/{self.run_id}"), "check --run-id and --url"
        )
        latest, _ = yield from reading.page_of(
            f"get_results_for_run/{self.run_id}", "results", 0, limit=1
        )
        self._baseline = max(
            [
                0,
                *(
                    one["id"]
                    for one in latest
                    if isinstance(one, Mapping) and isinstance(one.get("id"), int)
                ),
            ]
        )
        if self._run.get("is_completed"):
            raise Stopped(
                Refused(
                    f"run {self.run_id} is closed: TestRail takes no results for it any more",
                    hint="use an open run",
                )
            )
        if not self._run.get("include_all"):
            tests = yield from reading.listed(f"get_tests/{self.run_id}", "tests")
            self._run["cases"] = [
                one["case_id"] for one in tests if isinstance(one, Mapping) and "case_id" in one
            ]
        return self._run.get("suite_id")

    def _read_cases(self, book: Book) -> reading.Reading:
        """The suite's cases, from the cache of an earlier upload where two requests say that it
        still holds.
        """
        here = self._catalogue
        key = f"{here.project}/{here.suite}/{self.match}"
        cached = book.cached(key)
        here.automation_field = str(cached.get("automation_field", ""))
        if self.match == "auto" and not here.automation_field:
            here.automation_field = yield from reading.automation_field(here.project)
            if not here.automation_field:
                raise Stopped(
                    Refused(
                        "the project has no active case field custom_automation_id",
                        hint=(
                            "add the field (Administration > Customizations), or use --match id "
                            "or --match name"
                        ),
                    )
                )
        word = {"auto": here.automation_field, "name": "title", "id": ""}[
            self.match
        ]  # of both automation fields: a,b
        found = yield from reading.refreshed(here.project, here.suite, word, cached)
        if found is None:
            found = yield from reading.cases(here.project, here.suite, word)
        listed, changed = found
        known, before = len(cached.get("cases", ())), cached.get("changed")
        del cached, found
        here.cases = Cases(self.match)
        for case in listed:
            here.cases.add(case)
        if changed and (len(listed) != known or changed != before):
            rows_of = [[one.id, one.word, one.section] for one in listed]
            book.cache(
                key,
                {"automation_field": here.automation_field, "changed": changed, "cases": rows_of},
            )

    def _open(self, one: Submission, book: Book) -> Sending:
        if one.name in ("section", "case"):
            request = self._creation(one, book)
            if request is None:
                reasons = book.refusals("section")
                place = str(
                    one.body.get("parent") if one.name == "section" else one.body["section"]
                )
                return Rejected(
                    f"its section could not be made: {reasons.get(place, '')}", unasked=True
                )
            reply = yield request
            return _created(reply, f"the creation of the {one.name}")
        body = {
            **one.body,
            "case_ids": [
                *one.body["case_ids"],
                *(int(made) for made in book.created("case").values()),
            ],
        }
        if one.name == "extend run":
            return (yield from self._extend(body))
        if not body["case_ids"] and not self.bare:
            return Refused("none of the cases could be made: there is nothing to send")
        return (yield from self._create_run(one, body))

    def _create_run(self, one: Submission, body: dict[str, Any]) -> Sending:
        reply = yield self._new_run(one, body)
        if isinstance(reply.verdict, Rejected) and ":case_ids" in reply.message:
            reply = yield from self._create_run_of_what_is_there(one, body)
        if isinstance(reply.verdict, Rejected):
            return Refused(
                f"{reply.status}: {reply.message}",
                hint="check --title, --milestone-id, --plan-id and --config-ids",
            )
        if self.plan_id and reply.accepted:
            found = settling.run_of_entry(reply.json())
            return Accepted(found) if found else unclear(reply, "the new entry of the plan")
        return _created(reply, "the creation of the run")

    def _create_run_of_what_is_there(
        self, one: Submission, body: dict[str, Any]
    ) -> reading.Reading:
        """A case was removed since the cases were read: the run gets the others, and the refusal of
        its results names it.
        """
        try:
            found, _ = yield from reading.cases(
                int(one.remote["project"]), body.get("suite_id"), ""
            )
        except Stopped as stop:
            return Reply(stop.verdict)
        known = {case.id for case in found}
        body["case_ids"] = [case for case in body["case_ids"] if case in known]
        return (yield self._new_run(one, body))

    def _new_run(self, one: Submission, body: dict[str, Any]) -> Request:
        """A run of its own, or an entry of the plan, whose runs hold the same cases."""
        if "runs" in body:
            body["runs"] = [{**run, "case_ids": body["case_ids"]} for run in body["runs"]]
        return post(
            f"add_plan_entry/{self.plan_id}"
            if self.plan_id
            else f"add_run/{one.remote['project']}",
            body,
        )

    def _creation(self, one: Submission, book: Book) -> Request | None:
        body, sections = one.body, book.created("section")
        above = body.get("parent") if one.name == "section" else body["section"]
        if str(above).startswith("#"):
            above = sections.get(str(above))
            if above is None:
                return None
        if one.name == "case":
            return post(f"add_case/{above}", body["fields"])
        made: dict[str, Any] = {"name": body["name"]}
        if body.get("suite_id"):
            made["suite_id"] = body["suite_id"]
        if above:
            made["parent_id"] = int(above)
        return post(f"add_section/{body['project']}", made)

    def _extend(self, body: dict[str, Any]) -> Sending:
        """The union, read at the last moment and again behind it: another job may have added cases
        meanwhile.
        """
        union: dict[int, None] = {}
        for _ in range(TRIES):
            try:
                tests = yield from self._tests()
            except Stopped as stop:
                return stop.verdict
            union |= dict.fromkeys([*(int(case) for case in tests), *body["case_ids"]])
            if union.keys() <= {int(case) for case in tests}:
                break
            reply = yield self._change(body, list(union))
            if not reply.accepted:
                return reply.verdict
        return Accepted()

    def _change(self, body: Mapping[str, Any], cases: list[int]) -> Request:
        """The run's cases, and nothing else of it."""
        change = {"include_all": False, "case_ids": cases}
        call = f"update_run/{self.run_id}"
        if body.get("plan_id"):
            in_entry = f"update_plan_entry/{body['plan_id']}/{body.get('entry_id')}"
            call = f"update_run_in_plan_entry/{self.run_id}" if body.get("config_ids") else in_entry
        return post(call, change)

    def _keep(self, book: Book) -> Sending:
        """Whether our cases are still in the run, with their results; what another job took out is
        put back.

        TestRail replaces the list of cases at each change of a run: jobs that fill one run at the
        same time take out what they have not seen. A test of ours that has no result any more gets
        it again, and only such a one.
        """
        created = book.created("case")
        ours = {
            case_of(wire): wire
            for item in book.sent_items(None)
            if (wire := resolved(item, created))
        }
        try:
            tests = yield from self._tests()
            if not ours.keys() <= tests.keys():
                run = yield from reading.read(get(f"get_run/{self.run_id}"))
                extended = yield from self._put_back(run, ours)
                if not isinstance(extended, Accepted):
                    return extended
                tests = yield from self._tests()
        except Stopped as stop:
            return stop.verdict
        lost = [wire for case, wire in ours.items() if tests.get(case) == UNTESTED]
        for at in range(0, len(lost), self.batch_size):
            some = lost[at : at + self.batch_size]
            reply = yield post(
                f"add_results_for_cases/{self.run_id}", wrap("results", Items(tuple(some), ()))
            )
            if not reply.accepted:
                return reply.verdict
        return Accepted()

    def _put_back(self, run: Mapping[str, Any], cases: Iterable[str]) -> Sending:
        """Cases of ours into a run that has lost them."""
        return (
            yield from self._extend({**_place_of(run), "case_ids": [int(case) for case in cases]})
        )

    def _tests(self) -> reading.Reading:
        """Case to status of every test of the run."""
        tests = yield from reading.listed(f"get_tests/{self.run_id}", "tests")
        return {
            str(one.get("case_id")): one.get("status_id")
            for one in tests
            if isinstance(one, Mapping)
        }

    def _send_batch(self, one: Submission, items: Items, book: Book) -> Sending:
        created = book.created("case") if any(place_of(wire) for wire in items.wire) else {}
        wire = [resolved(item, created) for item in items.wire]
        lost = [at for at, item in enumerate(wire) if item is None]
        if lost:
            reasons = book.refusals("case")
            reason = reasons.get(place_of(items.wire[lost[0]]), "")
            alike = tuple(at for at in lost if reasons.get(place_of(items.wire[at]), "") == reason)
            return Rejected(f"its case could not be made: {reason}", alike)
        body = wrap("results", Items(tuple(item for item in wire if item), items.labels))
        reply = yield post(f"add_results_for_cases/{self._run_id(book)}", body)
        if self.run_id and isinstance(reply.verdict, Rejected) and _CULPRIT.search(reply.message):
            reply = (
                yield from self._send_anew([case_of(item) for item in wire if item], body)
            ) or reply
        if isinstance(reply.verdict, Rejected) and not reply.verdict.too_large:
            return self._refused(reply, [case_of(item) for item in wire if item])
        return self._acknowledged(reply, [item for item in wire if item])

    def _send_anew(self, cases: list[str], body: bytes) -> Generator[Request, Reply, Reply | None]:
        """Another job that fills the run has replaced its list of cases: ours are put back, and the
        same batch is sent again.

        Nothing of it was applied, the service has said so. None where the run holds all cases
        anyway.
        """
        try:
            run = yield from reading.read(get(f"get_run/{self.run_id}"))
            if run.get("include_all") or run.get("is_completed"):
                return None
            extended = yield from self._put_back(run, cases)
        except Stopped:
            return None
        if not isinstance(extended, Accepted):
            return None
        return (yield post(f"add_results_for_cases/{self.run_id}", body))

    def _refused(self, reply: Reply, cases: list[str]) -> Verdict:
        if ":run_id" in reply.message:
            return Refused(
                f"{reply.status}: {reply.message}",
                hint="the run is not there any more: check --run-id",
            )
        named = set(_CULPRIT.findall(reply.message))
        culprits = tuple(at for at, case in enumerate(cases) if case in named)
        return Rejected(
            reply.message, culprits, alike=not culprits and bool(_ALIKE.search(reply.message))
        )

    def _acknowledged(self, reply: Reply, wire: list[bytes]) -> Verdict:
        """As many results as were sent, in their order; anything else is doubt."""
        if not isinstance(reply.verdict, Accepted):
            return reply.verdict
        document = reply.json()
        cases = [str(entry["case_id"]) for item in wire for entry in entries(item)]
        if not isinstance(document, list) or len(document) != len(cases):
            answered = (
                f"{len(document)} results"
                if isinstance(document, list)
                else "something that is no list"
            )
            return InDoubt(
                f"the service answered {answered} to {len(cases)} that were sent", working=False
            )
        numbers = {
            case: one.get("id")
            for case, one in zip(cases, document, strict=True)
            if isinstance(one, Mapping)
        }
        return Accepted({"results": numbers})

    def _run_id(self, book: Book) -> str:
        return self.run_id or str(book.run["id"])

    # --- attachments

    def _attach(self, one: Submission, book: Book) -> Sending:
        place = str(one.body["case"])
        case = book.created("case").get(place, "") if place.startswith("@") else place
        number = book.result_id(case) or (yield from self._latest_result(case, book))
        if not number and book.unsettled():
            return Deferred("its result is not settled yet", 0.0, exhausted=True)
        if not number:
            return Rejected("its result is not at the service")
        try:
            part = open_attachment(
                one.body["path"],
                one.body.get("base", ""),
                self.attachments_root,
                LARGEST_ATTACHMENT,
            )
        except ReportProblem as problem:
            return Rejected(problem.message)
        reply = yield Request("POST", f"{API}add_attachment_to_result/{number}", part=part)
        if reply.status in (
            403,
            404,
        ):  # attachments are switched off, or the result is gone: no other row is touched by it
            return Rejected(f"{reply.status}: {reply.message}")
        return reply.verdict

    def _latest_result(self, case: str, book: Book) -> reading.Reading:
        """Of a batch whose answer was lost."""
        reply = yield get(f"get_results_for_case/{self._run_id(book)}/{case}", limit=1)
        document = reply.json()
        entries = document.get("results") if isinstance(document, Mapping) else document
        first = entries[0] if reply.accepted and isinstance(entries, list) and entries else None
        return str(first.get("id", "")) if isinstance(first, Mapping) else ""

    # --- looking

    def look(self, one: Submission, items: Callable[[], Items], book: Book) -> Looking:
        """Where the service shows what we sent, or does not."""
        try:
            return (yield from self._look(one, items, book))
        except Stopped as stop:
            return CannotTell(f"it cannot be read back: {stop.verdict.reason}")

    # one return for each kind of doubt
    def _look(self, one: Submission, items: Callable[[], Items], book: Book) -> Looking:  # noqa: PLR0911
        if one.name in ("match", "extend run"):  # reading again, or doing it twice, does no harm
            return NotThere(retry_at_once=True)
        if one.name == "close run":
            run = yield from reading.read(get(f"get_run/{self._run_id(book)}"))
            return There() if run.get("is_completed") else NotThere(retry_at_once=True)
        if one.name == "last look at the run":
            return NotThere()  # it asks what is there before it sends anything
        if one.name == "run":
            return (
                yield from settling.find_run(
                    one, str(one.remote["project"]), self.plan_id, _signature(book.marker), book
                )
            )
        if one.name == "section":
            return (yield from settling.find_section(one, book))
        if one.name == "case":
            return (yield from settling.find_case(one, book))
        if one.kind is Kind.ATTACH:
            return (yield from settling.find_attachment(one, self._run_id(book), book))
        created = book.created("case")
        wire = [item for item in (resolved(item, created) for item in items().wire) if item]
        return (
            yield from self._reader.find_batch(
                one, wire, self._run_id(book), self.user, book, alone=not self.run_id
            )
        )

    # --- people

    def run_url(self, base: str, run_id: str) -> str:
        """The run's page in TestRail."""
        return f"{base}/index.php?/runs/view/{run_id}"

    def check(self) -> Checking:
        """The API, the key, the project, its suites, the automation field and the statuses."""
        first = yield get("get_statuses")
        html = first.body.lstrip()[:1] == b"<"
        if not first.accepted or html:
            words = "answers a web page, not the API" if html else first.message
            cure = (
                "check --url: the API stands behind index.php?/api/v2"
                if first.status in (0, 200, 404) or html
                else _KEY
            )
            return [Check("testrail api", passed=False, message=words, cure=cure)]
        checks = [Check("testrail api", passed=True, message="is enabled, and the key is good")]
        for name, question in (
            ("project", self._check_project),
            ("automation field", self._check_field),
        ):
            try:
                checks.append((yield from question()))
            except Stopped as stop:
                hint = stop.verdict.hint if isinstance(stop.verdict, Refused) else ""
                checks.append(Check(name, passed=False, message=stop.verdict.reason, cure=hint))
                break
        try:
            wanted = yield from reading.statuses({**DEFAULT_STATUSES, **self.status})
            told = ", ".join(f"{status} {number}" for status, number in wanted.items())
            checks.append(Check("statuses", passed=True, message=told))
        except Stopped as stop:
            checks.append(
                Check(
                    "statuses",
                    passed=False,
                    message=stop.verdict.reason,
                    cure="use --status passed=1,failed=5,…",
                )
            )
        return checks

    def _check_project(self) -> reading.Reading:
        found = yield from reading.project(self.project)
        self._catalogue.project = int(found["id"])
        mode = _MODES.get(found.get("suite_mode"), "suites")
        number = yield from reading.suite(
            self._catalogue.project, int(found.get("suite_mode") or 1), self.suite
        )
        which = f", suite {number}" if number else ""
        told = f"{found.get('name')} with {mode}{which}"
        return Check("project", not found.get("is_completed"), told, "it is completed: use another")

    def _check_field(self) -> reading.Reading:
        name = yield from reading.automation_field(self._catalogue.project)
        cure = (
            "add the field custom_automation_id (Administration > Customizations), or use --match "
            "id or --match name"
        )
        return Check(
            "automation field",
            bool(name) or self.match != "auto",
            name or "there is none that is active",
            cure,
        )


def _place_of(run: Mapping[str, Any]) -> dict[str, Any]:
    """Where a run stands: a run of a plan is changed within its entry."""
    return {key: run.get(key) for key in ("plan_id", "entry_id", "config_ids")}


def _signature(marker: str) -> str:
    """The last line of a run's description: by it the run is found again when the answer to its
    creation is lost.
    """
    return f"Uploaded by {marker}"


def _created(reply: Reply, what: str) -> Verdict:
    if not reply.accepted:
        return reply.verdict
    found = created_id(reply)
    return Accepted({"id": found}) if found else unclear(reply, what)


def _told(made: Plan) -> str:
    parts = [f"{count(len(made.existing), 'case')} found"]
    if made.creations:
        parts.append(
            f"{count(len(made.sections), 'section')} and {count(len(made.creations), 'case')} to "
            "be made, one request each"
        )
    if made.unmatched:
        parts.append(f"{count(len(made.unmatched), 'test')} without a case")
    return ", ".join(parts)
