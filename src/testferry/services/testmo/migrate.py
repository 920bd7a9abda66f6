"""A command line of Testmo's own client (its documentation, "Command line tool"), in our words."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from testferry.errors import UsageProblem
from testferry.services.migration import Migrated

_SAME = {
    "--name": "name",
    "--source": "source",
    "--config": "config-name",
    "--config-name": "config-name",
    "--milestone": "milestone",
    "--run-id": "run-id",
}
_KNOWN = ("automation:run:submit", "automation:run:submit-thread")
_FLAGS = frozenset({"--debug", "--allow-empty-results", "--version", "-v", "--no-interaction"})


def migrate(text: str) -> Migrated:
    """What the command line says. Raises UsageProblem if it is none of that client's uploads."""
    try:
        words = shlex.split(text)
    except ValueError as problem:
        raise UsageProblem(f"the command line cannot be taken apart: {problem}") from None
    behind: list[str] = []
    if "--" in words:
        at = words.index("--")
        words, behind = words[:at], ["--", *words[at + 1 :]]
    found = Migrated("testmo")
    command = next((word for word in words if word.startswith("automation:")), "")
    if command not in _KNOWN:
        raise UsageProblem(
            f"{command or text!r} is no upload of Testmo's client",
            f"give the whole line in quotes: 'testmo {_KNOWN[0]} --instance … --results …'",
        )
    reports: list[str] = []
    for name, value in _options(words[words.index(command) + 1 :]):
        _take(found, name, value, reports)
    found.words += [*reports, *behind]
    return found


def _options(words: list[str]) -> Iterator[tuple[str, str]]:
    """The options with their values; the client takes ``--name=x`` and ``--name x``."""
    rest = iter(words)
    for word in rest:
        name, equals, value = word.partition("=")
        if equals or name in _FLAGS or not name.startswith("-"):
            yield name, value
        else:
            yield name, next(rest, "")


def _take(found: Migrated, name: str, value: str, reports: list[str]) -> None:
    if name in _SAME:
        key = _SAME[name]
        found.words += [f"--{key}", value]
        if key not in ("name", "run-id"):
            found.table[key] = value
    elif name == "--instance":
        url = value if "://" in value else f"https://{value}"
        found.environment["TESTMO_URL"] = url
    elif name == "--project-id" and value.isascii() and value.isdigit():
        found.words += ["--project-id", value]
        found.table["project-id"] = int(value)
    elif name == "--results":
        reports.append(value)
    elif name == "--tags":
        tags = [tag.strip() for tag in value.split(",") if tag.strip()]
        found.words += [word for tag in tags for word in ("--tag", tag)]
        found.table["tag"] = [*_list(found.table.get("tag")), *tags]
    elif name == "--debug":
        found.words.append("-vv")
    elif name == "--allow-empty-results":
        found.words.append("--allow-empty")
    elif name == "--token":
        found.notes.append("the token: set TESTMO_TOKEN, or `testferry login testmo`")
    else:
        said = f" {value}" if value else ""
        found.notes.append(f"{name}{said} has no counterpart")


def _list(value: object) -> list[str]:
    return list(value) if isinstance(value, list) else []
