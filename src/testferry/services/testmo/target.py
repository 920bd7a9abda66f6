"""Testmo: automation runs, their threads, and results appended to them in bulk.

Facts of the service, with where they are known from:

* base ``https://NAME.testmo.net/api/v1``, ``Authorization: Bearer`` (docs, "API introduction");
* create a run, create a thread in it, append tests to the thread, complete (docs, "Automation
  runs"); the vendor's CLI appends 250 tests a request and slices text at 16,384, strings at 750,
  notes at 80 characters, fields at 24 (its source, 1.5.0);
* a test's key is sha256hex(classname + "." + name), or the name alone without a class (CLI source):
  histories go on;
* lists are paged by ``page``/``per_page`` and answer ``total`` and ``result`` (docs, "Pagination &
  expands"); a run's tests can be filtered by ``thread_id`` (docs, "GET
  automation/runs/{run_id}/tests"): the count that settles doubt;
* runs are listed newest first and can be limited by ``created_after`` (docs, "GET
  projects/{project_id}/automation/runs").

Not known: the real rate limit, the largest body, whether one bad test refuses its whole batch,
whether counts are up to date at once. Either answer is handled.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, ClassVar

from testferry.engine.step import Book, Check, Checking, Looking, Reply, Request, Sending
from testferry.engine.verdict import (
    Accepted,
    CannotTell,
    Finding,
    InDoubt,
    NotThere,
    PartlyThere,
    Refused,
    Rejected,
    There,
    Verdict,
)
from testferry.model import Detail, Result, Status, Tally
from testferry.services.http_json import created_id, encode, is_page, pages, unclear, wrap
from testferry.submission import Items, Kind, Label, Submission
from testferry.text import normal, shorten

TESTS_PER_BATCH = 250
STRING_LIMIT = 750
TEXT_LIMIT = 16_384
NOTE_LIMIT = 80
FIELD_LIMIT = 24
STEP_LIMIT = 99
STRING, TEXT, HTML, CONSOLE, URL = 1, 2, 3, 4, 5

_STATUS = {
    Status.PASSED: "passed",
    Status.FAILED: "failure",
    Status.ERROR: "error",
    Status.SKIPPED: "skipped",
}
_FIELD_NAMES = {"failure": "Failure", "error": "Error", "skipped": "Skipped"}
_TYPED = {"string": STRING, "url": URL, "text": TEXT, "console": CONSOLE, "html": HTML}
_INLINE = re.compile(r"^\s*\[\[PROPERTY\|([^=\]\n]+)=([^\n]*?)\]\]\s*$", re.MULTILINE)
_BLOCK = re.compile(
    r"^\s*\[\[PROPERTY\|([^=\]\n]+)\]\]\s*?\n(.*?)^\s*\[\[/PROPERTY\]\]\s*$",
    re.MULTILINE | re.DOTALL,
)
_ATTACHMENT_LINE = re.compile(r"^\s*\[\[ATTACHMENT\|[^\]\n]+\]\]\s*$\n?", re.MULTILINE)
_STEP = re.compile(r"step(?:\[([A-Za-z_-]+)\])?", re.IGNORECASE)
_CULPRIT = re.compile(r"\btests[.\[](\d{1,7})\b")
_CLOCKS_DIFFER = 300.0
_WHERE = "check --project-id and --url"
_COMPARED = ("key", "name", "folder", "status", "elapsed")


@dataclass(slots=True)
class Testmo:
    """The options of an upload to Testmo; with ``run_id`` an existing run is filled and left
    open.
    """

    __test__: ClassVar[bool] = False
    dialect: ClassVar[str] = "testmo"
    uses_lanes: ClassVar[bool] = True
    batch_size: ClassVar[int] = TESTS_PER_BATCH
    batch_bytes: ClassVar[int] = 1_000_000
    overhead: ClassVar[int] = 64
    plans_later: ClassVar[bool] = False

    project_id: int = 0
    name: str = ""
    source: str = ""
    tags: list[str] = field(default_factory=list)
    config: str = ""
    milestone: str = ""
    run_id: str = ""

    def describe(self) -> dict[str, Any]:
        """All of it: nothing here is secret."""
        return asdict(self)

    # --- the plan

    def identity(self) -> dict[str, Any]:
        """All of it."""
        return self.describe()

    def openings(self, tests: Tally, elapsed: float, marker: str) -> list[Submission]:
        """The run, unless it is there already, and the first lane; the lane carries the time that
        all tests took.
        """
        first = self.new_lane()
        first[0].body["elapsed_computed"] = round(elapsed * 1e6)
        if self.run_id:
            return first
        return [Submission(0, Kind.OPEN, "run", body=self.run_body(marker)), *first]

    def run_body(self, marker: str) -> dict[str, Any]:
        """What creates the run. The marker makes it findable when the answer is lost."""
        body: dict[str, Any] = {"name": self.name, "source": self.source}
        optional = {"config": self.config, "milestone": self.milestone, "tags": self.tags}
        body |= {key: value for key, value in optional.items() if value}
        return {
            **body,
            "fields": [_field(STRING, "testferry", marker)],
            "links": [],
            "artifacts": [],
        }

    def new_lane(self) -> list[Submission]:
        """A thread of the run; in a run that others fill too, each thread is completed on its
        own.
        """
        lane = Submission(0, Kind.LANE, "thread", body={"fields": [], "artifacts": []})
        return [lane, Submission(0, Kind.CLOSE, "complete thread")] if self.run_id else [lane]

    def closings(self) -> list[Submission]:
        """Our own run is completed, which completes its threads; a run given by ``--run-id`` stays
        open.
        """
        return (
            []
            if self.run_id
            else [Submission(0, Kind.CLOSE, "complete run", body={"measure_elapsed": False})]
        )

    # --- the results

    def item(self, result: Result) -> bytes:
        """One test as the append call takes it."""
        identity = f"{result.classname}.{result.name}" if result.classname else result.name
        test: dict[str, Any] = {
            "key": hashlib.sha256(normal(identity).encode("utf-8", "replace")).hexdigest(),
            "name": shorten(result.name, STRING_LIMIT),
            "status": _STATUS[result.status],
            "folder": shorten(result.folder or "Unnamed folder", STRING_LIMIT),
        }
        if result.elapsed is not None:
            test["elapsed"] = round(result.elapsed * 1e6)
        if result.file:
            test["file"] = shorten(result.file, STRING_LIMIT)
        if result.line is not None:
            test["line"] = result.line
        if result.assertions is not None:
            test["assertions"] = result.assertions
        if (
            result.details
            or result.properties
            or result.stdout
            or result.stderr
            or result.attachments
            or result.flaky
        ):
            test["artifacts"], test["fields"] = _artifacts_and_fields(result)
        return encode(test)

    # --- the requests

    def replan(
        self, one: Submission, results: Iterator[tuple[bytes, Label]], marker: str
    ) -> tuple[Iterator[tuple[Submission, Items | None]], str]:
        """The plan is complete from the start."""
        return iter(()), ""

    def send(self, one: Submission, items: Items, book: Book) -> Sending:
        """One POST each."""
        if one.name == "run":
            reply = yield _post(f"projects/{self.project_id}/automation/runs", one.body)
            if reply.status == 404:
                return Refused(
                    f"404: {reply.message} (project {self.project_id}, or the API at this "
                    "address, is not there)",
                    hint=_WHERE,
                )
            return _created(reply, "the creation of the run")
        if one.name == "thread":
            reply = yield _post(f"automation/runs/{self._run(book)}/threads", one.body)
            return self._within_run(_created(reply, "the creation of a thread"), reply, book)
        if one.kind is Kind.BATCH:
            thread = book.lane(one).remote["id"]
            reply = yield Request(
                "POST", f"automation/runs/threads/{thread}/append", body=wrap("tests", items)
            )
            return self._within_run(_appended(reply), reply, book)
        reply = yield _post(self._closing(one, book), one.body)
        return self._within_run(reply.verdict, reply, book)

    def _closing(self, one: Submission, book: Book) -> str:
        if one.lane is not None:
            return f"automation/runs/threads/{book.lane(one).remote['id']}/complete"
        return f"automation/runs/{self._run(book)}/complete"

    def _run(self, book: Book) -> str:
        return self.run_id or str(book.run["id"])

    def _within_run(self, verdict: Verdict, reply: Reply, book: Book) -> Verdict:
        """404 within a run names the run or its thread, not the data: every batch would meet the
        same.
        """
        if reply.status == 404:
            return Refused(
                f"run {self._run(book)} or its thread is not there: {reply.message}",
                hint="check --run-id and --url",
            )
        return verdict

    # --- looking

    def look(self, one: Submission, items: Callable[[], Items], book: Book) -> Looking:
        """Where the service shows what we sent, or does not."""
        if one.kind is Kind.BATCH:
            return self._look_for_batch(one, items, book)
        if one.name == "run":
            return self._look_for_run(one)
        if one.name == "thread":
            return self._look_for_thread(book)
        return self._look_for_closing(one, book)

    def _look_for_run(self, one: Submission) -> Looking:
        """Our marker where fields are shown, else an exact match on what we sent, young enough,
        empty and alone.
        """
        since = (one.left_at or 0.0) - _CLOCKS_DIFFER
        path = f"projects/{self.project_id}/automation/runs"
        query = (
            (
                "created_after",
                datetime.fromtimestamp(since, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            ),
        )
        sort = (
            ("sort", "automation_runs:created_at"),
            ("order", "desc"),
            ("expands", "automation_sources"),
        )
        runs, last = yield from pages(lambda page: _page(path, page, 100, query + sort))
        if not last.accepted or last.json() is None:
            return CannotTell(
                f"the runs of the project cannot be listed: {last.message}",
                again=last.status not in (404, 405),
            )
        marked = [run for run in runs if isinstance(run, Mapping) and _marked(run, one.body)]
        alike = [run for run in runs if isinstance(run, Mapping) and _alike(run, one.body, since)]
        for found in (marked, alike):
            if len(found) == 1 and "id" in found[0]:
                return There({"id": str(found[0]["id"])})
        if len(alike) > 1:
            return CannotTell(f"{len(alike)} runs look like ours", again=False)
        return NotThere()

    def _look_for_thread(self, book: Book) -> Looking:
        """An empty thread that nobody else can have made. A second one would hold no result, so
        nothing waits for it.
        """
        if self.run_id:
            return NotThere(retry_at_once=True)
        reply = yield Request("GET", f"automation/runs/{self._run(book)}")
        document = reply.json()
        threads = document.get("threads") if isinstance(document, Mapping) else None
        known = {str(lane.remote.get("id")) for lane in book.lanes()}
        new = [
            str(one["id"])
            for one in threads or ()
            if isinstance(one, Mapping)
            and "id" in one
            and str(one["id"]) not in known
            and not _thread_count(one)
        ]
        return (
            There({"id": new[0]})
            if reply.accepted and len(new) == 1
            else NotThere(retry_at_once=True)
        )

    def _look_for_closing(self, one: Submission, book: Book) -> Looking:
        """Completing twice does no harm, so a look that finds nothing means: again."""
        reply = yield Request("GET", f"automation/runs/{self._run(book)}")
        document = reply.json()
        done = isinstance(document, Mapping) and document.get("is_completed") is True
        return (
            There()
            if reply.accepted and done and one.lane is None
            else NotThere(retry_at_once=True)
        )

    # one return for each way in which it can end
    def _look_for_batch(self, one: Submission, items: Callable[[], Items], book: Book) -> Looking:  # noqa: PLR0911
        """Only this upload writes to the lane, one batch at a time: its count says all there is to
        say.
        """
        lane = book.lane(one)
        thread, before = str(lane.remote["id"]), book.confirmed(lane.id)
        path = f"automation/runs/{self._run(book)}/tests"
        query = (("thread_id", thread), ("sort", "automation_run_tests:id"), ("order", "desc"))
        reply = yield _page(path, 1, 100, query)
        if not reply.accepted:
            if reply.status in (400, 404, 405, 422):
                return (yield from self._look_at_run(one, lane, book))
            return CannotTell(f"the run's tests cannot be read: {reply.message}")
        document = reply.json()
        if not is_page(document, 1):
            return CannotTell("the run's tests cannot be read: not the documented answer")
        total = document.get("total")
        shown = document["result"]
        if (
            isinstance(total, int)
            and all(_of_thread(test, thread) for test in shown)
            and not before < total < before + one.count
        ):
            return _by_count(total, before, one.count)
        found, last = yield from pages(lambda page: _page(path, page, 1000, query))
        if not last.accepted:
            return CannotTell(f"the run's tests cannot be read: {last.message}")
        own = [test for test in found if isinstance(test, Mapping) and _of_thread(test, thread)]
        if before < len(own) < before + one.count:
            return _by_content(own, before, list(items().wire), book.sent_items(lane.id))
        return _by_count(len(own), before, one.count)

    def _look_at_run(self, one: Submission, lane: Submission, book: Book) -> Looking:
        """An older Testmo without the tests call: the counts of the run itself, where they can be
        ours alone.
        """
        reply = yield Request("GET", f"automation/runs/{self._run(book)}")
        document = reply.json()
        if not reply.accepted or not isinstance(document, Mapping):
            return CannotTell(
                f"the run cannot be read: {reply.message}", again=reply.status not in (404, 405)
            )
        for thread in document.get("threads") or ():
            if isinstance(thread, Mapping) and str(thread.get("id")) == str(lane.remote["id"]):
                count = _thread_count(thread)
                if count is not None:
                    return _by_count(count, book.confirmed(lane.id), one.count)
        total = document.get("total_count")
        if self.run_id or not isinstance(total, int):
            return CannotTell("the service does not say how many tests the thread has", again=False)
        before = sum(book.confirmed(other.id) for other in book.lanes())
        others = sum(other.count for other in book.others_open(one))
        if others and total not in (before, before + others + one.count):
            return CannotTell("other batches are under way")
        return _by_count(total, before, one.count + others)

    def run_url(self, base: str, run_id: str) -> str:
        """The run's page in Testmo."""
        return f"{base}/automation/runs/view/{run_id}"

    def check(self) -> Checking:
        """One cheap reading call that needs the token, the project and the permission."""
        reply = yield _page(f"projects/{self.project_id}/automation/runs", 1, 15, ())
        words = "can be read" if reply.accepted else reply.message
        return [
            Check(
                "testmo project", reply.accepted, words, "check the token, --project-id and --url"
            )
        ]


