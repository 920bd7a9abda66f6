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

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import partial
from itertools import chain
from typing import ClassVar

from testferry.attachments import Folders
from testferry.engine.batching import Limits
from testferry.engine.step import Book, Checking, Looking, Sending, Step, Target, run_of
from testferry.engine.verdict import Accepted, Again, CannotTell
from testferry.model import Result, Tally
from testferry.services.http_json import encode, neutral
from testferry.services.runkey import Wanted, Ways, one_run, place_of_job
from testferry.services.testrail import (
    additions,
    arrived,
    check,
    fill,
    keyed,
    labels,
    make,
    references,
    settle,
    suites,
    told,
)
from testferry.services.testrail.ask import Asked
from testferry.services.testrail.files import look_at
from testferry.services.testrail.match import Cases
from testferry.services.testrail.plan import Held, Row, plan, rows
from testferry.services.testrail.read import Stopped
from testferry.services.testrail.references import REFERENCES
from testferry.services.testrail.wish import RESULTS, wish_of
from testferry.submission import ATTACHMENT, Items, Kind, Submission

MATCH = "match"
LACKING = "required fields"
SECTION = "section"
CASE = "case"
RUN = "run"
EXTEND = "extend run"
LAST_LOOK = "last look at the run"
CLOSE = "close run"
TEXT_LIMIT = 60_000
_LEFT_OUT = ("stdout", "stderr", "raw_status", "file")  # of a held result
_ELSEWHERE = ("user", "asked", "reader")  # no options
_PLACE = ("project", "suite", "plan_id", "config_ids")
_PLACE_OF_0_1 = ("project", "suite", "title", "plan_id", "config_ids", "milestone_id")


