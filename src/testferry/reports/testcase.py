"""One ``<testcase>`` of JUnit: how it ended, by its children and its own words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from xml.etree import ElementTree as ET

from testferry.model import Detail, ReportSummary, Result, Status
from testferry.reports.claims import Open
from testferry.reports.values import attached, numbers
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
# Words that say only that the test was started, or ended somehow.
_WEAK = frozenset(
    {
        "run",
        "completed",
        "complete",
        "ran",
        "executed",
    }
)
# Attributes whose value is the word, and those where it may be.
_WORDS = ("status", "result", "outcome")
_PERHAPS = ("state", "verdict", "conclusion")
_TRUE = frozenset({"true", "yes"})
_FALSE = frozenset({"false", "no"})
# Attributes that are true or false, which of the two says something, and the word for it. Of a
# suite they may be numbers, of a test 1 is true.
_FLAGS = {
    "success": (_FALSE, "0", "failed"),
    "passed": (_FALSE, "0", "failed"),
    "failed": (_TRUE, "1", "failed"),
    "executed": (_FALSE, "0", "notrun"),
    "skipped": (_TRUE, "1", "skipped"),
    "ignored": (_TRUE, "1", "ignored"),
    "disabled": (_TRUE, "1", "disabled"),
    "aborted": (_TRUE, "1", "aborted"),
    "crashed": (_TRUE, "1", "crashed"),
    "timedout": (_TRUE, "1", "timedout"),
}
# Attributes that count what a test has none of if it passed.
_COUNTS = {
    "failures": "failed",
    "failure": "failed",
    "errors": "error",
    "error": "error",
}
_IN_NUMBERS = frozenset({*_FLAGS, *_COUNTS})
_SAYING = frozenset(
    spelt
    for name in (*_WORDS, *_PERHAPS, *_IN_NUMBERS)
    for spelt in (name, name.capitalize(), name.upper())
)
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
# An attribute of such a name says that tests are tried again.
OF_RETRIES = frozenset({
    "attempt",
    "attempts",
    "attempt_number",
    "retry",
    "retries",
    "retry_count",
    "retrycount",
    "rerun",
    "reruns",
    "flaky",
})  # fmt: skip
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
            texts = {detail.kind: f"{detail.message}\n{detail.text}" for detail in self.details}
            result.attachments = attached(
                self.outputs | texts,
                self.properties,
                self._summary.extras.attached,
            )
        if self.interim:
            result.retried = True
            result.attempts = 1 + len(self.interim)
            result.flaky = any(detail.kind.startswith("flaky") for detail in self.interim)


def words_in(attributes: Mapping[str, str]) -> list[str]:
    """Return the words in which an element's attributes say how it ended."""
    # nearly every element says nothing
    if _SAYING.isdisjoint(attributes):
        return []
    said = {name.lower(): word.strip() for name, word in attributes.items()}
    words = [said[name] for name in _WORDS if said.get(name)]
    words += [said[name] for name in _PERHAPS if name in said and status_of(said[name])]
    if _FLAGS.keys().isdisjoint(said):
        return words
    for name, (values, _, meaning) in _FLAGS.items():
        if said.get(name, "").lower() in values:
            words.append(meaning)
    return words


def words_of_test(attributes: Mapping[str, str]) -> list[str]:
    """Return the same of one test, which also says it with 0 and 1, and by its own counts."""
    if _SAYING.isdisjoint(attributes):
        return []
    words = words_in(attributes)
    if _IN_NUMBERS.isdisjoint(attributes):
        return words
    for name, (_, number, meaning) in _FLAGS.items():
        if attributes.get(name) == number:
            words.append(meaning)
    for name, meaning in _COUNTS.items():
        if numbers(attributes, name) or attributes.get(name, "").lower() in _TRUE:
            words.append(meaning)
    return words


def word_of(words: list[str]) -> str:
    """Return the word that says most: that a test did not pass, wherever it stands; else the first
    that is in no table, else the first.
    """
    if len(words) < 2:  # nearly every test
        return "".join(words).strip().lower()
    said = [word.strip().lower() for word in words if word.strip()]
    statuses = {word: status_of(word) for word in said}
    for wanted in (Status.ERROR, Status.FAILED, Status.SKIPPED):
        for word in said:
            if statuses[word] is wanted:
                return word
    strong = [word for word in said if statuses[word] and word not in _WEAK]
    unknown = [word for word in said if statuses[word] is None]
    return next(iter((*strong, *unknown, *said)), "")


def ended(details: tuple[Detail, ...], word: str) -> tuple[Status, str]:
    """Return a test's status and its raw word: error > failure > skipped > the word.

    Skipped beside a failure is read as an expected failure; whether it is one, ``claims`` decides.
    """
    if not details and not word:
        return Status.PASSED, ""
    kinds = {detail.kind for detail in details}
    raw = word
    if word in _PLAIN:
        raw = ""
    if "error" in kinds:
        return Status.ERROR, raw
    known = status_of(word)
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
