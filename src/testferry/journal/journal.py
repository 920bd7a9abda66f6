"""The journal: one sqlite file per upload, on disk before anything leaves this machine.

One writer at a time, held by a kernel lock that a kill releases. WAL with ``synchronous=FULL``:
every mark before and after a request survives a power cut. No secret is ever in it. Rows are
submissions; results are not rows but a batch's items (one row per result costs as much CPU as
everything else together).

Sqlite finds damage in its own pages, but neither in a value nor at the end of a ``-wal`` that lost
its tail: so every row carries a sum of its values, and the number of commits stands once more in a
file beside the journal. A journal that is behind it has lost marks, and with them the knowledge of
what was sent.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Self

from testferry.events import KEPT_FAILURES, NamedResult
from testferry.journal.file import JournalFile
from testferry.journal.header import Header
from testferry.journal.results import results_of
from testferry.journal.rows import (
    VERSION,
    hold,
    insert,
    read_held,
    read_submissions,
    report,
    report_row,
    unpacked_labels,
    unpacked_wire,
    update,
)
from testferry.journal.trouble import explained
from testferry.model import ReportSummary, Result, Tally
from testferry.outcome import Counts
from testferry.submission import (
    ATTACHMENT,
    TRANSITIONS,
    Happening,
    Items,
    Kind,
    Label,
    State,
    Submission,
)

_COUNTS = (
    "SELECT CASE name WHEN 'unmatched' THEN name ELSE state END AS place, sum(results)"
    " FROM submission WHERE kind = 'batch' GROUP BY place"
)
_ITEMS = "SELECT items, labels FROM submission WHERE id = ?"
_LABELS = "SELECT labels FROM submission WHERE id = ?"
_WITH_ITEMS = "SELECT id FROM submission WHERE items IS NOT NULL ORDER BY id"
_REPORTS = "SELECT path, format, tally, problems, sum FROM report ORDER BY id"
_NEW_REPORT = "INSERT INTO report (path, format, tally, problems, sum) VALUES (?, ?, ?, ?, ?)"
_FILES_AND_LOOKS = (
    "SELECT name, body, reason FROM submission WHERE kind = 'attach' AND state = 'rejected'"
)
_HELD = "SELECT count(*), coalesce(sum(results), 0) FROM result"
# A run that misses a rejected result stays open.
_REJECTED = (
    "SELECT 1 FROM submission WHERE state = 'rejected'"
    " AND (count > 0 OR kind IN ('open', 'attach')) LIMIT 1"
)
# A closing counts if it may be sent: that of a lane only if the lane was used.
_LEFT = (
    "SELECT 1 FROM submission AS row WHERE state IN ('pending', 'sending', 'in_doubt')"
    " AND (kind IN ('open', 'batch', 'attach')"
    " OR (kind = 'close' AND ? AND (lane IS NULL OR EXISTS (SELECT 1 FROM submission AS lane"
    " WHERE lane.id = row.lane AND lane.state = 'sent')))) LIMIT 1"
)
_EMPTIED = "UPDATE submission SET items = NULL, labels = NULL, count = 0, results = 0 WHERE id = ?"


def anything_left(db: sqlite3.Connection) -> bool:
    """Tell whether a row is left to be carried out, be it only to close the run."""
    rejected = db.execute(_REJECTED).fetchone()
    return db.execute(_LEFT, (rejected is None,)).fetchone() is not None


class Journal:
    """One upload's journal. Every method that changes something is one transaction."""

    def __init__(
        self,
        path: Path,
        header: Header | None,
        *,
        write: bool = True,
    ) -> None:
        self.path = path
        self._file = JournalFile(path, write=write)
        try:
            if header is None:
                self._file.open(write=write)
            else:
                self._file.begin(header)
            self.header = self._header()
            if header is None and write:  # before anything is sent, not when its turn comes
                self.check_bodies()
        except BaseException:
            self.close()
            raise

    def _header(self) -> Header:
        facts = {"version": VERSION, **self._file.facts()}
        known = {name: facts[name] for name in Header.__dataclass_fields__ if name in facts}
        with explained(self.path):
            return Header(**known)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Leave the file; an unfinished plan is undone."""
        self._file.close()

    def discard(self) -> None:
        """Leave nothing of the upload: no other process can take it up in between."""
        self._file.discard()

    # --- planning

    def plan(self, submission: Submission, items: Items | None = None) -> int:
        """Add a row to the plan; ``commit_plan`` makes it count."""
        with explained(self.path):
            return self._insert(submission, items)

    def plan_all(self, rows: Iterable[Submission]) -> None:
        """Add rows without results; a closing that follows a lane closes that lane."""
        lane = None
        for row in rows:
            if row.kind is Kind.CLOSE:
                row.lane = lane
            self.plan(row)
            if row.kind is Kind.LANE:
                lane = row.id

    def commit_plan(
        self,
        reports: Iterable[ReportSummary],
        tests: Tally,
        failed: list[NamedResult],
        excluded: int = 0,
    ) -> None:
        """Complete the plan: from here on it is carried out, by whatever process.

        ``excluded`` results are not sent, as the user said.
        """
        with explained(self.path):
            for summary in reports:
                self._file.db.execute(_NEW_REPORT, report_row(summary))
            kept = [result.as_dict() for result in failed[:KEPT_FAILURES]]
            self._file.put("failed_tests", kept)
            self._file.put("tests", asdict(tests))
            if excluded:
                self._file.put("results_excluded", excluded)
        self._file.publish()

    def hold(self, items: Items) -> None:
        """Keep results as they were read, until ``replan`` makes rows of them."""
        with explained(self.path):
            hold(self._file.db, items)

    def _insert(self, submission: Submission, items: Items | None) -> int:
        self._file.more_rows += 1
        return insert(self._file.db, submission, items)

    # --- reading

    def submissions(self) -> list[Submission]:
        """Read all rows without their items, in order."""
        with explained(self.path):
            return read_submissions(self._file.db)

    def labels(self, submission_id: int) -> tuple[Label, ...]:
        """Read what the results of a batch are called; a finished upload still knows it.

        Raises JournalProblem if they are damaged.
        """
        with explained(self.path, f"row {submission_id}"):
            row = self._file.db.execute(_LABELS, (submission_id,)).fetchone()
            if row is None or row[0] is None:
                return ()
            return unpacked_labels(row[0])

    def items(self, submission_id: int) -> Items:
        """Read the results of a batch, empty if they are kept no more.

        Raises JournalProblem if they are damaged.
        """
        with explained(self.path, f"row {submission_id}"):
            row = self._file.db.execute(_ITEMS, (submission_id,)).fetchone()
            if row is None or row[0] is None:
                return Items((), ())
            wires, labels = row
            return Items(unpacked_wire(wires), unpacked_labels(labels))

    def check_bodies(self) -> None:
        """Check that the results of every row can be read. Raises JournalProblem."""
        with explained(self.path):
            rows = self._file.db.execute(_WITH_ITEMS).fetchall()
        for (number,) in rows:
            self.items(number)
        for _ in self.held_items():
            pass

    def reports(self) -> list[ReportSummary]:
        """Read what the reports held when they were planned."""
        with explained(self.path):
            rows = self._file.db.execute(_REPORTS).fetchall()
            return [report(*row) for row in rows]

    def tests(self) -> Tally:
        """Read how the tests of all reports ended."""
        return Tally(**self._file.get("tests", {}))

    def failed_tests(self) -> list[NamedResult]:
        """Read the first failed tests of the reports, with their messages."""
        return [NamedResult(**failed) for failed in self._file.get("failed_tests", [])]

    def counts(self, *, under_way: bool = False) -> Counts:
        """Count where the results are.

        What is on the wire is pending while the upload is ``under_way``, in doubt at its end.
        """
        with explained(self.path):
            places = dict(self._file.db.execute(_COUNTS).fetchall())
            _, held = self._file.db.execute(_HELD).fetchone()
        counts = Counts(
            accepted=places.get("sent", 0),
            rejected=places.get("rejected", 0),
            in_doubt=places.get("in_doubt", 0),
            pending=places.get("pending", 0) + held,
            unmatched=places.get("unmatched", 0),
            excluded=self._file.get("results_excluded", 0),
            let_be=bool(self.header.options.get("allow_unmatched")),
        )
        if under_way:
            counts.pending += places.get("sending", 0)
        else:
            counts.in_doubt += places.get("sending", 0)
        return counts

    def unfinished(self) -> bool:
        """Tell whether anything is left to do, be it only to close the run."""
        with explained(self.path):
            batches, _ = self._file.db.execute(_HELD).fetchone()
            return batches > 0 or anything_left(self._file.db)

    def listed(self, *states: State) -> Iterator[NamedResult]:
        """Give every result in these states, by name, with the reason."""
        if State.PENDING in states:
            for items in self.held_items():
                for label in items.labels:
                    yield NamedResult(label.name, label.suite, "")
        with explained(self.path):
            marks = ", ".join("?" * len(states))
            # only constants and marks are put together
            query = (
                "SELECT id, reason FROM submission"  # noqa: S608
                f" WHERE kind = 'batch' AND state IN ({marks}) AND count > 0 ORDER BY id"
            )
            rows = self._file.db.execute(query, states).fetchall()
        for submission_id, reason in rows:
            for label in self.labels(submission_id):
                for test in (label, *label.others):
                    yield NamedResult(test.name, test.suite, reason)

    def refused_behind(self) -> tuple[list[NamedResult], list[NamedResult]]:
        """List what was refused behind the results: the files that did not arrive, each with the
        test that it belongs to, and the looks at them.
        """
        with explained(self.path):
            rows = self._file.db.execute(_FILES_AND_LOOKS).fetchall()
            files, looks = [], []
            for name, body, reason in rows:
                if name != ATTACHMENT:
                    looks.append(NamedResult(name, "", reason))
                    continue
                said = json.loads(body)
                test = f"attachment of {said.get('test')}"
                files.append(NamedResult(str(said.get("path")), test, reason))
        return files, looks

    def held(self) -> Iterator[tuple[Result, bytes, Label]]:
        """Give every result that is held, as it was read, with its JSON and its label.

        They come in the order of the reports. Raises JournalProblem if one is damaged.
        """
        with explained(self.path, "a result"):
            for items in self.held_items():
                yield from zip(results_of(items.wire), items.wire, items.labels, strict=True)

    def held_items(self) -> Iterator[Items]:
        """Give the batches of results that are held. Raises JournalProblem if one is damaged."""
        with explained(self.path):
            yield from read_held(self._file.db)

    def batches_held(self) -> int:
        """Count the batches of results that are held."""
        with explained(self.path):
            batches, _ = self._file.db.execute(_HELD).fetchone()
        return int(batches)

    def run(self) -> tuple[str, str]:
        """Read the id and the address of the run, empty while it is not known."""
        remote = self._file.get("run", {})
        return str(remote.get("id", "")), str(remote.get("url", ""))

    def unmatched(self) -> Iterator[Items]:
        """Give the results for which the service had no place, as they were read."""
        for submission in self.submissions():
            if submission.kind is Kind.BATCH and submission.name == "unmatched":
                yield self.items(submission.id)

    def stopped(self) -> str:
        """Read why the upload ended before its end."""
        return str(self._file.get("stopped", ""))

    def closed(self) -> bool:
        """Read whether it ended because its run takes no more results."""
        return bool(self._file.get("closed", False))

    # --- changing

    def move(
        self, submission: Submission, happening: Happening, also: Iterable[Submission] = ()
    ) -> None:
        """Make one transition, and store whatever the submission now says of itself.

        What ``also`` changed (a lane that proves nothing any more) is stored with it. A pair that
        the table lacks is a defect: KeyError.
        """
        state = TRANSITIONS[(submission.state, happening)]
        with self._file.transaction() as db:
            update(db, submission, state)
            for other in also:
                update(db, other, other.state)
        submission.state = state

    def replace(
        self,
        submission: Submission,
        happening: Happening,
        parts: list[tuple[Submission, Items]],
    ) -> None:
        """Let a batch become others (split, or applied in part), all in one transaction.

        Its row stays as a stub of no results, so that nothing is counted twice.
        """
        state = TRANSITIONS[(submission.state, happening)]
        with self._file.transaction() as db:
            for part, items in parts:
                self._insert(part, items)
            db.execute(_EMPTIED, (submission.id,))
            submission.count = submission.results = 0
            update(db, submission, state)
        submission.state = state

    def replan(
        self,
        submission: Submission,
        happening: Happening,
        rows: Iterable[tuple[Submission, Items | None]],
    ) -> list[Submission]:
        """End an opening and let what was held become what is sent, all in one transaction."""
        state = TRANSITIONS[(submission.state, happening)]
        made = []
        with self._file.transaction() as db:
            for row, items in rows:
                self._insert(row, items)
                made.append(row)
            db.execute("DELETE FROM result")
            db.execute("UPDATE mark SET held = 0")
            update(db, submission, state)
        submission.state = state
        return made

    def add(self, rows: Iterable[Submission]) -> None:
        """Add rows that the plan did not have: one more lane, and what closes it."""
        with self._file.transaction():
            self.plan_all(rows)

    def remember_stop(self, reason: str, *, closed: bool = False) -> None:
        """Note why the upload ended before its end; empty at its end. ``closed``: its run takes no
        more results, whoever sends them.
        """
        with self._file.transaction():
            self._file.put("stopped", reason)
            self._file.put("closed", closed)

    def remember_command(self, attempt: str, sources: list[list[object]]) -> None:
        """Note a command that carries the upload on with equal reports: they are these, too."""
        self.header.carried_on.append([attempt, sources])
        with self._file.transaction():
            self._file.put("carried_on", self.header.carried_on)

    def remember_run(self, run_id: str, url: str) -> None:
        """Note the run; it is told on failure too."""
        with self._file.transaction():
            self._file.put("run", {"id": run_id, "url": url})

    def finish(self) -> None:
        """Drop what was sent: everything arrived. The names of the results stay."""
        with self._file.transaction() as db:
            db.execute("UPDATE submission SET items = NULL WHERE state = 'sent'")
        self._file.lay_to_rest()
