"""``resume`` from outside: what is unfinished is carried on, to the address that is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from shells import Shell, faulty, junit
from sink import Said, Seen, Sink
from testferry.sandbox.faults import parse


@faulty("append: 403 first 1")
def test_resume_needs_no_reports_and_no_address(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert shell.upload("r.xml") == 5
    (tmp_path / "r.xml").unlink()
    monkeypatch.delenv("TESTMO_URL")
    assert shell("resume", "--output", "json") == 0
    assert shell.json["uploads"][0]["results"]["accepted"] == 2
    assert shell.stored == ["a", "b"]
    assert shell("resume") == 0
    assert "nothing is unfinished" in shell.out
    assert shell("resume", "zzz") == 2


@faulty("append: 403 first 1")
def test_the_token_goes_to_no_other_address(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A journal from elsewhere, or another address: exit 2 and not a byte is sent."""
    assert shell.upload("r.xml") == 5
    requests = shell.sandbox.requests
    assert shell("resume", "--url", "http://127.0.0.1:1") == 2
    assert "no other address" in shell.err
    assert f" --url {shell.sandbox.url}` carries it on" in shell.err, "the way out is no loss"
    monkeypatch.delenv("TESTMO_URL")
    (tmp_path / "home" / "testferry" / "seal.key").write_bytes(b"x" * 32)
    assert shell("resume") == 2
    assert "journaled elsewhere" in shell.err
    assert shell.sandbox.requests == requests
    assert shell("resume", "--url", shell.sandbox.url) == 0


