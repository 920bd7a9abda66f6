"""``uploads`` from outside: the list, one upload, what is dropped."""

from __future__ import annotations

from shells import Shell, faulty


@faulty("append: 403 once")
def test_an_upload_that_is_not_wanted_any_more_is_forgotten(shell: Shell) -> None:
    assert shell.upload("r.xml", "--output", "json") == 5
    upload_id = shell.json["upload_id"]
    assert shell("uploads") == 0
    assert "unfinished: HTTP 403" in shell.out.replace("\n", " ") or "403" in shell.out
    assert shell("uploads", "forget", upload_id[:5]) == 0
    assert shell("uploads") == 0
    assert "no uploads" in shell.out
    assert shell.upload("--run-id", "", "r.xml") == 2


def test_uploads_of_nothing(shell: Shell) -> None:
    assert shell("uploads") == 0
    assert "no uploads" in shell.out
    assert shell("uploads", "show", "x") == 2
