"""Testmo: automation runs, their threads, and results appended to them in bulk.

Facts of the service, with where they are known from:

* base ``https://NAME.testmo.net/api/v1``, ``Authorization: Bearer`` (docs, "API introduction");
* create a run, create a thread in it, append tests to the thread, complete (docs, "Automation
  runs"); the vendor's CLI appends 250 tests a request (its source, 1.5.0);
* lists are paged by ``page``/``per_page`` and answer ``total`` and ``result`` (docs, "Pagination &
  expands"); a run's tests can be filtered by ``thread_id`` (docs, "GET
  automation/runs/{run_id}/tests"): the count that settles doubt;
* runs are listed newest first and can be limited by ``created_after`` (docs, "GET
  projects/{project_id}/automation/runs").

Not known: the real rate limit, the largest body, whether one bad test refuses its whole batch,
whether counts are up to date at once. Either answer is handled.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import ClassVar

from testferry.engine.step import (
    Book,
    Check,
    Checking,
    Looking,
    Reply,
    Request,
    Sending,
    Step,
    Target,
    run_of,
)
from testferry.engine.verdict import Accepted, InDoubt, Refused, Rejected, Verdict
from testferry.model import Result, Tally
from testferry.services.checks import unmet
from testferry.services.http_json import created, encode, wrap
from testferry.services.runkey import Wanted, Ways, cure_of_gone, one_run, place_of_job
from testferry.services.testmo import keyed, settle
from testferry.services.testmo.item import test_of, text_field
from testferry.submission import Items, Kind, Submission

TESTS_PER_BATCH = 250
RUN = "run"
THREAD = "thread"
APPEND = "append"
COMPLETE_THREAD = "complete thread"
COMPLETE_RUN = "complete run"

# What told one upload from another in the first version.
_PLACE_OF_0_1 = ("project_id", "name", "source", "tags", "config", "milestone", "run_id")
_CULPRIT = re.compile(r"\btests[.\[](\d{1,7})\b")
_WHERE = "check --project-id and --url"
_PROJECT = "testmo project"


@dataclass(slots=True)
class Testmo(Target):
    """The options of an upload to Testmo; with ``run_id`` a run that exists is filled and left
    open.

    One record, because it is what a journal keeps of it, and makes it of again.
    """

    __test__: ClassVar[bool] = False  # pytest collects classes named Test*
    uses_lanes: ClassVar[bool] = True
    about: ClassVar[Mapping[str, str]] = dict.fromkeys(
        (
            "name",
            "source",
            "tags",
            "config",
            "config_id",
            "milestone",
            "milestone_id",
            "links",
            "fields",
            "thread_fields",
            "thread_resources",
        ),
        "run",
    )
    how: ClassVar[frozenset[str]] = frozenset({"build", "finding", "resources", "measure_elapsed"})
    batch_size = TESTS_PER_BATCH

    project_id: int = 0
    name: str = ""
    source: str = ""
    tags: list[str] = field(default_factory=list)
    config: str = ""
    milestone: str = ""
    run_id: str = ""
    links: dict[str, str] = field(default_factory=dict)
    fields: dict[str, str] = field(default_factory=dict)
    # the way back to what was built: url, branch, revision, pull request, job
    build: dict[str, str] = field(default_factory=dict)
    run_key: str = ""
    # how the run of the key is looked for (``runkey.Wanted``)
    finding: dict[str, object] = field(default_factory=dict)
    config_id: int = 0
    milestone_id: int = 0
    # of a file: fields, links and artifacts as the service takes them
    resources: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    # the same of the first thread of this upload
    thread_fields: dict[str, str] = field(default_factory=dict)
    thread_resources: dict[str, list[dict[str, object]]] = field(default_factory=dict)
    # the time of a run that is completed is the time that it was open
    measure_elapsed: bool = True

    @property
    def shared(self) -> bool:
        """Others fill the run too."""
        return bool(self.run_id or self.run_key)

    def describe(self) -> dict[str, object]:
        return asdict(self)

    def identity(self) -> dict[str, object]:
        """The run if it is given, else the project; what a run is called is no place."""
        if self.run_id:
            return {"run_id": self.run_id}
        place: dict[str, object] = {"project_id": self.project_id}
        if self.run_key:
            place |= place_of_job(self.run_key, self.build)
        return place

    def earlier_identity(self) -> dict[str, object]:
        described = self.describe()
        return {name: described[name] for name in _PLACE_OF_0_1}

    def item(self, result: Result) -> bytes:
        return encode(test_of(result))

    def run_url(self, base: str, run_id: str) -> str:
        return f"{base}/automation/runs/view/{run_id}"

    def check(self) -> Checking:
        """One cheap reading call that needs the token, the project and the permission."""
        reply = yield settle.page_of(f"projects/{self.project_id}/automation/runs", 1, 15, ())
        if reply.accepted:
            return [Check(_PROJECT, passed=True, message="can be read")]
        cure = "check the token, --project-id and --url"
        return [unmet(_PROJECT, reply.verdict, reply.message, cure)]

    # --- the plan

    def openings(
        self,
        tests: Tally,
        elapsed: float,
        marker: str,
    ) -> list[Submission]:
        """The run, unless it is there already, and the first lane, with the time that all took."""
        first = self.new_lane()
        told = [text_field(name, value) for name, value in self.thread_fields.items()]
        first[0].body |= {
            "elapsed_computed": round(elapsed * 1e6),
            "fields": [*told, *self.thread_resources.get("fields", [])],
            "artifacts": self.thread_resources.get("artifacts", []),
        }
        if self.shared:
            return first
        return [self.run_opening(marker), *first]

    def run_opening(self, marker: str) -> Submission:
        return Submission(
            0,
            Kind.OPEN,
            RUN,
            body=self.run_body(marker),
        )

    def run_closing(self) -> Submission:
        return Submission(
            0,
            Kind.CLOSE,
            COMPLETE_RUN,
            body={"measure_elapsed": self.measure_elapsed},
        )

    def run_body(self, marker: str) -> dict[str, object]:
        """What creates the run. The marker makes it findable if the answer is lost."""
        body: dict[str, object] = {
            "name": keyed.keyed(self.name, self.run_key),
            "source": self.source,
        }
        if self.config:
            body["config"] = self.config
        if self.config_id:
            body["config_id"] = self.config_id
        if self.milestone:
            body["milestone"] = self.milestone
        if self.milestone_id:
            body["milestone_id"] = self.milestone_id
        if self.tags:
            body["tags"] = self.tags
        links, fields = dict(self.links), dict(self.fields)
        for name, value in self.build.items():
            if name == "url":
                links.setdefault("Build", value)
            else:
                fields.setdefault(name.capitalize(), value)
        told = [text_field(name, value) for name, value in fields.items()]
        return {
            **body,
            "fields": [
                text_field("testferry", marker),
                *told,
                *self.resources.get("fields", []),
            ],
            "links": [
                *({"name": name, "url": url} for name, url in links.items()),
                *self.resources.get("links", []),
            ],
            "artifacts": self.resources.get("artifacts", []),
        }

    def new_lane(self) -> list[Submission]:
        """A thread of the run; if others fill the run too, each thread is completed on its own."""
        lane = Submission(
            0,
            Kind.LANE,
            THREAD,
            body={"fields": [], "artifacts": []},
        )
        if not self.shared:
            return [lane]
        return [lane, Submission(0, Kind.CLOSE, COMPLETE_THREAD)]

    def closings(self) -> list[Submission]:
        """Our own run is completed, which completes its threads; one of ``--run-id`` stays open."""
        if self.shared:
            return []
        return [
            Submission(
                0,
                Kind.CLOSE,
                COMPLETE_RUN,
                body={"measure_elapsed": False},
            )
        ]

    # --- the requests

    def steps(self) -> tuple[Step, ...]:
        return (
            Step(
                RUN,
                Kind.OPEN,
                self._send_run,
                self._look_for_run,
                makes_run=True,
            ),
            Step(THREAD, Kind.LANE, self._send_thread, self._look_for_thread),
            Step(APPEND, Kind.BATCH, self._send_tests, self._look_for_tests),
            Step(COMPLETE_THREAD, Kind.CLOSE, self._send_closing, self._look_for_closing),
            Step(COMPLETE_RUN, Kind.CLOSE, self._send_closing, self._look_for_closing),
        )

    def _send_run(
        self,
        submission: Submission,
        items: Items,
        book: Book,
    ) -> Sending:
        if not self.run_key:
            return (yield from self._make_run(submission))
        ways = Ways(
            partial(keyed.carriers, self.project_id, self.run_key, book),
            partial(keyed.recalled, self.run_key),
            partial(self._make_run, submission),
            _complete_run,
        )
        return (yield from one_run(submission, Wanted.of(self.run_key, self.finding), ways))

    def _make_run(self, submission: Submission) -> Sending:
        reply = yield _post(f"projects/{self.project_id}/automation/runs", submission.body)
        if reply.status == 404:
            where = f"project {self.project_id}, or the API at this address, is not there"
            return Refused(f"404: {reply.message} ({where})", hint=_WHERE, status=404)
        return created(reply, "the creation of the run")

    def _send_thread(
        self,
        submission: Submission,
        items: Items,
        book: Book,
    ) -> Sending:
        reply = yield _post(f"automation/runs/{run_of(self.run_id, book)}/threads", submission.body)
        return self._within_run(created(reply, "the creation of a thread"), reply, book)

    def _send_tests(
        self,
        submission: Submission,
        items: Items,
        book: Book,
    ) -> Sending:
        thread = book.lane(submission).remote["id"]
        path = f"automation/runs/threads/{thread}/append"
        reply = yield Request("POST", path, body=wrap("tests", items))
        verdict = self._within_run(_appended(reply), reply, book)
        if not _is_first_refusal(verdict, submission):
            return verdict
        # Does the service take the good ones of a batch that it refuses? The documents do not say:
        # then halving, or sending all but the one that is named, would repeat them. One look at the
        # thread, once for each refused batch.
        if (
            yield from settle.holds_more(
                submission,
                run_of(self.run_id, book),
                book,
            )
        ):
            return InDoubt(f"{verdict.reason}; a part of it was taken all the same", working=False)
        return verdict

    def _send_closing(
        self,
        submission: Submission,
        items: Items,
        book: Book,
    ) -> Sending:
        path = f"automation/runs/{run_of(self.run_id, book)}/complete"
        if submission.lane is not None:
            thread = book.lane(submission).remote["id"]
            path = f"automation/runs/threads/{thread}/complete"
        reply = yield _post(path, submission.body)
        if isinstance(reply.verdict, Rejected | Refused) and reply.verdict.closed:
            return Accepted()  # somebody was quicker
        return self._within_run(reply.verdict, reply, book)

    def _within_run(
        self,
        verdict: Verdict,
        reply: Reply,
        book: Book,
    ) -> Verdict:
        """404 within a run names the run or its thread, not the data: every batch would meet it."""
        if reply.status == 404:
            words = f"run {run_of(self.run_id, book)} or its thread is not there: {reply.message}"
            cure = cure_of_gone(self.run_id, self.run_key)
            return Refused(words, hint=cure, status=404, closed=True)
        return verdict

    # --- looking

    def _look_for_run(
        self,
        submission: Submission,
        items: Callable[[], Items],
        book: Book,
    ) -> Looking:
        if self.run_key:
            return keyed.find_carrier(self.project_id, self.run_key, book)
        return settle.find_run(submission, self.project_id, book)

    def _look_for_thread(
        self,
        submission: Submission,
        items: Callable[[], Items],
        book: Book,
    ) -> Looking:
        return settle.find_thread(
            run_of(self.run_id, book),
            book,
            shared=self.shared,
        )

    def _look_for_tests(
        self,
        submission: Submission,
        items: Callable[[], Items],
        book: Book,
    ) -> Looking:
        run = run_of(self.run_id, book)
        return settle.find_tests(
            submission,
            items,
            run,
            book,
            shared=self.shared,
        )

    def _look_for_closing(
        self,
        submission: Submission,
        items: Callable[[], Items],
        book: Book,
    ) -> Looking:
        return settle.find_closing(submission, run_of(self.run_id, book))


def _is_first_refusal(verdict: Verdict, batch: Submission) -> bool:
    """Whether a batch that was never split is refused, whoever's fault it is."""
    if not isinstance(verdict, Rejected) or verdict.too_large:
        return False
    return batch.count > 1 and batch.root is None


def _complete_run(run: str) -> Sending:
    reply = yield _post(f"automation/runs/{run}/complete", {"measure_elapsed": False})
    return reply.verdict


def _post(path: str, body: Mapping[str, object]) -> Request:
    return Request("POST", path, body=encode(body))


def _appended(reply: Reply) -> Verdict:
    verdict = reply.verdict
    if isinstance(verdict, Accepted) and reply.body.strip() and reply.json() is None:
        words = f"the service answered {reply.status} with something that is not JSON"
        return InDoubt(words, working=False, unclear=True)
    if isinstance(verdict, Rejected) and not verdict.too_large:
        named = _CULPRIT.findall(reply.body.decode("utf-8", "replace"))
        culprits = tuple(dict.fromkeys(int(place) for place in named))
        return replace(verdict, culprits=culprits)
    return verdict
