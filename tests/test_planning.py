"""Results become rows; what an earlier upload knows to be there is not sent again."""

from __future__ import annotations

from pathlib import Path

from fakes import header
from shells import junit
from testferry.engine.batching import Limits
from testferry.ingest import Ingest
from testferry.journal import Journal, Store
from testferry.model import Tally
from testferry.planning import keep_arrived, plan
from testferry.reports import Source
from testferry.services.testmo.target import Testmo
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
        arrived = keep_arrived(before, journal)
        assert arrived.total() == 2
        plan(
            journal, TARGET, _ingest(tmp_path, ["a", "a", "a", "c"]), Limits(9, 1_000_000), arrived
        )
        rows = [row for row in journal.submissions() if row.kind is Kind.BATCH]
        assert [(row.state, row.count) for row in rows] == [(State.SENT, 2), (State.PENDING, 2)]
        assert [label.name for label in journal.labels(rows[1].id)] == ["a", "c"]
