"""Results become rows; what an earlier upload knows to be there is not sent again."""

from __future__ import annotations

from pathlib import Path

from fakes import header
from shells import junit
from testferry.engine.batching import Limits
from testferry.ingest import Ingest
from testferry.journal import Journal, Store
from testferry.model import Status, Tally
from testferry.planning import Earlier, plan
from testferry.reports import Source
from testferry.services.testmo.target import COMPLETE_RUN, Testmo
from testferry.submission import Happening, Kind, State

TARGET = Testmo(project_id=1, name="N", source="s")


def _ingest(tmp_path: Path, names: list[str]) -> Ingest:
    path = tmp_path / "r.xml"
    path.write_text(junit(names))
    return Ingest([Source(str(path))])


def _planned(journal: Journal, kind: Kind) -> list[int]:
    return [row.count for row in journal.submissions() if row.kind is kind]


def test_results_become_batches_between_what_opens_and_what_closes(tmp_path: Path) -> None:
    with Store(tmp_path / "j").create(header()) as journal:
        plan(journal, TARGET, _ingest(tmp_path, list("abcde")), Limits(2, 1_000_000))
        assert _planned(journal, Kind.BATCH) == [2, 2, 1]
        assert len(_planned(journal, Kind.OPEN)) == 1
        assert len(_planned(journal, Kind.CLOSE)) == 1


def test_no_result_is_no_row(tmp_path: Path) -> None:
    with Store(tmp_path / "j").create(header()) as journal:
        plan(journal, TARGET, _ingest(tmp_path, []), Limits(2, 1_000_000))
        assert journal.submissions() == []


def test_what_arrived_is_kept_and_not_sent_again(tmp_path: Path) -> None:
    store = Store(tmp_path / "j")
    with (
        store.create(header()) as before,
        store.create(header("b" * 12, fingerprint="other")) as journal,
    ):
        plan(before, TARGET, _ingest(tmp_path, ["a", "a", "b", "c"]), Limits(2, 1_000_000))
        before.commit_plan([], Tally(passed=4), [])
        first, *_ = (row for row in before.submissions() if row.kind is Kind.BATCH)
        before.move(first, Happening.LEAVES)
        before.move(first, Happening.ACCEPTED)
        ingest = _ingest(tmp_path, ["a", "a", "a", "c"])
        in_its_run = Testmo(project_id=1, run_id="7")
        plan(journal, in_its_run, ingest, Limits(9, 1_000_000), Earlier(before, TARGET))
        ends = [row.name for row in journal.submissions() if row.kind is Kind.CLOSE]
        assert ends[-1] == COMPLETE_RUN, "it made the run, and completes it"
        rows = [row for row in journal.submissions() if row.kind is Kind.BATCH]
        assert [(row.state, row.count) for row in rows] == [(State.SENT, 2), (State.PENDING, 2)]
        assert [label.name for label in journal.labels(rows[1].id)] == ["a", "c"]


def test_what_arrived_and_is_to_be_left_out_now_counts_once(tmp_path: Path) -> None:
    store = Store(tmp_path / "j")
    with (
        store.create(header()) as before,
        store.create(header("b" * 12, fingerprint="other")) as journal,
    ):
        plan(before, TARGET, _ingest(tmp_path, ["a", "b", "c"]), Limits(2, 1_000_000))
        before.commit_plan([], Tally(passed=3), [])
        first, *_ = (row for row in before.submissions() if row.kind is Kind.BATCH)
        before.move(first, Happening.LEAVES)
        before.move(first, Happening.ACCEPTED)
        ingest = _ingest(tmp_path, ["a", "b", "c"])
        failed = '<testcase classname="c" name="c"><failure/></testcase>'
        (tmp_path / "r.xml").write_text(
            junit(["a", "b"]).replace("</testsuite>", f"{failed}</testsuite>")
        )
        ingest.exclude = frozenset({Status.PASSED})
        plan(journal, TARGET, ingest, Limits(2, 1_000_000), Earlier(before, TARGET))
        assert ingest.excluded == 0, "they are there"
