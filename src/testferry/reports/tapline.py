"""One test of TAP: its line, its diagnostics, and the lines of its sub-test."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from testferry.model import Detail, Result, Status
from testferry.reports.values import Durations
from testferry.text import first_line

TEST = re.compile(
    r"(not ok|ok|skip|todo)\b(?:[ \t]{1,20}(\d{1,18}))?(?:[ \t]{0,20}-(?=\s)|(?=\s)|$)(.*)"
)
_DIRECTIVE = re.compile(
    r"(?:^|(?<=\s))#[ \t]{0,20}(skip\S{0,20}|todo\b|(?-i:XFAIL)\b)(.*)$", re.IGNORECASE
)
# How the kernel's tests say why one failed.
_WHY = re.compile(r"(?:^|(?<=\s))#[ \t]((?:TIMEOUT|ERROR)\b.{0,1000}|exit=\d{1,9})[ \t]{0,9}$")
# Where tools put the duration of a test in its line.
_IN_NAME = (
    re.compile(
        r"[ \t]#[ \t](?:(?i:time|duration|took|elapsed)[=: ]{1,3})?"
        r"(\d{1,12}(?:\.\d{1,12})?[ ]?(?:ms|s|m|us|µs))[ \t]{0,9}$"
    ),
    re.compile(r"[ \t]in (\d{1,12}(?:ms|s|sec))$"),
    # testem knows no time of tests that its browsers' own reporters send
    re.compile(r"(?<![^ \t])\[((?:\d{1,12}(?:\.\d{1,9})?|undefined|NaN) ms)\] - "),
    re.compile(r"[ \t][(\[](\d{1,12}(?:\.\d{1,12})?[ ]?(?:ms|s))[)\]]$"),
)
_TOOK = re.compile(r"^[ \t]{0,40}duration_ms:[ \t]{0,20}([0-9.]{1,30})[ \t]{0,20}$", re.MULTILINE)
_MESSAGE = re.compile(
    r"^[ \t]{0,40}(?:message|error):[ \t]{0,20}(?:[|>][-+]?[ \t]{0,20}\n[ \t]{0,40})?([^\n]*)$",
    re.MULTILINE,
)
_COMMENTED = re.compile(r"^# not ok \d{1,9}(?: -)?([^\n]{1,999})$", re.MULTILINE)
_QUOTES = " \t'\""
KEPT = 64 * 1024
# test lines of testem
TESTEM = frozenset({"skip", "todo"})


@dataclass(slots=True)
class OpenTest:
    """The test whose diagnostics are being read."""

    result: Result
    before: list[str] = field(default_factory=list)  # a sub-test stands before its line
    after: list[str] = field(default_factory=list)
    in_yaml: bool = False


def result_of(match: re.Match[str], durations: Durations) -> Result:
    """Return the test of a line, without its diagnostics."""
    word, name = match[1], match[3].strip().removesuffix("{").rstrip()
    status, raw = Status.PASSED, ""
    if word == "not ok":
        status = Status.FAILED
    elif word in TESTEM:
        status = Status.SKIPPED
    if word == "todo":
        raw = "todo"
    name, elapsed = _without_duration(name, durations)
    details: tuple[Detail, ...] = ()
    if directive := _DIRECTIVE.search(name):
        name, status, raw = name[: directive.start()].rstrip(), *_directed(directive, status)
        if status is Status.SKIPPED:
            details = (Detail("skipped", directive[2].strip()),)
        if elapsed is None:
            name, elapsed = _without_duration(name, durations)
    elif status is Status.FAILED and (why := _WHY.search(name)):
        name, details = name[: why.start()].rstrip(), (Detail("failure", why[1]),)
        if why[1].startswith("ERROR"):
            status = Status.ERROR
    name = name.replace("\\#", "#").removeprefix("- ").strip().removesuffix(" -")
    if not name or name == "-":
        name = f"test {match[2] or ''}".strip()
    return Result(
        name,
        status,
        elapsed=elapsed,
        raw_status=raw,
        details=details,
    )


def _directed(directive: re.Match[str], status: Status) -> tuple[Status, str]:
    """Return the status that a directive gives, and its word."""
    if directive[1].lower().startswith("skip"):
        return Status.SKIPPED, ""
    if directive[1] == "XFAIL":
        return Status.SKIPPED, "xfail"
    # a failing TODO is expected to fail
    if status is Status.FAILED:
        return Status.SKIPPED, "todo"
    return status, "todo"


def _without_duration(name: str, durations: Durations) -> tuple[str, float | None]:
    """Take the duration out of a name: it differs from run to run."""
    for pattern in _IN_NAME:
        if match := pattern.search(name):
            elapsed = None
            if match[1][0].isdigit():
                elapsed = durations.seconds(match[1])
            return name[: match.start()] + name[match.end() :], elapsed
    return name, None


def finished(current: OpenTest, durations: Durations) -> Result:
    """Return a test with what its diagnostics and its sub-test say of it."""
    diagnostics = "\n".join(current.after)[:KEPT]
    output = "\n".join(current.before)[:KEPT]
    result = current.result
    result.stdout = output
    todo = result.raw_status != ""
    if result.status is Status.PASSED and not todo and (name := _red_in(current.before)):
        # whatever its own line says
        result.status = Status.FAILED
        result.details = (Detail("failure", f"its sub-test {name!r} is not ok", "", output),)
        return result
    if took := _TOOK.search(diagnostics):
        result.elapsed = durations.seconds(f"{took[1]}ms")
    if result.status.is_red:
        said = _message(diagnostics) or _failed_in(output)
        for detail in result.details:  # what its line says of why
            said = said or detail.message
        detail = Detail(
            "failure",
            said,
            "",
            diagnostics or output,
        )
        result.details = (detail,)
    return result


def _message(diagnostics: str) -> str:
    for match in _MESSAGE.finditer(diagnostics):
        if words := match[1].strip(_QUOTES):
            return words
    # a program that writes TAP itself, run by the kernel's selftests
    if commented := _COMMENTED.search(diagnostics):
        return commented[1].strip()
    # bats and Test::More write comments
    if diagnostics.startswith("#"):
        return first_line(diagnostics.removeprefix("#"))
    return ""


def _red_in(lines: list[str]) -> str:
    """Return the name of the first line of a sub-test that failed, empty if none did.

    What is expected to fail, or lies within something that is, did not.
    """
    failed: list[tuple[int, str]] = []
    in_yaml = False
    for line in lines:
        bare = line.lstrip(" ")
        if in_yaml or bare.startswith("---"):
            in_yaml = not bare.startswith("...")
            continue
        match = TEST.match(bare)
        if match is None or match[1] in TESTEM:
            continue
        indent = len(line) - len(bare)
        if _DIRECTIVE.search(match[3]):
            failed = [(depth, name) for depth, name in failed if depth <= indent]
        elif match[1] == "not ok":
            failed.append((indent, _named(match)))
    return next((name or "without a name" for _, name in failed), "")


def _failed_in(output: str) -> str:
    """Return the name of the first sub-test that failed, empty if none did."""
    for line in output.splitlines():
        bare = line.strip()
        if bare.startswith("not ok") and (match := TEST.match(bare)):
            return _named(match)
    return ""


def _named(match: re.Match[str]) -> str:
    """Return the name of a sub-test that failed, without what else stands in its line."""
    name, _ = _without_duration(_WHY.sub("", match[3]).strip(), Durations())
    return name
