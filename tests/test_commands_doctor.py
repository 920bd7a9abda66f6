"""``doctor``: each thing that an upload needs passes, or has a cure."""

from __future__ import annotations

import pytest

from shells import Shell, faulty


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


@faulty("any: 503")
def test_a_service_that_is_down_is_tried_later_as_by_an_upload(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TESTRAIL_URL", shell.sandbox.url)
    monkeypatch.setenv("TESTRAIL_USER", "me@example.com")
    monkeypatch.setenv("TESTRAIL_KEY", shell.sandbox.settings.token)
    for target in ("testmo", "testrail"):
        more = ("--project-id", "1") if target == "testmo" else ("--project", "Demo")
        assert shell("doctor", target, *more) == 75, shell.out
        assert "try again later" in shell.out


def test_what_time_does_not_mend_ends_with_5_as_an_upload(shell: Shell) -> None:
    tls = shell.sandbox.url.replace("http:", "https:")
    command = ("testmo", "--project-id", "1", "--url", tls)
    assert shell("doctor", *command) == 5
    assert "does not speak TLS" in shell.out
    assert "check --url" in shell.out
    assert shell("upload", *command, "r.xml") == 5
