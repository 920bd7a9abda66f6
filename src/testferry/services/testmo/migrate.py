"""A command line of Testmo's own client (its ``--help``, 1.5.0), in our words: every option of it
is heeded, or told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from testferry.errors import UsageProblem
from testferry.services.migration import Migrated, options_of_line, words_of
from testferry.text import listed, whole_number

_CLIENT = "testmo"
_UPLOADS = {
    "automation:run:submit": "upload",
    "automation:run:submit-thread": "upload",
    "automation:run:create": "run create",
    "automation:run:complete": "run complete",
    # these write a file, which is read by the others: here the run is told itself
    "automation:resources:add-field": "upload",
    "automation:resources:add-link": "upload",
    "automation:resources:add-artifact": "upload",
}
_RESOURCES = "automation:resources:"
_FLAGS = frozenset(
    {
        "--debug",
        "--ansi",
        "--no-ansi",
        "--ignore-parse-error",
        "--exec-suppress",
        "--exec-stop-error",
        "--no-measure-elapsed",
        "--allow-empty-results",
        "-h",
        "--help",
        "-v",
        "--version",
    }
)
_MANY = frozenset({"--results", "--tags"})
# The same, by another name at most; those of one run do not belong into a table.
_SAME = {
    "--source": "source",
    "--config": "config-name",
    "--config-name": "config-name",
    "--config-id": "config-id",
    "--milestone": "milestone",
    "--milestone-id": "milestone-id",
    "--proxy": "proxy",
    "--thread-resources": "thread-resources",
}
_OF_ONE_RUN = {"--name": "name", "--run-id": "run-id"}
_SWITCHES = {
    "--debug": ("-vv",),
    "--ansi": ("--color", "always"),
    "--no-ansi": ("--color", "never"),
    "--allow-empty-results": ("--allow-empty",),
    "--no-measure-elapsed": ("--no-measure-elapsed",),
}
_TOLD = {
    "--ignore-parse-error": "not needed: what can be read is uploaded, the rest is named (exit 4)",
    "--results-rewriter": (
        "has no counterpart: names are those of the reports; --exclude-status leaves results out, "
        "--merge-retries makes repeated ones one"
    ),
    "--exec-suppress": "has no counterpart: behind --, write sh -c 'COMMAND > /dev/null'",
    "--exec-stop-error": (
        "has no counterpart: reports of tests that failed are uploaded; else write "
        "`COMMAND && testferry upload …` without --"
    ),
    "--token": "set TESTMO_TOKEN, or `testferry login testmo`",
    "--run-resources": "say it to `testferry run create` as --resources",
}


def migrate(text: str) -> Migrated:
    """What the command line says. Raises UsageProblem if it is none of that client's."""
    words, notes = words_of(text, _CLIENT)
    command = next((word for word in words if word.startswith("automation:")), "")
    if command not in _UPLOADS:
        raise UsageProblem(
            f"{command or text!r} is no upload of Testmo's client",
            "give the whole line in quotes: "
            "'testmo automation:run:submit --instance … --results …'",
        )
    found = Migrated("testmo", _UPLOADS[command], notes=notes, of_shell=True)
    if "--" in words:
        at = words.index("--")
        words, found.behind = words[:at], words[at + 1 :]
    said = list(options_of_line(words[words.index(command) + 1 :], _FLAGS, _MANY))
    if command.startswith(_RESOURCES):
        _resource(found, command, {name: " ".join(values) for name, values in said})
        return found
    for name, values in said:
        _take(found, name, values)
    return found


def _take(found: Migrated, name: str, values: list[str]) -> None:
    value = " ".join(values)
    if name in _SAME:
        found.option(_SAME[name], value)
    elif name in _OF_ONE_RUN:
        found.only_on_line(f"--{_OF_ONE_RUN[name]}", value)
    elif name in _SWITCHES:
        found.only_on_line(*_SWITCHES[name])
    elif name in _TOLD:
        found.notes.append(f"{' '.join([name, *values])}: {_TOLD[name]}")
    elif name in _SPECIAL:
        _SPECIAL[name](found, values)
    else:
        found.notes.append(f"{' '.join([name, *values])} is not known, and left out")


def _instance(found: Migrated, values: list[str]) -> None:
    url = "".join(values)
    if "://" not in url and not url.startswith("$"):
        url = f"https://{url}"
    found.environment["TESTMO_URL"] = url


def _project(found: Migrated, values: list[str]) -> None:
    value = "".join(values)
    found.option("project-id", value)
    number = whole_number(value)
    if number is not None:
        found.table["project-id"] = number


def _tags(found: Migrated, values: list[str]) -> None:
    found.each("tag", [tag for value in values for tag in listed(value)])


def _results(found: Migrated, values: list[str]) -> None:
    found.reports += values


def _resources(found: Migrated, values: list[str]) -> None:
    if found.verb == "run complete":
        found.notes.append(f"--resources {' '.join(values)}: say it to `testferry run create`")
    else:
        found.option("resources", " ".join(values))


_SPECIAL: Mapping[str, Callable[[Migrated, list[str]], None]] = {
    "--instance": _instance,
    "--project-id": _project,
    "--tags": _tags,
    "--results": _results,
    "--resources": _resources,
}


def _resource(found: Migrated, command: str, said: dict[str, str]) -> None:
    """A field, a link or an artifact of the run: the upload is told, or the file is read."""
    kind = command.removeprefix(_RESOURCES).removeprefix("add-")
    name, value = said.get("--name", ""), said.get("--value", said.get("--url", ""))
    plain = kind == "link" or said.get("--type", "string") in ("string", "url")
    if kind != "artifact" and plain and name and value:
        found.pairs(kind, {name: value})
        left = set(said) - {"--name", "--value", "--url", "--type", "--resources"}
    else:
        found.option("resources", said.get("--resources", "testmo-resources.json"))
        found.notes.append(
            f"add-{kind} writes a file: leave it as it is, the upload reads what it writes"
        )
        left = set()
    found.notes += [f"{option} {said[option]} has no counterpart" for option in sorted(left)]
    found.notes.append("this belongs to the line that uploads the results")
