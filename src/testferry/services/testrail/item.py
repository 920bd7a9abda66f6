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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from testferry.model import Detail, Result, Status, badness
from testferry.submission import Label, documents
from testferry.text import id_of, shorten

COMMENT_LIMIT = 10_000
STEP_STATUS = {"passed": 1, "untested": 3, "skipped": 4, "failed": 5, "error": 5}
RESERVED = frozenset({"case_id", "test_id"})  # where a result goes is not for a field to say
_DAY = 8 * 3600  # from here on TestRail shows days, as long as its administrator set them
_TRCLI_FIELD = "testrail_result_field"
_SCENARIO_STEP = re.compile(r"step\[(\w+)\]")
_LIST = re.compile(r"\[.*\]", re.DOTALL)


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
    fields: dict[str, object] = field(default_factory=dict)
    attachments: tuple[str, ...] = ()
    base: str = ""
    retried: bool = False  # the report says that entries of this test are tries of it
    line: int | None = None

    @property
    def title(self) -> str:
        """The test, for people."""
        if self.label.suite:
            return f"{self.label.suite} › {self.label.name}"
        return self.label.name

    @property
    def has_failed(self) -> bool:
        """Whether somebody has to look at it."""
        return self.status in (Status.FAILED, Status.ERROR)


def assign(outcomes: Iterable[Outcome], user: int) -> None:
    """Give what failed to a user, unless the test itself says to whom."""
    for ended in outcomes:
        if ended.has_failed:
            ended.fields = {"assignedto_id": user, **ended.fields}


def outcome(
    result: Result,
    label: Label,
    fields: dict[str, object],
    *,
    steps: bool = False,
) -> Outcome:
    """From a neutral result; ``fields`` are those of ``--result-field``, shared where the test adds
    none. ``steps``: those of a scenario become step results.
    """
    said, own = _of_properties(result, steps=steps)
    if own:
        fields = {**fields, **own}
    return Outcome(
        key=_key(result),
        label=label,
        status=result.status,
        comment=_comment(said, result.details),
        elapsed=result.elapsed,
        fields=fields,
        attachments=result.attachments,
        base=result.base,
        retried=result.retried or result.attempts > 1,
        line=result.line,
    )


def _of_properties(
    result: Result,
    *,
    steps: bool,
) -> tuple[list[str], dict[str, object]]:
    """The comments and the fields that a test's properties give its result."""
    said: list[str] = []
    made: list[dict[str, object]] = []
    own: dict[str, object] = {}
    for name, value in result.properties:
        if name.startswith("testrail_result_comment"):
            said.append(value)
        elif name.startswith("testrail_result_step"):
            made.append(_step(value))
        elif steps and (match := _SCENARIO_STEP.fullmatch(name)):
            made.append(_step(f"{match[1]}:{value}"))
        elif name.startswith(_TRCLI_FIELD):
            key, colon, rest = value.partition(":")
            if colon and key.strip() not in RESERVED:
                own[key.strip()] = typed(rest.strip())
    if made:
        own["custom_step_results"] = made
    return said, own


def _key(result: Result) -> bytes:
    """What tells a test from all others, in a few bytes: examples of an outline may have one name,
    and stand in different lines.
    """
    words = "\x1f".join((*result.suite, "\x1e", result.classname, result.name))
    tried_again = result.retried or result.attempts > 1
    if result.line is not None and not tried_again:
        words += f"\x1e{result.line}"
    return hashlib.blake2b(words.encode("utf-8", "replace"), digest_size=12).digest()


def typed(value: str) -> object:
    """A value of an option or a property: a list where it is written as one, else text, as trcli
    sends it. Never evaluated.
    """
    if not _LIST.fullmatch(value.strip()):
        return value
    try:
        found = json.loads(value.replace("'", '"'))
    except ValueError:
        return value
    if isinstance(found, list):
        return found
    return value


def _step(value: str) -> dict[str, object]:
    word, colon, rest = value.partition(":")
    status = STEP_STATUS.get(word.strip().lower())
    if not colon or status is None:
        return {"content": value, "status_id": STEP_STATUS["untested"]}
    return {"content": rest.strip(), "status_id": status}


