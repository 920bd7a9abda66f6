"""What the journal knows of each upload, in a line, and in one voice with what resumes them."""

from __future__ import annotations

from pathlib import Path

from shells import Shell, faulty, junit


@faulty("append: refuse bad")
def test_nothing_is_unfinished_and_not_all_was_taken(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "r.xml").write_text(junit(["a_bad_one", "good"]))
    assert shell.upload("r.xml") == 6
    assert shell("uploads") == 0
    assert "incomplete" in shell.out
    assert shell("resume") == 0
    words = "nothing is unfinished; 1 upload incomplete: not all was taken, and `testferry uploads`"
    assert f"{words} says of which" in shell.out.replace("\n", " ")
    assert shell("resume", "-q") == 0
    assert shell.out + shell.err == ""


def test_what_is_done_is_not_spoken_of(shell: Shell) -> None:
    assert shell.upload("r.xml") == 0
    assert shell("resume") == 0
    assert shell.out == "nothing is unfinished\n"


@faulty("any: 401")
def test_a_refused_token_leaves_nothing_and_that_is_said(shell: Shell) -> None:
    assert shell.upload("r.xml") == 5
    assert "nothing is kept here: once that is mended, run the same command again" in shell.err
    assert shell.upload("r.xml", "-q") == 5
    assert "nothing is kept here" in shell.err, "a mail says it, too"
    assert shell("uploads") == 0
    assert "no uploads" in shell.out
