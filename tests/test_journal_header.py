from __future__ import annotations

from pathlib import Path

from testferry.journal import fingerprint


def test_the_same_parts_give_the_same_word_in_any_process() -> None:
    word = fingerprint("testmo", "https://x", {"b": 1, "a": [2]}, "digest")
    assert word == fingerprint("testmo", "https://x", {"a": [2], "b": 1}, "digest")
    assert word != fingerprint("testmo", "https://x", {"b": 1, "a": [3]}, "digest")
    assert word != fingerprint("testmo", {"b": 1, "a": [2]}, "https://x", "digest")
    assert word == "df2b2c8b56ad599b7c7f65f3a6b311c8753d8d468ec71539748f8600683fcf77"
    assert fingerprint(Path("/a")) == fingerprint("/a")