def _comment(
    said: Sequence[str],
    details: Sequence[Detail],
) -> str:
    parts = list(said)
    for detail in details:
        lines = []
        if detail.type:
            lines.append(f"Type: {detail.type}")
        if detail.message:
            lines.append(f"Message: {detail.message}")
        if detail.text:
            lines.append(f"Text: {detail.text}")
        if lines:
            parts.append("\n".join(lines))
    return shorten("\n\n".join(parts), COMMENT_LIMIT)


def span(elapsed: float | None) -> str:
    """Whole seconds, at least one; empty where there is nothing to say."""
    if elapsed:
        return f"{max(1, round(elapsed))}s"
    return ""


def seconds(text: object) -> int:
    """The seconds of a time span as TestRail shows it (``1m 45s``), however it was sent; whatever
    takes days is alike.
    """
    units = {
        "s": 1,
        "m": 60,
        "h": 3600,
        "d": _DAY,
        "w": _DAY,
    }
    if isinstance(text, str):
        found = re.findall(r"(?<!\d)(\d{1,9})\s{0,9}(w|d|h|m|s)", text)
    else:
        found = []
    return min(_DAY, sum(int(number) * units[unit] for number, unit in found))


def entry(
    case: int | str,
    ended: Outcome,
    statuses: Mapping[str, int],
) -> dict[str, object]:
    """One entry of ``add_results_for_cases``."""
    made: dict[str, object] = {
        "case_id": case,
        "status_id": statuses[ended.status],
    }
    if ended.comment:
        made["comment"] = ended.comment
    if elapsed := span(ended.elapsed):
        made["elapsed"] = elapsed
    made |= ended.fields
    status = made["status_id"]
    if isinstance(status, str):
        made["status_id"] = id_of(status)
    return made


def entries(*wire: bytes) -> list[dict[str, Any]]:
    """What items hold: an item, the results of one case."""
    return documents(wire)


def of_case(
    outcomes: Sequence[Outcome],
    attempts: str,
) -> list[Outcome]:
    """What one case gets: repeated entries by ``--attempts``, different tests made one result of
    the worst status.

    The order is that of the reports, and the last one is the case's status: it is the same whatever
    the threads do.
    """
    tests: dict[bytes, list[Outcome]] = {}
    for ended in outcomes:
        tests.setdefault(ended.key, []).append(ended)
    earlier: list[Outcome] = []
    last: list[Outcome] = []
    for entries in tests.values():
        retried = any(entry.retried for entry in entries)
        if attempts == "worst" or (attempts == "auto" and not retried):
            last.append(max(entries, key=_badness))
        else:
            last.append(entries[-1])
            if attempts == "all":
                earlier += entries[:-1]
    if len(last) == 1:
        return [*earlier, last[0]]
    return [*earlier, _together(last)]


def _badness(ended: Outcome) -> int:
    return badness(ended.status)


def _called(
    part: Outcome,
    *,
    with_line: bool,
) -> str:
    if with_line and part.line is not None:
        return f"{part.title} (line {part.line})"
    return part.title


def _together(parts: Sequence[Outcome]) -> Outcome:
    """Several tests of one case: the worst of them, each named."""
    worst = max(parts, key=_badness)
    told = [f"{len(parts)} tests of this case:"]
    of_one_name = len({part.title for part in parts}) < len(parts)
    told += [f"{part.status}: {_called(part, with_line=of_one_name)}" for part in parts]
    told += [f"\n{part.title}\n{part.comment}" for part in parts if part.comment]
    took = [part.elapsed for part in parts if part.elapsed is not None]
    fields: dict[str, object] = {}
    attachments: dict[str, None] = {}
    for part in parts:
        fields |= part.fields
        attachments |= dict.fromkeys(part.attachments)
    elapsed = sum(took) if took else None
    return Outcome(
        key=worst.key,
        label=worst.label,
        status=worst.status,
        comment=shorten("\n".join(told), COMMENT_LIMIT),
        elapsed=elapsed,
        fields={**fields, **worst.fields},
        attachments=tuple(attachments),
        base=worst.base,
    )