def test_a_shipped_table_with_an_address_of_its_own_is_carried_on_where_it_was_sent(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Azure DevOps Server stands in the house: its address is on the journal alone."""

    def down(seen: Seen) -> Said:
        return Said(503) if seen.path.endswith("/results?api-version=7.1") else Said(200, {"id": 7})

    def well(seen: Seen) -> Said:
        if seen.method == "POST" and "/results" in seen.path:
            return Said(200, {"count": len(seen.json)})
        return Said(200, {"id": 7})

    monkeypatch.setenv("TESTFERRY_TOKEN", "t")
    words = ("upload", "azure", "r.xml", "--set", "org=A", "--set", "project=P")
    with Sink(down) as sink:
        assert shell(*words, "--url", sink.url, "--rate", "none", "--max-time", "2s") == 75
        assert shell("resume", "--url", "https://dev.azure.com", "--max-time", "1s") == 2
        sink.answers = well
        assert shell("resume", "--rate", "none") == 0, shell.err


@faulty("append: 403 after 1")
def test_the_rate_is_kept_by_the_process_that_carries_on(shell: Shell, tmp_path: Path) -> None:
    """Neither the rate nor what was sent a moment ago is forgotten."""
    cases = "".join(f'<testcase name="t{at}"/>' for at in range(8))
    (tmp_path / "many.xml").write_text(f"<testsuite>{cases}</testsuite>")
    words = [
        "many.xml",
        "--batch-size",
        "1",
        "--rate",
        "6/100s",
        "--rate-share",
        "1",
        "--width",
        "1",
        "--output",
        "json",
    ]
    assert shell.upload(*words) == 5
    shell.sandbox.settings.faults.faults.clear()
    assert shell("resume", "--max-time", "2s", "--output", "json") == 75
    assert shell.json["uploads"][0]["requests"]["total"] <= 3, "three of six an hour were left"


@pytest.mark.parametrize("key", [(), ("--run-key", "k")])
def test_a_run_that_is_made_or_completed_by_resume_is_told(
    shell: Shell, key: tuple[str, ...]
) -> None:
    well = shell.sandbox.settings
    busy = replace(well, faults=parse(["any: 429 first 100"]))
    shell.sandbox.settings = busy
    where = ("testmo", "--project-id", "1", *key)
    done = "found or made" if key else "made"
    assert shell("run", "create", *where, "--name", "All", "--max-time", "1s") == 75
    assert shell("resume", "--max-time", "1s") == 75
    assert f"The run is not {done} yet" in shell.out
    shell.sandbox.settings = well
    assert shell("resume") == 0
    url = f"{shell.sandbox.url}/automation/runs/view/101"
    assert shell.out.splitlines()[:2] == [f'✔ Run 101 "All" is {done}', f"  {url}"]
    shell.sandbox.settings = busy
    ending = key or ("--run-id", "101")
    assert shell("run", "complete", *where[:3], *ending, "--max-time", "1s") == 75
    shell.sandbox.settings = well
    assert shell("resume", "--output", "json") == 0
    (upload,) = shell.json["uploads"]
    assert (upload["exit_code"], upload["run_id"], upload["run_url"]) == (0, 101, url)
    assert upload["kind"] == ("run found or created" if key else "run completed")
    assert shell("resume", "-q") == 0
    assert shell.out + shell.err == ""


def test_two_at_once_on_one_upload(shell: Shell) -> None:
    from testferry.journal import Store
    from testferry.settings.files import journal_folder

    assert shell.upload("r.xml", "--output", "json") == 0
    upload_id = shell.json["upload_id"]
    with Store(journal_folder()).open(upload_id, write=True):
        assert shell.upload("r.xml", "--output", "json") == 75
        assert "another process" in shell.err
        assert shell.json["exit_code"] == 75
        assert shell("uploads", "show", upload_id) == 0
        assert "another process is at work on it" in shell.out
        assert shell("resume", upload_id) == 0, "who is at work on it will end it"
        assert f"another process is at work on upload {upload_id}" in shell.err
        assert shell("resume", "-q", upload_id) == 0
        assert shell.out + shell.err == ""


def test_a_damaged_journal_does_not_stop_the_others(shell: Shell) -> None:
    from testferry.settings.files import journal_folder

    (journal_folder()).mkdir(parents=True, exist_ok=True)
    (journal_folder() / "bad.journal").write_bytes(b"hello" * 100)
    (journal_folder() / "bad.journal").chmod(0o600)
    assert shell.upload("r.xml") == 0
    assert shell("uploads") == 74
    assert "done" in shell.out
    assert "bad.journal" in shell.err
    assert shell("resume", "bad") == 74
    assert shell("resume") == 74, "what cannot be read is not passed over"
    assert "bad.journal" in shell.err
    (journal_folder() / "bad.journal").write_bytes(b"")
    assert shell("resume") == 74


def test_one_outage_is_found_once_for_all_uploads_of_a_service(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody listens: the second upload is not sent into the same silence."""
    monkeypatch.setattr("testferry.engine.actions.PATIENCE", 2.0)
    monkeypatch.setenv("TESTMO_URL", "http://127.0.0.1:9")
    for name in ("a", "b"):
        (tmp_path / f"{name}.xml").write_text(junit([name]))
        assert shell.upload(f"{name}.xml") == 75
    assert shell("resume", "--output", "json") == 75
    first, second = shell.json["uploads"]
    assert first["requests"]["total"] > 0
    assert second["requests"]["total"] == 0
    assert second["stopped"] == first["stopped"]


def test_quiet_says_one_line_of_what_is_not_done(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("testferry.engine.actions.PATIENCE", 1.0)
    monkeypatch.setenv("TESTMO_URL", "http://127.0.0.1:9")
    assert shell.upload("r.xml") == 75
    assert shell("resume", "-q") == 75
    (line,) = [line for line in shell.err.splitlines() if line.startswith("upload ")]
    assert "0 of 2 results are there (exit 75): no connection to 127.0.0.1" in line
    assert "(r.xml" in line, "what it is of, by what a person knows it by"
    assert shell.out == ""


def test_the_time_is_that_of_the_command(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TESTMO_URL", "http://127.0.0.1:9")
    assert shell.upload("r.xml", "--max-time", "1s") == 75
    assert shell("resume", "--max-time", "1s") == 75
    assert "--max-time" in shell.out + shell.err


@faulty("append: 403 first 1")
def test_a_projects_file_is_nobodys_word_for_where_a_journal_goes(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert shell.upload("r.xml") == 5
    url = shell.sandbox.url
    monkeypatch.delenv("TESTMO_URL")
    requests = shell.sandbox.requests
    # A journal of somebody else's: the checkout that it lies in cannot vouch for it.
    (tmp_path / "home" / "testferry" / "seal.key").write_bytes(b"x" * 32)
    (tmp_path / "testferry.toml").write_text(f'[targets.testmo]\nurl = "{url}"\n')
    assert shell("resume") == 2
    assert "journaled elsewhere" in shell.err
    assert shell.sandbox.requests == requests
    (tmp_path / "testferry.toml").write_text(f'url = "{url}"\n')
    assert shell("resume") == 2
    assert shell("resume", "--url", url) == 0
