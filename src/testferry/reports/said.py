"""What the attributes of a JUnit element say of how a test, or a suite, ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import itemgetter

from testferry.model import Status
from testferry.reports.values import numbers
from testferry.reports.words import status_of

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
_SAYING = frozenset(
    spelt
    for name in (*_WORDS, *_PERHAPS, *_FLAGS, *_COUNTS)
    for spelt in (name, name.capitalize(), name.upper())
)
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
# How Catch2 and doctest write a test; GoogleTest, which also says "run", has another order.
_OF_ASSERTIONS = ("classname", "name", "time", "status")
# So many shapes of elements, and words of each, are remembered: real files have a handful.
_MOST = 200
_LONGEST = 100  # letters of what is remembered


def words_in(attributes: Mapping[str, str]) -> list[str]:
    """Return the words in which an element's attributes say how it ended."""
    # nearly every element says nothing
    if _SAYING.isdisjoint(attributes):
        return []
    said = {name.lower(): word.strip() for name, word in attributes.items()}
    words = [said[name] for name in _WORDS if said.get(name)]
    words += [said[name] for name in _PERHAPS if name in said and status_of(said[name])]
    words += [word for name, word in _COUNTS.items() if said.get(name, "").lower() in _TRUE]
    for name, (values, _, meaning) in _FLAGS.items():
        if said.get(name, "").lower() in values:
            words.append(meaning)
    return words


def words_of_test(attributes: Mapping[str, str]) -> list[str]:
    """Return the same of one test, which also says it with 0 and 1, and by its own counts."""
    words = words_in(attributes)
    for name, (_, number, meaning) in _FLAGS.items():
        if attributes.get(name) == number:
            words.append(meaning)
    for name, meaning in _COUNTS.items():
        if numbers(attributes, name):
            words.append(meaning)
    return words


def word_of(words: list[str]) -> str:
    """Return the word that says most: that a test did not pass, wherever it stands; else the first
    that is in no table, else the first.
    """
    if len(words) < 2:  # nearly every suite
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


class Shape:
    """Elements with the same attributes, whatever their values: what they say is worked out once
    for equal words.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        saying = [name for name in names if name in _SAYING]
        self.of_assertions = names == _OF_ASSERTIONS
        self.retries = not OF_RETRIES.isdisjoint(names)
        self._of: Callable[[dict[str, str]], str | tuple[str, ...]] | None = None
        if saying:
            self._of = itemgetter(*saying)
        self.known: dict[str | tuple[str, ...], str] = {}

    def word(self, attributes: dict[str, str]) -> str:
        """Return the word of one element, empty if it says nothing."""
        if self._of is None:
            return ""
        said = self._of(attributes)
        word = self.known.get(said)
        if word is None:
            word = word_of(words_of_test(attributes))
            if len(self.known) < _MOST and sum(map(len, said)) < _LONGEST:
                self.known[said] = word
        return word


class Shapes:
    """The shapes of the tests of one file."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, ...], Shape] = {}

    def of(self, attributes: dict[str, str]) -> Shape:
        """Return the shape of one test."""
        names = tuple(attributes)
        shape = self._known.get(names)
        if shape is None:
            shape = Shape(names)
            if len(self._known) < _MOST and sum(map(len, names)) < _LONGEST * 4:
                self._known[names] = shape
        return shape

    @property
    def remembered(self) -> int:
        """How many words are kept."""
        return sum(len(shape.known) for shape in self._known.values())
