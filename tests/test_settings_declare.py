"""What click is told, and what it hands over."""

from __future__ import annotations

from shells import Shell
from testferry.services import services
from testferry.settings.declare import Takes, declare
from testferry.settings.options import Ending, Screen, Speed, Whereto


def names(command: str, takes: Takes, *, hidden: bool) -> list[str | None]:
    return [each.name for each in declare(command, takes) if each.hidden is hidden]


def test_an_option_that_few_commands_take_is_declared_for_those_alone() -> None:
    assert "exit_zero" in names("resume", Takes((Ending,)), hidden=False)
    assert "exit_zero" not in names("inspect", Takes((Ending,)), hidden=False)


def test_what_is_taken_quietly_is_hidden_unless_the_command_is_named() -> None:
    known = tuple(service.options for service in services())
    shown = names("doctor", Takes((Whereto,), known), hidden=False)
    assert shown == ["project_id", "project", "suite", "match", "status", "url"]
    assert "create_missing" in names("doctor", Takes((Whereto,), known), hidden=True)
    created = names("run create", Takes((), known), hidden=False)
    assert created[:3] == ["project_id", "name", "source"]
    assert "run_id" not in created
    shown = names("run complete", Takes((), known), hidden=False)
    assert shown == ["no_measure_elapsed", "run_id", "run_key"]


def test_each_name_is_declared_once_and_shown_if_one_record_shows_it() -> None:
    known = tuple(service.options for service in services())
    declared = [each.name for each in declare("upload", Takes((*known, Screen, Speed)))]
    assert len(declared) == len(set(declared))


def test_what_is_the_sandboxs_alone_stands_last_in_the_help_of_resume(shell: Shell) -> None:
    assert shell("resume", "--help") == 0
    page = shell.out
    assert page.index("--max-time") < page.index("--quiet") < page.index("--fault")
    assert shell("sandbox", "--help") == 0
    assert "TESTFERRY_FAULT, one a line" in " ".join(shell.out.split())
