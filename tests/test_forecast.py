"""What a rehearsal says of an upload."""

from __future__ import annotations

from shells import Shell, section


def test_the_plan_is_words_and_counts_are_right(shell: Shell) -> None:
    assert shell.upload("r.xml", "--dry-run") == 0
    *_, to, what, requests = shell.out.splitlines()
    assert to == f"  to        {shell.sandbox.url}"
    assert what.startswith("  with      project id 1 · name ")
    assert requests == "  requests  4 · no limit known"
    assert "at least" not in shell.out


def test_the_plan_shows_no_code(rail: Shell) -> None:
    section(rail.sandbox, ["c.a"])
    words = ["--project", "1", "--dry-run", "--status", "failed=4", "--create-missing", "-v"]
    assert rail("upload", "testrail", *words, "r.xml") == 0
    said = rail.out + rail.err
    assert "create missing · " in said
    assert "status failed=4" in said
    assert "True" not in said
    assert "{" not in said
    assert "0.0 s, " not in said
    assert "  upload " not in said
    assert "1 request " in said or "requests" in said