def api_base(url: str) -> str:
    """The address that people write, without the API's own path."""
    return re.sub(r"/api/v1/?$", "", url.rstrip("/"))


def _post(path: str, body: Mapping[str, Any]) -> Request:
    return Request("POST", path, body=encode(body))


def _page(path: str, page: int, size: int, query: Iterable[tuple[str, str]]) -> Request:
    return Request("GET", path, (*query, ("page", str(page)), ("per_page", str(size))))


def _created(reply: Reply, what: str) -> Verdict:
    if not reply.accepted:
        return reply.verdict
    found = created_id(reply)
    return Accepted({"id": found}) if found else unclear(reply, what)


def _appended(reply: Reply) -> Verdict:
    verdict = reply.verdict
    if isinstance(verdict, Accepted) and reply.body.strip() and reply.json() is None:
        return InDoubt(
            f"the service answered {reply.status} with something that is not JSON", working=False
        )
    if isinstance(verdict, Rejected) and not verdict.too_large:
        culprits = tuple(
            dict.fromkeys(int(at) for at in _CULPRIT.findall(reply.body.decode("utf-8", "replace")))
        )
        return Rejected(verdict.reason, culprits)
    return verdict


def _by_count(total: int, before: int, count: int) -> Finding:
    if total == before + count:
        return There()
    if total == before:
        return NotThere()
    if total < before:
        return CannotTell("the service's counts are behind")
    return CannotTell(
        f"the thread holds {total} tests, which is neither {before} nor {before + count}"
    )


