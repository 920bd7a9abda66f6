"""A configuration file of trcli (its README, "Configuration file"), in our words.

It is YAML of the plain kind: ``key: value``, one table within another, lists with dashes; that much
is read here, and what is more is told.
"""

from __future__ import annotations

import re
from pathlib import Path

from testferry.errors import UsageProblem
from testferry.services.migration import Migrated

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
    "batch_size": "batch-size",
    "timeout": "timeout",
    "proxy": "proxy",
}
_FLAGS = {"close_run": "close-run", "auto_create_cases_yes": "create-missing"}
_MATCH = {"auto": "auto", "name": "id", "property": "id"}
_SECRETS = {"username": "TESTRAIL_USER", "password": "TESTRAIL_KEY", "key": "TESTRAIL_KEY"}
# trcli numbers TestRail's statuses in these words.
_STATUSES = ("passed", "failed", "error", "skipped")
_LINE = re.compile(r"(?P<indent> *)(?P<dash>- +)?(?:(?P<key>[\w-]+) *:(?: +|$))?(?P<value>.*)")
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_LARGEST = 1024 * 1024  # bytes
Said = str | list[str] | dict[str, str]


def migrate(path: str) -> Migrated:
    """What the file says. Raises UsageProblem if it cannot be read."""
    try:
        with open(path, "rb") as file:
            text = file.read(_LARGEST).decode("utf-8-sig")
    except OSError as problem:
        raise UsageProblem(f"{path} cannot be read: {problem.strerror}") from None
    except UnicodeDecodeError:
        raise UsageProblem(f"{path} is no text") from None
    found = Migrated("testrail")
    reports: list[str] = []
    for key, value in _read(text, Path(path).name, found.notes).items():
        _take(found, key, value, reports)
    found.words += reports or ["REPORT"]
    return found


def _read(text: str, name: str, notes: list[str]) -> dict[str, Said]:
    """The keys of the top, each with a text, a list or a table of texts."""
    found: dict[str, Said] = {}
    above = ""
    for number, raw in enumerate(text.splitlines(), 1):
        line = _COMMENT.sub("", raw).rstrip()
        if not line or line in ("---", "..."):
            continue
        parts = _LINE.fullmatch(line)
        key = parts["key"] if parts else None
        value = _unquoted(parts["value"]) if parts else ""
        if parts and parts["dash"] and above:
            item = f"{key}:{value}" if key else value
            found[above] = [*_list(found[above]), item]
        elif parts and key and parts["indent"] and above:
            found[above] = {**_table(found[above]), key: value}
        elif parts and key and not parts["indent"]:
            above = key
            found[key] = value
        else:
            notes.append(f"{name}, line {number} is not understood: {line.strip()}")
    return found


def _take(
    found: Migrated,
    key: str,
    value: Said,
    reports: list[str],
) -> None:
    if key in _SAME and isinstance(value, str):
        _option(found, _SAME[key], value)
    elif key in _FLAGS:
        if str(value).lower() in ("true", "yes", "1", "on"):
            found.words.append(f"--{_FLAGS[key]}")
            found.table[_FLAGS[key]] = True
    elif key == "host":
        found.environment["TESTRAIL_URL"] = str(value)
    elif key in _SECRETS:
        found.notes.append(f"{key}: set {_SECRETS[key]} in the environment, never in a file")
    elif key == "case_matcher" and str(value) in _MATCH:
        _option(found, "match", _MATCH[str(value)])
    elif key == "file":
        reports += _list(value)
    elif key in ("case_fields", "result_fields"):
        _pairs(found, key.removesuffix("s").replace("_", "-"), value)
    elif key == "case_result_statuses" and isinstance(value, dict):
        known = {status: word for status, word in value.items() if status in _STATUSES}
        found.words += ["--status", ",".join(f"{name}={word}" for name, word in known.items())]
        found.table["status"] = known
    else:
        found.notes.append(f"{key} has no counterpart")


def _option(found: Migrated, name: str, value: str) -> None:
    found.words += [f"--{name}", value]
    found.table[name] = value


def _pairs(found: Migrated, name: str, value: Said) -> None:
    """``type_id:1`` in a list, or a table."""
    pairs = dict(value) if isinstance(value, dict) else {}
    for text in _list(value) if not pairs else []:
        key, _, said = text.partition(":")
        pairs[key.strip()] = said.strip()
    for key, said in pairs.items():
        found.words += [f"--{name}", f"{key}={said}"]
    found.table[name] = pairs


def _unquoted(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    return text


def _list(value: object) -> list[str]:
    if isinstance(value, list):
        return list(value)
    return [value] if isinstance(value, str) and value else []


def _table(value: object) -> dict[str, str]:
    return dict(value) if isinstance(value, dict) else {}
