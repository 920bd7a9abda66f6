"""The pages of help."""

from __future__ import annotations

import shlex

import pytest
from click.shell_completion import ShellComplete

from shells import Shell
from testferry.cli import cli
from testferry.commands import COMMANDS
from testferry.services import services
from testferry.settings.page import Page, write_part


@pytest.mark.parametrize("width", ["80", "100", "120"])
@pytest.mark.parametrize("target", [service.name for service in services()])
def test_the_page_of_a_target_fits_and_the_long_one_has_everything(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, width: str, target: str
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    assert shell("upload", target, "--help") == 0
    page = shell.out
    lines = page.splitlines()
    assert len(lines) <= 60
    assert max(map(len, lines)) <= int(width)
    order = [page.index(f"{title}:") for title in ("Examples", "Most used", "Where", "Environment")]
    assert order == sorted(order)
    assert "--help-all: " in page
    assert "TESTFERRY_<OPTION>" in page
    assert "--settle" not in page
    assert shell("upload", target, "--help-all") == 0
    assert "--settle DURATION" in shell.out
    assert "TESTFERRY_SETTLE" in shell.out
    assert "--help-all: " not in shell.out


def test_what_is_used_most_stands_first(shell: Shell) -> None:
    assert shell("upload", "testmo", "--help") == 0
    first = shell.out.partition("Most used:")[2].splitlines()[1:4]
    assert [line.split()[0] for line in first] == ["--project-id", "--name", "--run-id"]
    assert "TESTMO_URL" in shell.out
    assert "TESTMO_TOKEN" in shell.out
    assert shell("upload", "testrail", "--help") == 0
    assert "TESTRAIL_USER" in shell.out


PAGES = (
    "",
    *COMMANDS,
    *(f"upload {service.name}" for service in services()),
    "run create",
    "run complete",
    "uploads show",
    "uploads prune",
    "config show",
    "targets show",
)


@pytest.mark.parametrize("page", PAGES)
def test_every_page_is_as_wide_as_the_terminal(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    heights = []
    for width in (40, 60, 80, 120, 200):
        monkeypatch.setenv("COLUMNS", str(width))
        assert shell(*page.split(), "--help") == 0
        lines = shell.out.splitlines()
        assert max(map(len, lines)) <= min(width, 120)
        heights.append(len(lines))
    assert heights == sorted(heights, reverse=True), "what is wider is no longer"
    assert heights[2] <= 60


def test_a_long_line_to_type_goes_on_behind_a_backslash() -> None:
    page = Page(width=40)
    example = 'testferry upload testrail --project "My own project" --close-run reports/'
    write_part(page, "Examples", [example])
    title, *lines = page.getvalue().strip().splitlines()
    assert title == "Examples:"
    assert max(map(len, lines)) <= 40
    assert shlex.split("\n".join(lines).replace("\\\n", " ")) == shlex.split(example)


def test_resume_shows_first_what_a_cron_job_needs(shell: Shell) -> None:
    assert shell("resume", "--help") == 0
    first = shell.out.partition("Most used:")[2].splitlines()[1:4]
    assert [line.split()[0] for line in first] == ["--max-time", "-q,", "--log-file"]
    assert "\n  testferry resume -q --max-time 10m" in shell.out.partition("Most used:")[0]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("inspect --convert", {"ctrf", "junit", "ndjson"}),
        ("upload testmo --format", {"junit", "robot"}),
        ("upload testmo --ci", {"auto", "none", "github"}),
        ("upload testrail --match", {"auto", "id", "name"}),
        ("upload testmo --exclude-status", {"skipped"}),
        ("resume --output", {"text", "json"}),
        ("help", {"exit-codes", "journal", "ci"}),
        ("migrate", {"trcli", "testmo"}),
        ("completion", {"bash", "zsh", "fish"}),
        ("explain", {"testrail", "nestjs"}),
        ("upload", {"testmo", "qase"}),
        ("doctor", {"testmo", "qase"}),
    ],
)
def test_a_shell_is_told_what_may_be_said(line: str, words: set[str]) -> None:
    found = ShellComplete(cli, {}, "testferry", "X").get_completions(line.split(), "")
    assert words <= {item.value for item in found}


def test_a_shell_is_told_what_is_a_file() -> None:
    complete = ShellComplete(cli, {}, "testferry", "X")
    for name, kind in (("--token-file", "file"), ("--journal", "dir"), ("--log-file", "file")):
        (item,) = complete.get_completions(["upload", "testmo", name], "x")
        assert item.type == kind
    assert complete.get_completions(["upload", "testmo", "--name"], "x") == []


def test_a_short_list_is_shown_as_it_is(shell: Shell) -> None:
    assert shell("explain", "--help") == 0
    assert "Environment:" not in shell.out
    assert "--header" in shell.out
