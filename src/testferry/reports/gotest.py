"""``go test -json``: events by package and test; sub-tests are entries of their own, as go counts
them.

A test that prints no line break at its end has no event for how it ended: go's words stand at the
end of its output (`no newline--- PASS: TestX (0.12s)`; golang/go#57172, #81599), and the beginning
of the next test too (`no newline=== RUN   TestY`), in whatever test's output they come.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from testferry.model import (
    Detail,
    ReportSummary,
    Result,
    Status,
)
from testferry.reports.jsonlines import lines
from testferry.reports.jsonstream import seconds, text
from testferry.reports.words import detail_kind

_ENDED = {
    "pass": Status.PASSED,
    "fail": Status.FAILED,
    "skip": Status.SKIPPED,
    "bench": Status.PASSED,
}
# Of no test's end: what is neither is a word that go may have tomorrow.
_OTHER = frozenset({
    "start", "run", "pause", "cont", "output", "build-output", "build-fail", "attr", "artifacts",
})  # fmt: skip
_UNBUILT = re.compile(r"FAIL\t(\S{1,1000}) \[(?:build|setup) failed\]")
_ENDS = re.compile(r"--- (PASS|FAIL|SKIP): (\S{1,2000}) \((\d{1,9}(?:\.\d{1,9})?)s\)\s{0,9}\Z")
_BEGINS = re.compile(r"\S=== RUN {3}(\S{1,2000})\s{0,9}\Z")
# go's words stand at the end of what is printed
_TAIL = 4096
_KEPT_OUTPUT = 64 * 1024

_Key = tuple[str, str]


def read(file: BinaryIO, summary: ReportSummary) -> Iterator[Result]:
    """Yield every test that ended.

    One that was started and never ended is an error, a failed package without a failed test too.
    """
    reader = _Reader(summary)
    for event in lines(
        file,
        summary,
        _is_event,
        reader.noise,
    ):
        yield from reader.event(event)
    yield from reader.end()


def _is_event(event: dict[str, object]) -> bool:
    return isinstance(event.get("Action"), str)


class _Output:
    """What a test or a package printed, as far as it is kept."""

    def __init__(self) -> None:
        self._kept: list[str] = []
        self._size = 0
        self.is_cut = False

    def add(self, piece: str) -> None:
        """Keep a piece."""
        if self._size < _KEPT_OUTPUT:
            self._kept.append(piece)
            self._size += len(piece)
        else:
            self.is_cut = True

    @property
    def text(self) -> str:
        """All that is kept."""
        return "".join(self._kept)


class _Reader:
    """The tests that run, and what their packages printed."""

    def __init__(self, summary: ReportSummary) -> None:
        self._summary = summary
        self._running: dict[_Key, _Output] = {}
        self._output: dict[str, _Output] = {}
        # how tests ended, and their seconds, by words in the output
        self._words: dict[_Key, tuple[Status, float]] = {}
        self._red: set[str] = set()
        self._unbuilt: list[str] = []
        self._begun: dict[str, None] = {}
        self._is_empty = True  # nothing but words of a build

    def noise(self, line: str) -> None:
        """Take a line that is no event."""
        if match := _UNBUILT.match(line):  # before Go 1.24 there is no event for it
            self._unbuilt.append(match[1])

    def _text_of(self, output: _Output) -> str:
        self._summary.extras.has_cut |= output.is_cut
        return output.text

    def event(self, event: dict[str, object]) -> Iterator[Result]:
        """Take one event."""
        action, package = text(event.get("Action")), text(event.get("Package"))
        test = text(event.get("Test"))
        self._is_empty = self._is_empty and action.startswith("build-")
        if action == "start" or test:
            self._begun[package] = None
        elif action in _ENDED:
            self._begun.pop(package, None)
        if action == "run":
            self._running[package, test] = _Output()
        elif action in ("output", "build-output"):
            self._keep(event, package, test)
        elif action in _ENDED and test:
            output = self._running.pop((package, test), _Output())
            yield self._ended(
                package,
                test,
                _ENDED[action],
                output,
                event.get("Elapsed"),
            )
        elif action == "fail":
            yield from self._package_failed(package)
        elif action in _ENDED:
            yield from self._package_passed(package)
        elif test and action not in _OTHER:
            output = self._running.pop((package, test), _Output())
            status = self._summary.unknown_word("action", action)
            yield self._ended(
                package,
                test,
                status,
                output,
                event.get("Elapsed"),
            )

    def _keep(
        self,
        event: dict[str, object],
        package: str,
        test: str,
    ) -> None:
        output = self._running.get((package, test))
        if not test:
            where = package or text(event.get("ImportPath"))
            output = self._output.setdefault(where, _Output())
        piece = text(event.get("Output"))
        if output is not None:
            output.add(piece)
        if test:
            self._look_for_words(package, piece[-_TAIL:])

    def _look_for_words(self, package: str, tail: str) -> None:
        if "=== RUN" in tail and (begins := _BEGINS.search(tail)):
            self._running.setdefault((package, begins[1]), _Output())
        elif "--- " in tail and (ends := _ENDS.search(tail)):
            key = (package, ends[2])
            if key in self._running:
                self._words[key] = (_ENDED[ends[1].lower()], float(ends[3]))

    def _ended(
        self,
        package: str,
        test: str,
        status: Status,
        output: _Output,
        elapsed: object,
    ) -> Result:
        self._words.pop((package, test), None)
        if status.is_red:
            self._red.add(package)
        return _result(
            package,
            test,
            status,
            self._text_of(output),
            seconds(elapsed),
        )

    def _package_failed(self, package: str) -> Iterator[Result]:
        yield from self._unended(package)
        output = self._output.pop(package, _Output())
        if package not in self._red:
            yield _package(
                package,
                self._text_of(output),
                self._summary,
            )
        self._red.discard(package)

    def _package_passed(self, package: str) -> Iterator[Result]:
        """A benchmark has no end of its own, nor has a test that printed without a line's end."""
        for key in self._of(package):
            output = self._running.pop(key)
            status, took = self._words.get(key) or (Status.PASSED, None)
            yield self._ended(
                package,
                key[1],
                status,
                output,
                took,
            )
        self._output.pop(package, None)

    def _of(self, package: str) -> list[_Key]:
        return [key for key in self._running if key[0] == package]

    def _unended(self, package: str) -> Iterator[Result]:
        """Yield the tests that have no end: as their output says, else as errors."""
        for key in self._of(package):
            output = self._running.pop(key)
            found = self._words.get(key)
            if found:
                yield self._ended(
                    package,
                    key[1],
                    found[0],
                    output,
                    found[1],
                )
                continue
            self._summary.fault(
                "unfinished", f"{key[1]} of {package} was started and never ended", tests=1
            )
            self._red.add(package)
            detail = Detail(
                "error",
                "started and never ended",
                "",
                self._text_of(output),
            )
            yield Result(
                key[1],
                Status.ERROR,
                suite=(package,),
                classname=package,
                details=(detail,),
            )

    def end(self) -> Iterator[Result]:
        """End the file."""
        if self._is_empty and not self._unbuilt:
            words = "there is no package, only the words of a build: the run did not finish"
            self._summary.fault("unfinished", words)
        for package in {package: None for package, _ in self._running}:
            yield from self._unended(package)
        for package in self._begun:
            self._summary.fault(
                "unfinished", f"the package {package} never ended: the run did not finish"
            )
        for package in self._unbuilt:
            yield _package(
                package,
                "it did not build",
                self._summary,
            )


def _result(
    package: str,
    test: str,
    status: Status,
    said: str,
    elapsed: float | None,
) -> Result:
    result = Result(
        name=test,
        status=status,
        suite=tuple(filter(None, (package,))),
        classname=package,
        elapsed=elapsed,
    )
    if status is Status.PASSED:
        result.stdout = said
        return result
    result.details = (
        Detail(
            detail_kind(status),
            _telling(said),
            "",
            said,
        ),
    )
    return result


def _telling(said: str) -> str:
    """Return the first line that is not go's own."""
    for line in said.splitlines():
        bare = line.strip()
        if bare and not bare.startswith(("---", "===")):
            return bare
    return ""


def _package(package: str, said: str, summary: ReportSummary) -> Result:
    first = next(iter(said.strip().splitlines()), "the package failed")
    return summary.stand_in(
        f"{package} [package]",
        f"the package {package} failed without a failed test",
        Detail(
            "error",
            first,
            "",
            said,
        ),
        suite=(package,),
        classname=package,
    )