@dataclass(slots=True)
class Testrail(Target):
    """The options of an upload to TestRail; ``run_id`` and ``plan_id`` fill what is there.

    One record, because it is what a journal keeps of it, and makes it of again.
    """

    __test__: ClassVar[bool] = False  # pytest collects classes named Test*
    plans_later: ClassVar[bool] = True

    how: ClassVar[frozenset[str]] = frozenset(
        {
            "allow_unmatched",
            "attachments_root",
            "working_folder",
            "bare",
            "build",
            "finding",
            "rerun",
        }
    )
    heeded: ClassVar[frozenset[str]] = frozenset(
        {
            "allow_unmatched",
            "attachments_root",
            "working_folder",
        }
    )
    about: ClassVar[Mapping[str, str]] = {
        **dict.fromkeys(("title", "description", "include_all", "milestone_id", "refs"), "run"),
        **dict.fromkeys(("create_missing", "section", "case_fields", "match"), "places"),
        "close_run": "end",
    }

    project: str = ""
    suite: str = ""
    section: str = ""
    title: str = ""
    description: str = ""
    refs: str = ""
    # what is added to cases that there are: refs, labels
    update_cases: list[str] = field(default_factory=list)
    # the way back to what was built: url, branch, revision, pull request, job
    build: dict[str, str] = field(default_factory=dict)
    run_id: str = ""
    run_key: str = ""
    # what becomes of results that an earlier attempt of this job left in the run
    rerun: str = "add"
    # how the run of the key is looked for (``runkey.Wanted``)
    finding: dict[str, object] = field(default_factory=dict)
    plan_id: str = ""
    config_ids: list[int | str] = field(default_factory=list)
    include_all: bool = False
    milestone_id: str = ""
    match: str = "auto"
    create_missing: bool = False
    allow_unmatched: bool = False
    close_run: bool = False
    assign_failed: list[str] = field(default_factory=list)
    result_fields: dict[str, str] = field(default_factory=dict)
    case_fields: dict[str, str] = field(default_factory=dict)
    status: dict[str, str] = field(default_factory=dict)
    attempts: str = "auto"
    attachments_root: str = ""
    # where the command was typed: attachments may lie there, too
    working_folder: str = ""
    bare: bool = False  # only the run, for others to fill
    user: str = ""

    # What this process has asked the service, and what it has read of the run while settling doubt.
    asked: Asked = field(default_factory=Asked, repr=False)
    reader: arrived.Reader = field(
        default_factory=arrived.Reader,
        repr=False,
    )

    def describe(self) -> dict[str, object]:
        names = [each.name for each in fields(self) if each.name not in _ELSEWHERE]
        return {name: getattr(self, name) for name in names}

    def identity(self) -> dict[str, object]:
        """The run, or what makes it; how tests are matched is no other upload."""
        if self.run_id:
            return {"run_id": self.run_id}
        described = self.describe()
        place = {key: described[key] for key in _PLACE}
        if self.run_key:
            place |= place_of_job(self.run_key, self.build)
        return place

    def earlier_identity(self) -> dict[str, object]:
        if self.run_id:
            return {"run_id": self.run_id}
        described = self.describe()
        return {key: described[key] for key in _PLACE_OF_0_1}

    def item(self, result: Result) -> bytes:
        """The neutral model without what is empty: which case it belongs to is not known yet."""
        document = neutral(result, TEXT_LIMIT)
        for name in _LEFT_OUT:
            document.pop(name, None)
        return encode(document)

    def run_url(self, base: str, run_id: str) -> str:
        return f"{base}/index.php?/runs/view/{run_id}"

    def check(self) -> Checking:
        return check.examine(self)

    # --- the plan

    @property
    def mark(self) -> str:
        """The line by which a job's results are known in a run that many jobs fill; empty where no
        CI system names the job.
        """
        job = f"{self.build.get('job', '')} {self.build.get('shard', '')}".strip()
        if not job or not self.run_key:
            return ""
        return f"Job: {job}"

    def openings(
        self,
        tests: Tally,
        elapsed: float,
        marker: str,
    ) -> list[Submission]:
        """Everything else follows from what the service has: the plan is made when that is read."""
        return [Submission(0, Kind.OPEN, MATCH)]

    def closings(self) -> list[Submission]:
        """Only if it is asked for: a run that is closed cannot be opened again."""
        if self.close_run:
            return [self.run_closing()]
        return []

    def run_closing(self) -> Submission:
        return Submission(0, Kind.CLOSE, CLOSE)

    def to_be_made(self, rows: Iterable[Submission]) -> Iterator[str]:
        sections = self.asked.catalogue.section_names()
        return told.to_be_made(rows, {str(number): name for number, name in sections.items()})

    def replan(
        self,
        submission: Submission,
        results: Iterator[Held],
        marker: str,
    ) -> tuple[Iterator[Row], str]:
        """The rows that follow from the match, and what a person should know of them."""
        catalogue = self.asked.catalogue
        wish = wish_of(self)
        made = plan(results, catalogue, wish)
        for body in (*made.sections, *made.creations):
            body |= {"project": catalogue.project, "suite_id": catalogue.suite}
        limits = Limits(
            submission.body.get("batch_size", self.batch_size),
            submission.body.get("batch_bytes", self.batch_bytes),
            self.overhead,
        )
        files = look_at(made.files, self.folders)
        wish = replace(wish, files=files.refused)
        statuses = catalogue.statuses
        parts = suites.parts(made, catalogue.suite, catalogue.suite_of)
        listed = []
        for suite, part in parts.items():
            openings = make.openings_of_the_run(self, part, marker, suite)
            if len(parts) > 1:
                wish = replace(wish, suite=suite)
            listed.append(rows(part, openings, statuses, wish, limits))
        words = [*told.of_plan(made, self.asked.found), *files.told(), *self.asked.meant.unlisted]
        if len(parts) > 1:
            words.append(f"a run for each of {len(parts)} suites")
        catalogue.cases = Cases(self.match)  # a hundred thousand cases are not needed any more
        return chain.from_iterable(listed), ", ".join(words)

    # --- the requests

    def steps(self) -> tuple[Step, ...]:
        again = settle.harmless_again
        reading = "reading what the service has"
        look = self._look
        section = Step(SECTION, Kind.OPEN, make.send_section, look(settle.find_section))
        case = Step(CASE, Kind.OPEN, make.send_case, look(settle.find_case))
        return (
            Step(MATCH, Kind.OPEN, self._match, again, plans=True, says=reading),
            Step(LACKING, Kind.OPEN, make.refuse_lacking, again),
            replace(section, essential=False),
            replace(case, essential=False),
            Step(RUN, Kind.OPEN, self._create_run, look(self._find_run), makes_run=True),
            Step(EXTEND, Kind.OPEN, self._extend, settle.not_yet_again),
            Step(RESULTS, Kind.BATCH, self._send_results, look(self._find_results)),
            Step(REFERENCES, Kind.ATTACH, partial(additions.send, references.lacking), again),
            Step(labels.LABELS, Kind.ATTACH, partial(additions.send, labels.lacking), again),
            Step(LAST_LOOK, Kind.ATTACH, self._last_look, look(self._look_at_it_again)),
            Step(ATTACHMENT, Kind.ATTACH, self._attach, look(self._find_attachment)),
            Step(CLOSE, Kind.CLOSE, self._close, look(self._find_closing)),
        )

    def folders(self, report: str) -> Folders:
        """Where the attachments of a report may lie."""
        return Folders(report, self.working_folder, self.attachments_root)

    def run_of(self, row: Submission, book: Book) -> str:
        """The run that a row's results belong to."""
        suite = suites.of(row)
        if suite is None:
            return run_of(self.run_id, book)
        return suites.run_of_suite(suite, book)

    def runs(self, book: Book) -> list[str]:
        """Every run that the upload fills; none where no result has a case."""
        filled = self.run_id or str(book.run.get("id", ""))
        return suites.runs(book) or list(filter(None, [filled]))

    def shared_run(self, book: Book) -> str:
        """The run that was there before us, which others may fill too: the one that was given, or
        the plan's that was found; empty for a run that this upload makes.
        """
        found = ""
        for opening in book.openings(RUN):
            found = str(opening.body.get("found", ""))
        return self.run_id or found

    def _match(
        self,
        submission: Submission,
        items: Items,
        book: Book,
    ) -> Sending:
        try:
            yield from self.asked.everything(self, book)
        except Stopped as stop:
            return stop.verdict
        return Accepted(
            {
                "suite_id": self.asked.catalogue.suite,
                "baseline": self.asked.baseline,
            }
        )

    def _create_run(
        self,
        submission: Submission,
        items: Items,
        book: Book,
    ) -> Sending:
        making = make.create_run(self, submission, book)
        if not self.run_key:
            return (yield from making)
        there = keyed.Place.of(self, submission)
        ways = Ways(
            partial(keyed.carriers, there, book),
            partial(keyed.recalled, there),
            lambda: making,
            make.close,
        )
        return (yield from one_run(submission, Wanted.of(self.run_key, self.finding), ways))

    def _extend(
        self,
        submission: Submission,
        items: Items,
        book: Book,
    ) -> Sending:
        return make.extend(
            self.shared_run(book),
            make.with_made_cases(submission.body, book),
        )

    def _send_results(
        self,
        submission: Submission,
        items: Items,
        book: Book,
    ) -> Sending:
        arrived.note_what_is_known(submission, book)
        return fill.send_results(self, submission, items, book)

    def _last_look(
        self,
        submission: Submission,
        items: Items,
        book: Book,
    ) -> Sending:
        return fill.last_look(self, submission, book)

    def _attach(
        self,
        submission: Submission,
        items: Items,
        book: Book,
    ) -> Sending:
        return fill.attach(self, submission, book)

    def _close(
        self,
        submission: Submission,
        items: Items,
        book: Book,
    ) -> Sending:
        return make.close_all(self.runs(book))

    # --- looking

    def _look(self, question: Callable[..., Looking]) -> Callable[..., Looking]:
        """A look that meets trouble cannot tell."""

        def look(
            submission: Submission,
            items: Callable[[], Items],
            book: Book,
        ) -> Looking:
            try:
                return (yield from question(submission, items, book))
            except Stopped as stop:
                wait = 0.0
                if isinstance(stop.verdict, Again):  # it is kept before the next look
                    wait = stop.verdict.wait
                words = f"it cannot be read back: {stop.verdict.reason}"
                return CannotTell(words, wait=wait)

        return look

    def _look_at_it_again(
        self,
        submission: Submission,
        items: Callable[[], Items],
        book: Book,
    ) -> Looking:
        return fill.look_again(self, submission, book)

    def _find_run(
        self,
        submission: Submission,
        items: Callable[[], Items],
        book: Book,
    ) -> Looking:
        if self.run_key:
            return keyed.find_carrier(keyed.Place.of(self, submission), book)
        signature = make.signature(book.marker)
        return settle.find_run(submission, make.plan_of(self, submission), signature, book)

    def _find_results(
        self,
        submission: Submission,
        items: Callable[[], Items],
        book: Book,
    ) -> Looking:
        run = self.run_of(submission, book)
        alone = not self.shared_run(book) and suites.of(submission) is None
        wire = fill.known_wire(items(), book)
        return self.reader.find_batch(
            submission,
            wire,
            run,
            self.user,
            book,
            alone=alone,
        )

    def _find_attachment(
        self,
        submission: Submission,
        items: Callable[[], Items],
        book: Book,
    ) -> Looking:
        return settle.find_attachment(submission, self.run_of(submission, book), book)

    def _find_closing(
        self,
        submission: Submission,
        items: Callable[[], Items],
        book: Book,
    ) -> Looking:
        return settle.find_closing(self.runs(book))
