"""One ``<testcase>`` of JUnit: how it ended, by its children and its own words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from xml.etree import ElementTree as ET

from testferry.model import Detail, ReportSummary, Result, Status
from testferry.reports.claims import Open
from testferry.reports.said import OF_RETRIES, word_of
from testferry.reports.values import attached
from testferry.reports.words import status_of
from testferry.reports.xmltext import all_text

LONGEST_NAME = 4096
_FINAL = {
    "failure": "failure",
    "error": "error",
    "skipped": "skipped",
}
INTERIM = frozenset(
    {
        "rerunFailure",
        "rerunError",
        "flakyFailure",
        "flakyError",
    }
)
# Children of a test that say nothing of how it ended.
_NEUTRAL_NAMES = """
    properties property system-out system-err warning output stdout stderr attachments attachment
    description documentation comment comments message duration time tags tag labels label links
    link steps step parameters parameter params metadata meta categories category screenshot
    screenshots video logs log trace details data extra annotations annotation requirements
    requirement benchmark measurement measurements metrics metric notes note owner html source
    location file line assertions info url test-steps testrail
"""
_NEUTRAL = frozenset(_NEUTRAL_NAMES.split())
# A child whose text is the word.
_WORD = frozenset({"status", "result", "outcome"})
# Children that are no outcome but name one that the file's other entries hold.
_KIND = {
    Status.FAILED: "failure",
    Status.ERROR: "error",
    Status.SKIPPED: "skipped",
}
_PLAIN = frozenset(
    {
        "run",
        "passed",
        "pass",
        "ok",
        "completed",
        "success",
    }
)
_SPEAK_OF_FAILURE = frozenset({"failure", "rerunFailure", "rerunError"})
# newman writes one element for all iterations
_TIMES = re.compile(r"\s{0,40}Failed ([0-9]{1,6}) times\.")


class Children:
    """What stands within a test: how it ended, and what else goes into its result."""

    def __init__(self, summary: ReportSummary, word: str) -> None:
        self.word = word
        self.details: list[Detail] = []
        self.interim: list[Detail] = []
        self.unknown: list[str] = []  # elements that are in no table
        self.properties: list[tuple[str, str]] = []
        self.outputs = {"system-out": "", "system-err": ""}
        self.warned = False
        self._summary = summary

    def add(self, child: ET.Element) -> None:
        """Take one child."""
        tag = child.tag
        if tag in _FINAL:
            self.details.append(detail_of(child, tag))
        elif tag in self.outputs:
            if words := all_text(child):
                self.outputs[tag] = "\n".join(filter(None, (self.outputs[tag], words)))
        elif tag in INTERIM:
            self.interim.append(detail_of(child, tag))
        elif tag == "properties":
            self.properties += [_property(entry) for entry in child if entry.tag == "property"]
        elif tag == "warning":
            self.warned = True
        elif tag in _WORD:
            self.word = word_of([self.word, all_text(child)])
        elif tag not in _NEUTRAL:
            self._add_other(child)

    def _add_other(self, child: ET.Element) -> None:
        status = status_of(child.tag)
        if status is None:
            self.unknown.append(child.tag)
        elif status is not Status.PASSED:
            self.details.append(detail_of(child, _KIND[status]))
            if child.tag.lower() not in _FINAL:
                self._summary.extras.read_as[child.tag, str(status)] += 1

    def fail_for_good(self) -> None:
        """Tries that all failed are a failure, also where no element says so once more."""
        kinds = {detail.kind for detail in self.interim}
        if self.details or not kinds or any(kind.startswith("flaky") for kind in kinds):
            return
        last = self.interim[-1]
        final = "error" if last.kind == "rerunError" else "failure"
        self.details.append(replace(last, kind=final))

    def give(self, result: Result) -> None:
        """Put what does not say how the test ended into its result."""
        if self.warned:
            result.raw_status = "warning"
        result.stdout, result.stderr = self.outputs.values()
        if self.properties:
            result.properties = tuple(self.properties)
            names = {name for name, _ in self.properties}
            result.retried = result.retried or not OF_RETRIES.isdisjoint(names)
        if self.properties or self.details or result.stdout or result.stderr:
            said = [*self.outputs.items()]
            for detail in self.details:
                said += ((detail.kind, detail.message), (detail.kind, detail.text))
            result.attachments = attached(
                said,
                self.properties,
                self._summary.extras.attached,
            )
        if self.interim:
            result.retried = True
            result.attempts = 1 + len(self.interim)
            result.flaky = any(detail.kind.startswith("flaky") for detail in self.interim)


def ended(details: tuple[Detail, ...], word: str) -> tuple[Status, str]:
    """Return a test's status and its raw word: error > failure > skipped > the word.

    Skipped beside a failure is read as an expected failure; whether it is one, ``claims`` decides.
    """
    raw = word
    if word in _PLAIN:
        raw = ""
    known = status_of(word)
    if not details:  # nearly every test
        return known or Status.PASSED, raw
    kinds = {detail.kind for detail in details}
    if "error" in kinds:
        return Status.ERROR, raw
    red = known is not None and known.is_red
    if "skipped" in kinds and (red or not _SPEAK_OF_FAILURE.isdisjoint(kinds)):
        return Status.SKIPPED, "expected-failure"
    if "skipped" in kinds:
        return Status.SKIPPED, raw
    if "failure" in kinds:
        return Status.FAILED, raw
    return known or Status.PASSED, raw


def decide(
    result: Result,
    details: tuple[Detail, ...],
    unknown: Sequence[str],
    word: str,
) -> Open | None:
    """Give a result its status, or return what is open if only its suite can tell."""
    result.details = details
    result.status, raw = ended(details, word)
    result.raw_status = raw or result.raw_status
    if raw == "expected-failure":
        return Open(
            result,
            "expected-failure",
            hinted=_expects_failure(details, word),
        )
    if result.status is Status.PASSED:
        if unknown:
            return Open(
                result,
                "child element",
                f"<{unknown[0]}>",
            )
        if word and status_of(word) is None:
            return Open(result, "status", word)
    return None


def _expects_failure(details: tuple[Detail, ...], word: str) -> bool:
    """Whether something else than the counts says that a failure beside a skip was expected."""
    for detail in details:
        said = detail.message or detail.text
        if detail.type.lower() == "todo" or said.startswith("Skipped"):
            return True
        if "mayfail" in said or "shouldfail" in said:
            return True
    return status_of(word) is Status.SKIPPED


def failures_in(details: tuple[Detail, ...]) -> int:
    """Return how many failures the elements of one test stand for."""
    found = 0
    for detail in details:
        if detail.kind == "skipped":
            continue
        times = _TIMES.match(detail.text)
        found += 1
        if times:
            found += max(0, int(times[1]) - 1)
    return found


def detail_of(element: ET.Element, kind: str) -> Detail:
    """Return what an element says of how a test ended."""
    return Detail(
        kind,
        (element.get("message") or "").strip(),
        (element.get("type") or "").strip(),
        all_text(element),
    )


def _property(element: ET.Element) -> tuple[str, str]:
    value = element.get("value")
    if value is None:
        value = all_text(element)
    return element.get("name") or "", value


def capped(name: str) -> str:
    """Return a name that is not too long to keep."""
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[: LONGEST_NAME - 1]}…"
