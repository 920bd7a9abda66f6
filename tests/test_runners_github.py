"""GitHub's grammar, read back as its runner reads it."""

from __future__ import annotations

import re
from pathlib import Path

from hostile import ended
from papers import outcome
from testferry.events import NamedResult
from testferry.outcome import Counts, Flags, Named
from testferry.runners import Ended
from testferry.runners.github import fold, tell

# ActionCommand.cs: what a line that begins with :: is taken for.
COMMAND = re.compile(r"::(\w[\w-]*)(?: ([^:]*))?::(.*)")


def unescaped(text: str) -> str:
    for code, character in (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%")):
        text = text.replace(code, character)
    return text


def parsed(line: str) -> tuple[str, dict[str, str], str]:
    found = COMMAND.fullmatch(line)
    assert found, line
    properties = dict(part.split("=", 1) for part in (found[2] or "").split(",") if part)
    return found[1], {key: unescaped(value) for key, value in properties.items()}, found[3]


def test_annotations_have_file_and_line_within_the_repository() -> None:
    failed = [NamedResult("t, 1: x", "s", "50% off\nmore", "/work/app/tests/a.py", 7)]
    told = Ended(outcome(Counts(accepted=10), named=Named([], failed)), Flags(), "v", "")
    kind, properties, text = parsed(tell(told, {"GITHUB_WORKSPACE": "/work/app"}).lines[0])
    assert kind == "error"
    assert properties == {"file": "tests/a.py", "line": "7", "title": "s › t, 1: x"}
    assert text == "50%25 off"


def test_nothing_is_smuggled() -> None:
    for line in (*tell(ended(), {}).lines, fold("\n::error::x", 1.0)[0]):
        kind, properties, _ = parsed(line)
        assert kind in ("error", "warning", "notice", "group")
        assert set(properties) <= {"file", "line", "title"}
        assert properties.get("line", "3") in ("3", "4")
        assert len(line.splitlines()) == 1


def test_outputs_are_one_line_each(tmp_path: Path) -> None:
    environment = {
        "GITHUB_OUTPUT": str(tmp_path / "out"),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "s"),
    }
    outputs, summary = tell(ended(), environment).files
    assert outputs.append
    lines = outputs.text.splitlines()
    found = dict(line.split("=", 1) for line in lines)
    assert found["run_id"] == "7"
    assert found["exit_code"] == "75"
    assert "<<" not in "".join(line.split("=", 1)[0] for line in lines)
    assert len(lines) == len(found), "no line is anybody else's"
    assert summary.text == "### summary\n"


def test_a_summary_has_what_room_others_left(tmp_path: Path) -> None:
    full = tmp_path / "s"
    full.write_text("x" * 1024 * 1024)
    assert tell(ended(), {"GITHUB_STEP_SUMMARY": str(full)}).files == ()
    full.write_text("x" * (1024 * 1024 - 9_000))
    long = "### verdict\n\n<details>\n" + "- a test\n" * 5_000 + "\n</details>\n"
    told = Ended(outcome(Counts(accepted=10)), Flags(), "v", long)
    (summary,) = tell(told, {"GITHUB_STEP_SUMMARY": str(full)}).files
    assert summary.text.startswith("### verdict")
    assert summary.text.count("<details>") == summary.text.count("</details>") == 1
    assert summary.text.rstrip().endswith("would be dropped as a whole.*")
    assert full.stat().st_size + len(summary.text.encode()) < 1024 * 1024