def _by_content(
    own: list[Mapping[str, Any]], before: int, wire: list[bytes], sent: Iterable[bytes]
) -> Finding:
    """Applied in part: which of ours are there, matched as a multiset on whatever both sides
    show.
    """
    import json

    ours = [json.loads(one) for one in wire]
    shown = [
        key
        for key in _COMPARED
        if all(type(test.get(key)) is type(ours[0].get(key)) and key in test for test in own)
    ]
    if not {"key", "name"} & set(shown):
        return CannotTell("the service does not show the tests' names")

    def identity(test: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(test.get(key) for key in shown)

    there = Counter(identity(test) for test in own)
    there.subtract(identity(json.loads(one)) for one in sent)
    found = set()
    for at, test in enumerate(ours):
        if there[identity(test)] > 0:
            there[identity(test)] -= 1
            found.add(at)
    if len(found) != len(own) - before:
        return CannotTell("what is there cannot be told apart")
    return PartlyThere(frozenset(found))


def _of_thread(test: object, thread: str) -> bool:
    """Whether a test is of the thread, where the service says so (an older one may ignore the
    filter).
    """
    if not isinstance(test, Mapping):
        return False
    said = test.get("thread_id", test.get("automation_run_thread_id"))
    return said is None or str(said) == thread


def _thread_count(thread: Mapping[str, Any]) -> int | None:
    for key in ("total_count", "tests_count", "test_count"):
        if isinstance(thread.get(key), int):
            return int(thread[key])
    return None


def _marked(run: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    marker = body["fields"][0]["value"]
    fields = run.get("fields")
    return isinstance(fields, list) and any(
        isinstance(one, Mapping) and one.get("value") == marker for one in fields
    )


def _alike(run: Mapping[str, Any], body: Mapping[str, Any], since: float) -> bool:
    source = run.get("source")
    source = source.get("name") if isinstance(source, Mapping) else source
    if run.get("name") != body["name"] or (isinstance(source, str) and source != body["source"]):
        return False
    if isinstance(run.get("fields"), list) and run["fields"] and not _marked(run, body):
        return False
    if run.get("total_count") or run.get("is_completed") is True:
        return False
    try:
        created = datetime.fromisoformat(str(run["created_at"]))
    except (KeyError, ValueError):
        return True
    return (created if created.tzinfo else created.replace(tzinfo=UTC)).timestamp() >= since


# --- fields of a test


def _field(kind: int, name: str, value: str, **more: object) -> dict[str, Any]:
    limit = STRING_LIMIT if kind in (STRING, URL) else TEXT_LIMIT
    return {
        "type": kind,
        "name": shorten(name, STRING_LIMIT),
        "value": shorten(value, limit),
        **more,
    }


def _artifacts_and_fields(result: Result) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """As the vendor's CLI maps them, less its losses: http links are links, steps are escaped,
    nothing is cut unseen.
    """
    fields = [_outcome(detail) for detail in result.details]
    if result.attempts > 1:
        fields.append(_field(STRING, "Attempts", str(result.attempts)))
    stdout, from_stdout = _take_properties(result.stdout)
    artifacts: list[dict[str, Any]] = []
    steps: list[str] = []
    for name, value in (*result.properties, *from_stdout):
        if _STEP.match(name) and not name.lower().startswith("steps"):
            steps.append(_step(name, value))
        elif name.startswith("attachment"):
            _attach(value, artifacts, fields)
        else:
            fields.append(_property(name, value))
    for attachment in result.attachments:
        if not any(attachment == value for _, value in result.properties):
            _attach(attachment, artifacts, fields)
    if steps:
        listed = "".join(f"<li>{step}</li>" for step in steps[:STEP_LIMIT])
        fields.append({"type": HTML, "name": "Steps", "value": f"<ol>{listed}</ol>"})
    for name, output in (("Output", stdout), ("Errors", result.stderr)):
        if output.strip():
            fields.append(_field(CONSOLE, name, output))
    return _bounded(artifacts, "artifacts"), _bounded(fields, "fields")


def _outcome(detail: Detail) -> dict[str, Any]:
    kind = _FIELD_NAMES.get(detail.kind, detail.kind)
    said = {"text": detail.text, "message": detail.message, "type": detail.type}
    value = next((words for words in said.values() if words), "")
    meta = {
        key: shorten(words, TEXT_LIMIT) for key, words in said.items() if words and words != value
    }
    return _field(CONSOLE, kind, value, meta=meta, is_highlight=detail.kind in _FIELD_NAMES)


def _property(name: str, value: str) -> dict[str, Any]:
    prefix, colon, rest = name.partition(":")
    if colon and prefix in _TYPED and rest:
        return _field(_TYPED[prefix], rest, value)
    return _field(TEXT if "\n" in value else STRING, name or "property", value)


def _step(name: str, value: str) -> str:
    match = _STEP.match(name)
    status = f" <em>({html.escape(match[1])})</em>" if match and match[1] else ""
    return f"{html.escape(shorten(value, STRING_LIMIT))}{status}"


def _attach(value: str, artifacts: list[dict[str, Any]], fields: list[dict[str, Any]]) -> None:
    """Testmo keeps links, not files: what is no link is told by name."""
    if re.match(r"https?://", value):
        name = value.rstrip("/").rpartition("/")[2] or value
        artifacts.append({"name": shorten(name, NOTE_LIMIT), "url": value})
    else:
        fields.append(_field(STRING, "Attachment", value))


def _take_properties(output: str) -> tuple[str, list[tuple[str, str]]]:
    """``[[PROPERTY|k=v]]`` and ``[[PROPERTY|k]]…[[/PROPERTY]]`` of a test's output, and the output
    without them.
    """
    if "[[" not in output:
        return output, []
    found = [(name, value.strip("\n")) for name, value in _BLOCK.findall(output)]
    output = _BLOCK.sub("", output)
    found += _INLINE.findall(output)
    return _ATTACHMENT_LINE.sub("", _INLINE.sub("", output)), found


def _bounded(entries: list[dict[str, Any]], what: str) -> list[dict[str, Any]]:
    """At most as many as the service keeps; the last one says in words what else there was."""
    if len(entries) <= FIELD_LIMIT:
        return entries
    rest = "\n".join(
        f"{one['name']}: {one.get('value', one.get('url', ''))}"
        for one in entries[FIELD_LIMIT - 1 :]
    )
    if what == "artifacts":
        return entries[:FIELD_LIMIT]
    return [*entries[: FIELD_LIMIT - 1], _field(TEXT, "More fields", rest)]
