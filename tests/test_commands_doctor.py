"""``doctor``: each thing that an upload needs passes, or has a cure."""

from __future__ import annotations

import pytest

from shells import Shell


def test_doctor(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shell("doctor", "testmo", "--project-id", "1") == 0
    assert shell.out.count("✔") >= 6
    monkeypatch.setenv("TESTMO_TOKEN", "wrong")
    assert shell("doctor", "testmo") == 2
    assert shell("doctor", "testmo", "--project-id", "1", "--output", "json") == 5
    assert [one["name"] for one in shell.json["checks"] if not one["passed"]] == ["testmo project"]
    assert shell("doctor", "testmo", "--project-id", "1", "--url", "http://127.0.0.1:1") == 75
    assert "no connection" in shell.out
    assert shell("doctor", "testmo", "--project-id", "1", "--url", "http://example.com") == 2
    assert shell("doctor", "testmo", "--project-id", "1", "--journal", "r.xml") == 74
    assert shell("doctor", "nowhere") == 2
