"""``explain``: what would be done on an answer, and why."""

from __future__ import annotations

from pathlib import Path

from shells import Shell


def test_explain(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "body").write_text('{"message": "Slow down"}')
    assert (
        shell(
            "explain",
            "testmo",
            "429",
            "--header",
            "Retry-After: 17",
            "--body",
            "body",
            "--output",
            "json",
        )
        == 0
    )
    assert shell.json == {
        "schema": "testferry.explain/1", "dialect": "testmo", "status": 429, "attempt": 1, "action": "wait", "kind": "rate_limited",
        "ambiguous": False, "wait_s": [17.0, 18.7], "message": "Slow down",
        "reason": "the rate limit is reached; the service asks for 17 s", "source": shell.json["source"],
    }  # fmt: skip
    assert shell("explain", "testrail", "500", "--attempt", "2") == 0
    assert "retry, in 10 to 11 s (server_error); it may have been applied all the same" in shell.out
    assert shell("explain", "testmo", "200") == 0
    assert shell("explain", "nowhere", "200") == 2
    assert shell("explain", "testmo", "200", "--header", "nonsense") == 2
    assert shell("explain", "testmo", "1") == 2


def test_a_target_is_explained_by_its_dialect(shell: Shell, tmp_path: Path) -> None:
    tables = """[targets.ours]
type = "http"
url = "https://a.example"
dialect = "talentlms"
[targets.rail]
type = "testrail"
"""
    (tmp_path / "testferry.toml").write_text(tables)
    for name, dialect in (("ours", "talentlms"), ("rail", "testrail")):
        assert shell("explain", name, "429", "--header", "Retry-After: 5", "--output", "json") == 0
        assert shell.json["dialect"] == dialect
    assert shell("explain", "nobody", "429") == 2
