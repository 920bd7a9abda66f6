from __future__ import annotations

from pathlib import Path

from testferry.journal import seal, user_key


def test_the_seal_tells_ones_own_journals(tmp_path: Path) -> None:
    key = user_key(tmp_path / "state")
    assert key == user_key(tmp_path / "state")
    assert len(key) == 32
    assert seal(key, "https://a") != seal(key, "https://b")
    (tmp_path / "state" / "seal.key").chmod(0o666)
    assert user_key(tmp_path / "state") == b"", "anybody may have written it"
    (tmp_path / "file").write_text("")
    assert user_key(tmp_path / "file" / "x") == b""
