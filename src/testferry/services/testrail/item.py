"""How a test's outcome becomes a TestRail result: status, comment, elapsed, fields. Pure.

Facts (TestRail documentation, "Results"; measured): ``elapsed`` is a time span in whole units,
``0s`` is refused and fractions were stored as whole seconds, so it is rounded up to at least one
second or left out; ``version`` and ``defects`` are fields like any other; a comment has no
documented length. Properties are those that trcli reads, so that its users change no test.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from testferry.model import Status
from testferry.submission import Label
from testferry.text import shorten

COMMENT_LIMIT = 10_000
STEP_STATUS = {"passed": 1, "untested": 3, "skipped": 4, "failed": 5}
BADNESS = (Status.PASSED, Status.SKIPPED, Status.FAILED, Status.ERROR)
RESERVED = frozenset({"case_id", "test_id"})  # where a result goes is not for a field to say
_DAY = 8 * 3600  # from here on TestRail shows days, as long as its administrator set them
_TRCLI_FIELD = "testrail_result_field"
_LIST = re.compile(r"\s*\[.*\]\s*", re.DOTALL)


@dataclass(slots=True)
class Outcome:
    """One test's outcome in TestRail's terms. ``key`` tells repeated entries of one test from
    different tests.
    """

    key: bytes
    label: Label
    status: Status
    comment: str
    elapsed: float | None
    fields: dict[str, Any] = field(default_factory=dict)
    attachments: tuple[str, ...] = ()
    base: str = ""

    @property
    def title(self) -> str:
        """The test, for people."""
        return f"{self.label.suite} › {self.label.name}" if self.label.suite else self.label.name


def outcome(test: Mapping[str, Any], label: Label, fields: dict[str, Any]) -> Outcome:
    """From a neutral result; ``fields`` are those of ``--result-field``, shared where the test adds
    none.
    """
    said: list[str] = []
    steps: list[dict[str, Any]] = []
    own: dict[str, Any] = {}
    for name, value in test.get("properties", ()):
        if name.startswith("testrail_result_comment"):
            said.append(value)
        elif name.startswith("testrail_result_step"):
            steps.append(_step(value))
        elif name.startswith(_TRCLI_FIELD):
            key, colon, rest = value.partition(":")
            if colon and key.strip() not in RESERVED:
                own[key.strip()] = typed(rest.strip())
    if steps:
        own["custom_step_results"] = steps
    identity = "\x1f".join(
        (*test.get("suite", ()), "\x1e", test.get("classname", ""), test["name"])
    )
    return Outcome(
        key=hashlib.blake2b(identity.encode("utf-8", "replace"), digest_size=12).digest(),
        label=label,
        status=Status(test["status"]),
        comment=_comment(said, test.get("details", ())),
        elapsed=test.get("elapsed"),
        fields={**fields, **own} if own else fields,
        attachments=tuple(test.get("attachments", ())),
        base=test.get("base", ""),
    )


def typed(value: str) -> Any:
    """A value of an option or a property: a list where it is written as one, else text, as trcli
    sends it. Never evaluated.
    """
    if not _LIST.fullmatch(value):
        return value
    try:
        found = json.loads(value.replace("'", '"'))
    except ValueError:
        return value
    return found if isinstance(found, list) else value


def _step(value: str) -> dict[str, Any]:
    word, colon, rest = value.partition(":")
    status = STEP_STATUS.get(word.strip().lower())
    if not colon or status is None:
        return {"content": value, "status_id": STEP_STATUS["untested"]}
    return {"content": rest.strip(), "status_id": status}


def _comment(said: Sequence[str], details: Sequence[Mapping[str, str]]) -> str:
    parts = list(said)
    for detail in details:
        lines = [
            ("Type", detail.get("type", "")),
            ("Message", detail.get("message", "")),
            ("Text", detail.get("text", "")),
        ]
        if words := "\n".join(f"{name}: {value}" for name, value in lines if value):
            parts.append(words)
    return shorten("\n\n".join(parts), COMMENT_LIMIT)


def span(elapsed: float | None) -> str:
    """Whole seconds, at least one; empty where there is nothing to say."""
    return f"{max(1, round(elapsed))}s" if elapsed else ""


def seconds(text: object) -> int:
    """The seconds of a time span as TestRail shows it (``1m 45s``), however it was sent; whatever
    takes days is alike.
    """
    units = {"s": 1, "m": 60, "h": 3600, "d": _DAY, "w": _DAY}
    found = re.findall(r"(\d+)\s*(w|d|h|m|s)", text) if isinstance(text, str) else []
    return min(_DAY, sum(int(number) * units[unit] for number, unit in found))


def entry(case: int | str, one: Outcome, statuses: Mapping[str, int]) -> dict[str, Any]:
    """One entry of ``add_results_for_cases``."""
    made: dict[str, Any] = {"case_id": case, "status_id": statuses[one.status]}
    if one.comment:
        made["comment"] = one.comment
    if elapsed := span(one.elapsed):
        made["elapsed"] = elapsed
    made |= one.fields
    if isinstance(made["status_id"], str) and made["status_id"].isdigit():
        made["status_id"] = int(made["status_id"])
    return made


def entries(wire: bytes) -> list[dict[str, Any]]:
    """What an item holds: the results of one case."""
    found: list[dict[str, Any]] = json.loads(b"[" + wire + b"]")
    return found


def of_case(outcomes: Sequence[Outcome], attempts: str) -> list[Outcome]:
    """What one case gets: repeated entries by ``--attempts``, different tests made one result of
    the worst status.

    The order is that of the reports, and the last one is the case's status: it is the same whatever
    the threads do.
    """
    tests: dict[bytes, list[Outcome]] = {}
    for one in outcomes:
        tests.setdefault(one.key, []).append(one)
    earlier: list[Outcome] = []
    last: list[Outcome] = []
    for entries in tests.values():
        if attempts == "worst":
            last.append(max(entries, key=_badness))
        else:
            last.append(entries[-1])
            earlier += entries[:-1] if attempts == "all" else []
    return [*earlier, last[0] if len(last) == 1 else _together(last)]


def _badness(one: Outcome) -> int:
    return BADNESS.index(one.status)


def _together(parts: Sequence[Outcome]) -> Outcome:
    """Several tests of one case: the worst of them, each named."""
    worst = max(parts, key=_badness)
    told = [f"{len(parts)} tests of this case:", *(f"{one.status}: {one.title}" for one in parts)]
    told += [f"\n{one.title}\n{one.comment}" for one in parts if one.comment]
    took = [one.elapsed for one in parts if one.elapsed is not None]
    fields: dict[str, Any] = {}
    for one in parts:
        fields |= one.fields
    return Outcome(
        key=worst.key,
        label=worst.label,
        status=worst.status,
        comment=shorten("\n".join(told), COMMENT_LIMIT),
        elapsed=sum(took) if took else None,
        fields={**fields, **worst.fields},
        attachments=tuple(dict.fromkeys(path for one in parts for path in one.attachments)),
        base=worst.base,
    )
