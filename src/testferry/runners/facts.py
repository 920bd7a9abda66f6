"""What later steps of a job may want to know, and what is worth a note in the margin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from testferry.events import NamedResult
from testferry.exit_codes import IN_PART, LATER
from testferry.outcome import Flags, Outcome, exit_code, next_step, rehearsed
from testferry.runners import Ended
from testferry.text import clean, first_line

MOST = 10  # notes of a kind: GitHub shows no more of a step
_REASON = 500  # characters


class Weight(StrEnum):
    """How much a note matters."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Note:
    """One remark, at a place of the sources if that is known."""

    weight: Weight
    title: str
    text: str
    file: str = ""
    line: int | None = None


def facts(outcome: Outcome, flags: Flags) -> dict[str, str]:
    """Give what scripts ask for, by name; each a text of one line."""
    tests, results = outcome.figures.tests, outcome.figures.results
    command, _ = next_step(outcome, flags)
    known: dict[str, object] = {
        "upload_id": outcome.upload_id,
        "run_id": outcome.run.id,
        "run_url": outcome.run.url,
        "exit_code": exit_code(outcome, flags),
        "passed": tests.passed,
        "failed": tests.failed,
        "errors": tests.error,
        "skipped": tests.skipped,
        "accepted": results.accepted,
        "rejected": results.rejected,
        "in_doubt": results.in_doubt,
        "pending": results.pending,
        "unmatched": results.unmatched,
        "excluded": results.excluded,
        "reason": first_line(outcome.stop.reason, _REASON),
        "next": command,
    }
    return {name: clean(str(value)) for name, value in known.items()}


def notes(ended: Ended) -> list[Note]:
    """Give what is worth a remark, what matters most first, at most ten of a weight."""
    found = list(_all(ended))
    kept: list[Note] = []
    for weight in Weight:
        of_it = [note for note in found if note.weight is weight]
        if len(of_it) > MOST:
            left = len(of_it) - MOST + 1
            of_it = of_it[: MOST - 1]
            of_it.append(Note(weight, "testferry", f"{left:,} more; the summary lists them"))
        kept += of_it
    return kept


def _all(ended: Ended) -> Iterator[Note]:
    outcome, flags = ended.outcome, ended.flags
    yield _of_the_upload(ended)
    if not (rehearsed(outcome, flags) or outcome.already):
        yield from _tests(outcome.named.failed_tests)
    for refused in outcome.named.refused:
        yield Note(Weight.WARNING, _called(refused), f"not accepted: {_reason(refused)}")
    for report in outcome.reports:
        for problem in report.problems:
            yield Note(Weight.WARNING, "testferry", problem.message, report.path, problem.line)


def _of_the_upload(ended: Ended) -> Note:
    outcome = ended.outcome
    # as if nobody had said that it is fine, and whatever became of the tests
    own = replace(outcome, command_code=0)
    code = exit_code(own, Flags(allow_empty=ended.flags.allow_empty))
    weight = Weight.ERROR
    if code in (0, 1):
        weight = Weight.NOTICE
    elif code == LATER or (code == IN_PART and ended.flags.exit_zero):
        weight = Weight.WARNING
    parts = [ended.verdict, outcome.stop.reason, outcome.stop.hint, outcome.run.url]
    command, _ = next_step(outcome, ended.flags)
    if command:
        parts.append(f"Next: {command}")
    text = "; ".join(part.removesuffix(".") for part in parts if part)
    return Note(weight, "testferry", text)


def _tests(failed: list[NamedResult]) -> Iterator[Note]:
    """Those whose place is known first: they can be shown there."""
    for test in sorted(failed, key=lambda test: (not test.file, test.line is None)):
        yield Note(Weight.ERROR, _called(test), _reason(test), test.file, test.line)


def _called(test: NamedResult) -> str:
    if test.suite:
        return f"{test.suite} › {test.name}"
    return test.name


def _reason(test: NamedResult) -> str:
    return first_line(test.reason, _REASON) or "it failed"
