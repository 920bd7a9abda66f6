"""What is kept comes back whole or not at all; losing it disturbs nobody."""

from __future__ import annotations

import stat
from pathlib import Path

from testferry.cache import Cache


def files(folder: Path) -> list[Path]:
    return list(folder.glob("*.cache*"))


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    cache = Cache(tmp_path, "https://x")
    cache.put("cases", {"a": [1, 2]})
    assert Cache(tmp_path, "https://x").get("cases") == {"a": [1, 2]}
    cache.put("cases", {"a": [3]})
    assert cache.get("cases") == {"a": [3]}
    assert len(files(tmp_path)) == 1


def test_nothing_is_shared_between_keys_or_services(tmp_path: Path) -> None:
    Cache(tmp_path, "https://x").put("cases", {"a": 1})
    assert Cache(tmp_path, "https://y").get("cases") == {}
    assert Cache(tmp_path, "https://x").get("sections") == {}


def test_it_is_for_nobody_else(tmp_path: Path) -> None:
    Cache(tmp_path).put("cases", {})
    (path,) = files(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_damage_is_as_if_there_were_nothing(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.put("cases", {"a": 1})
    (path,) = files(tmp_path)
    whole = path.read_bytes()
    for damaged in (b"", whole[:-3], b"nonsense"):
        path.write_bytes(damaged)
        assert cache.get("cases") == {}


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    Cache().put("cases", {"a": 1})
    assert Cache().get("cases") == {}
    missing = Cache(tmp_path / "missing")
    missing.put("cases", {"a": 1})
    assert missing.get("cases") == {}
