from __future__ import annotations

from pathlib import Path

from testferry.journal.names import lock_of, made_by_sqlite, marks_of, plan_of, upload_of


def test_no_two_files_of_an_upload_have_one_name(tmp_path: Path) -> None:
    path = tmp_path / "0123456789ab-2.journal"
    others = [plan_of(path), lock_of(path), marks_of(path), *made_by_sqlite(path)]
    assert len({path, *others, *made_by_sqlite(plan_of(path))}) == 10
    assert all(other.name.startswith(path.name) for other in others)
    assert not any(other.name.endswith(".journal") for other in others), "none is a journal"
    assert upload_of(path) == "0123456789ab-2"
