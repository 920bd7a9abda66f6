"""What trcli was told, in our words: a configuration file (its README, "Configuration file"), or a
command line (its ``--help``, 1.15.3). Every key and option is heeded, or told.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from testferry.errors import UsageProblem
from testferry.services.migration import Migrated, options_of_line, words_of
from testferry.services.testrail.plain_yaml import Said, read

_CLIENT = "trcli"
_LARGEST = 1024 * 1024  # bytes
_SHORT = {
    "-c": "config",
    "-h": "host",
    "-u": "username",
    "-p": "password",
    "-k": "key",
    "-v": "verbose",
    "-b": "batch_size",
    "-t": "timeout",
    "-y": "yes",
    "-n": "no",
    "-s": "silent",
    "-f": "file",
    "-a": "assign",
}
_COMMANDS = {
    "parse_junit": "upload",
    "parse_robot": "upload",
    "parse_cucumber": "upload",
    "add_run": "run create",
}
_SAME = {
    "project": "project",
    "title": "title",
    "run_id": "run-id",
    "plan_id": "plan-id",
    "config_ids": "config-ids",
    "milestone_id": "milestone-id",
    "suite_name": "suite",
    "suite_id": "suite",
    "section_id": "section",
    "run_description": "description",
    "run_refs": "refs",
    "assign": "assign-failed",
    "assign_failed_to": "assign-failed",
    "test_run_ref": "refs",
    "batch_size": "batch-size",
    "timeout": "timeout",
    "proxy": "proxy",
}
_ENVIRONMENT = {"host": "TESTRAIL_URL", "username": "TESTRAIL_USER", "noproxy": "NO_PROXY"}
_SWITCHES = {
    "verbose": ("-vv",),
    "silent": ("-q",),
    "json_output": ("--output", "json"),
    "run_include_all": ("--include-all",),
}
_MATCH = {"auto": "auto", "name": "id", "property": "id"}
_OF_THE_UPLOAD = (
    "close-run",
    "create-missing",
    "allow-unmatched",
    "match",
    "batch-size",
    "assign-failed",
    "update-cases",
)
# trcli's words for TestRail's statuses.
_STATUSES = {
    "passed": "passed",
    "failure": "failed",
    "failed": "failed",
    "error": "error",
    "skipped": "skipped",
}
_SAID = ("true", "yes", "1", "on", "")
_NOT_SAID = ("false", "no", "0", "off")
_PAIRS = ("case_fields", "result_fields")
# Flags of a command line; whatever else there is takes a value.
_FLAGS = frozenset(
    {
        "verify",
        "insecure",
        "parallel_pagination",
        "close_run",
        "allow_ms",
        "auto_close_run",
        "help",
        "yes",
        "no",
        *_SWITCHES,
        *(f"clear_{name}" for name in ("milestone_id", "run_assigned_to_id", "run_description")),
        *(f"clear_run_{name}" for name in ("start_date", "end_date", "case_ids")),
    }
)
_TOLD = {
    "password": "set TESTRAIL_KEY in the environment, never in a file",
    "key": "set TESTRAIL_KEY in the environment, never in a file",
    "proxy_user": "goes into the address of HTTPS_PROXY: http://USER:PASSWORD@HOST:PORT",
    "verify": "not needed: answers are checked, and what was lost is looked for",
    "insecure": "has no counterpart: --ca-bundle FILE trusts the authority of that certificate",
    "parallel_pagination": "not needed: cases are read once and kept",
    "allow_ms": "has no counterpart: TestRail stores whole seconds",
    "run_start_date": "has no counterpart: set it in TestRail",
    "run_end_date": "has no counterpart: set it in TestRail",
    "run_assigned_to_id": "has no counterpart: assign the run in TestRail",
    "run_case_ids": "has no counterpart: a run has the cases that are reported",
    "run_refs_action": "has no counterpart: references are those of --refs",
    "auto_close_run": "`testferry run complete testrail --run-id ID` closes it, or --close-run",
    "dynamic_filters": "has no counterpart: a run has the cases that are reported",
    "dynamic_filters_mode": "has no counterpart: a run has the cases that are reported",
}
_PARSERS = {
    "junit": "not needed: the content tells how a report is read",
    "bdd": "not needed: the scenarios of one case become one result that names them all",
    "saucectl": "has no counterpart: upload the reports of each browser with --suite NAME",
    "multisuite": "not needed: without --suite each result goes into a run of its case's suite",
}


def migrate(text: str) -> Migrated:
    """What the file or the command line says. Raises UsageProblem if it can be neither."""
    if os.path.exists(text) or not _is_line(text):
        found = Migrated("testrail")
        said = _of_file(text)
    else:
        found, said = _of_line(text)
    for key, value in said.items():
        _take(found, key, value)
    _mend(found, said)
    return found


def _is_line(text: str) -> bool:
    words = text.split()
    return len(words) > 1 or text.startswith("-")


def _of_file(path: str) -> dict[str, Said]:
    try:
        with open(path, "rb") as file:
            text = file.read(_LARGEST).decode("utf-8-sig")
    except OSError as problem:
        raise UsageProblem(
            f"{path} cannot be read: {problem.strerror}",
            "give trcli's config.yml, or its command line in quotes",
        ) from None
    except UnicodeDecodeError:
        raise UsageProblem(f"{path} is no text") from None
    said = read(text, Path(path).name)
    if not said:
        raise UsageProblem(f"{path} says nothing")
    return said


def _of_line(line: str) -> tuple[Migrated, dict[str, Said]]:
    """The command that is meant, and what is said to it; the line counts more than its ``-c``."""
    words, notes = words_of(line, _CLIENT)
    said: dict[str, Said] = {}
    command = ""
    for name, values in options_of_line(_long(words), frozenset(map(_dashed, _FLAGS))):
        if not name.startswith("-") and not command:
            command = name
            continue
        key = name.removeprefix("--").replace("-", "_")
        value = " ".join(values)
        if key in _PAIRS or key == "file":
            said[key] = [*_list(said.get(key)), value]
        elif name.startswith("--"):
            said[key] = value
        else:
            notes.append(f"{name} is not known, and left out")
    if command not in _COMMANDS:
        raise UsageProblem(
            f"{command or line!r} is no upload of trcli's",
            "give a whole line in quotes: 'trcli -h … parse_junit -f report.xml'",
        )
    file = said.pop("config", "")
    if isinstance(file, str) and file:
        said = {**_of_file(file), **said}
    found = Migrated("testrail", _COMMANDS[command], notes=notes, of_shell=True)
    if command == "add_run" and said.pop("file", ""):
        notes.append("--file: `run create` prints the run's id: RUN=$(testferry run create …)")
    return found, said


def _dashed(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _long(words: Iterable[str]) -> list[str]:
    """The words with long options only: ``-yf x`` and ``-fx`` too."""
    found: list[str] = []
    for word in words:
        rest = word[1:]
        if not rest or not word.startswith("-") or rest.startswith("-"):
            found.append(word)
            continue
        while rest:
            letter = f"-{rest[0]}"
            name = _SHORT.get(letter, "")
            if name:
                letter = _dashed(name)
            found.append(letter)
            rest = rest[1:]
            if rest and name not in _FLAGS:
                found.append(rest)
                break
    return found


def _take(found: Migrated, key: str, value: Said) -> None:
    if key in _SAME:
        found.option(_SAME[key], ",".join(_list(value)))
    elif key in _ENVIRONMENT:
        found.environment[_ENVIRONMENT[key]] = ",".join(_list(value))
    elif key in _TOLD:
        found.notes.append(f"{key}: {_TOLD[key]}")
    elif key in _SPECIAL:
        _SPECIAL[key](found, key, value)
    elif key != "project_id":  # which is looked at with the project's name
        found.notes.append(f"{key} has no counterpart")


def _fields(found: Migrated, key: str, value: Said) -> None:
    found.pairs(key.removesuffix("s").replace("_", "-"), _pairs(value))


def _file(found: Migrated, _: str, value: Said) -> None:
    found.reports += _list(value)


def _matcher(found: Migrated, key: str, value: Said) -> None:
    word = str(value).lower()
    if word in _MATCH:
        found.option("match", _MATCH[word])
    else:
        found.notes.append(f"{key}: {value} is none of {', '.join(_MATCH)}")


def _parser(found: Migrated, key: str, value: Said) -> None:
    words = _PARSERS.get(str(value).lower(), "has no counterpart")
    found.notes.append(f"{key} {value}: {words}")


def _other_file(found: Migrated, key: str, value: Said) -> None:
    found.notes.append(f"{key}: {value} counts too, migrate it as well")


def _creation(found: Migrated, key: str, value: Said) -> None:
    negative = _SAID if key == "no" else _NOT_SAID
    if str(value).lower() in negative:
        if "allow-unmatched" not in found.table:
            found.flag("allow-unmatched")
    elif "create-missing" not in found.table:
        found.flag("create-missing")


def _update(found: Migrated, key: str, value: Said) -> None:
    """References alone are added to cases that there are; nothing of them is replaced."""
    if key == "update_strategy":
        found.notes.append(f"{key} {value}: --update-cases adds, and takes nothing away")
    elif str(value).lower() in _SAID:
        found.option("update-cases", "refs")
    else:
        found.notes.append(f"{key} {value}: so it is without --update-cases")


def _switch(found: Migrated, key: str, value: Said) -> None:
    if str(value).lower() not in _SAID:
        return
    if key == "close_run":
        found.flag("close-run")
    else:
        found.only_on_line(*_SWITCHES[key])


def _statuses(found: Migrated, key: str, value: Said) -> None:
    pairs = _pairs(value)
    known = {_STATUSES[word]: said for word, said in pairs.items() if word in _STATUSES}
    found.notes += [
        f"{key}: {word} is no status of a report" for word in pairs if word not in _STATUSES
    ]
    if known:
        found.only_on_line("--status", ",".join(f"{name}={said}" for name, said in known.items()))
        found.table["status"] = known


_SPECIAL: Mapping[str, Callable[[Migrated, str, Said], None]] = {
    **dict.fromkeys(_PAIRS, _fields),
    **dict.fromkeys(("yes", "no", "auto_creation_response", "auto_create_cases_yes"), _creation),
    **dict.fromkeys(("close_run", *_SWITCHES), _switch),
    **dict.fromkeys(("update_existing_cases", "update_strategy"), _update),
    "file": _file,
    "case_result_statuses": _statuses,
    "case_matcher": _matcher,
    "special_parser": _parser,
    "config": _other_file,
}


def _mend(found: Migrated, said: Mapping[str, Said]) -> None:
    """What trcli lets stand side by side, and testferry refuses."""
    project_id = said.get("project_id")
    if project_id and "project" in said:
        found.notes.append(
            f"project_id {project_id}: counts where two projects share a name; then --project "
            f"{project_id} instead of the name"
        )
    elif project_id:
        found.option("project", str(project_id))
    if "--run-id" in found.words:
        why = "a run that is filled stays as it is"
        for name in ("plan-id", "config-ids", "milestone-id", "description", "refs"):
            _leave_out(found, name, why)
    if "--plan-id" in found.words:
        _leave_out(found, "milestone-id", "the plan has a milestone of its own")
    else:
        _leave_out(found, "config-ids", "only a run of a plan has configurations")
    if "create-missing" in found.table and found.table.get("match") == "id":
        _leave_out(found, "create-missing", "a new case's id is in no test; see --match auto, name")
    if found.verb == "run create":
        for name in _OF_THE_UPLOAD:
            _leave_out(found, name, "it is for the upload")


def _leave_out(found: Migrated, name: str, why: str) -> None:
    """Take an option out of the line and the table, and tell it."""
    option = f"--{name}"
    if option not in found.words:
        return
    at = found.words.index(option)
    value = found.table.pop(name, "")
    width = 1 if value is True else 2
    words = found.words[at : at + width]
    del found.words[at : at + width]
    found.notes.append(f"{' '.join(words)} is left out: {why}")


def _pairs(value: Said) -> dict[str, str]:
    """``type_id:1`` in a list, or a table."""
    if isinstance(value, dict):
        return dict(value)
    split = [text.partition(":") for text in _list(value)]
    return {key.strip(): said.strip() for key, _, said in split}


def _list(value: Said | None) -> list[str]:
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, str) and value else []
