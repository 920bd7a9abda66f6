"""Which tool wrote a report, told by its content and never by its name."""

from __future__ import annotations

import re
from dataclasses import dataclass

HEAD = 64 * 1024

NO_REPORTS = frozenset({"coverage", "checkstyle", "build-file"})

# root element (local name) -> (format, what people call it)
_XML_ROOTS = {
    "testsuites": ("junit", "JUnit XML"),
    "testsuite": ("junit", "JUnit XML"),
    "testcase": ("junit", "JUnit XML"),
    "testrun": ("junit-testrun", "Eclipse's own test run, not JUnit XML"),
    "TestRun": ("trx", "TRX (Visual Studio)"),
    "test-run": ("nunit3", "NUnit 3"),
    "test-results": ("nunit2", "NUnit 2"),
    "test-suite": ("test-suite", "a part of an NUnit or Allure 1 report"),
    "assemblies": ("xunit", "xUnit.net"),
    "assembly": ("xunit", "xUnit.net"),
    "testng-results": ("testng", "TestNG"),
    "robot": ("robot", "Robot Framework output"),
    "Site": ("ctest", "a CTest dashboard file"),
    "TestLog": ("boost", "a Boost.Test log"),
    "TestResult": ("boost", "a Boost.Test summary"),
    "Catch2TestRun": ("catch2", "Catch2's own XML"),
    "Catch": ("catch2", "Catch2's own XML"),
    "CUNIT_TEST_RUN_REPORT": ("cunit", "a CUnit report"),
    "TestResults": ("fpcunit", "an FPCUnit report"),
    "TestCase": ("qtest", "a Qt Test report"),
    "gtester": ("gtester", "a GLib gtester report"),
    "report-result": ("mbunit", "an MbUnit report"),
    "unittest-results": ("unittest++", "a UnitTest++ report"),
    "valgrindoutput": ("valgrind", "valgrind's output"),
    "coverage": ("coverage", "a coverage report"),
    "report": ("coverage", "a coverage report"),
    "checkstyle": ("checkstyle", "a Checkstyle report"),
    "project": ("build-file", "a build file"),
    "html": ("html", "an HTML page"),
}

# Keys at the top of a JSON document (the first set that is all there decides) -> (format, what
# people call it).
_JSON_KEYS: tuple[tuple[frozenset[str], str, str], ...] = (
    (frozenset({"reportFormat", "results"}), "ctrf", "CTRF"),
    (frozenset({"results", "results/tool", "results/tests"}), "ctrf", "CTRF"),
    (frozenset({"results", "results/tool", "results/summary"}), "ctrf", "CTRF"),
    (frozenset({"testResults", "numTotalTests"}), "jest", "Jest or Vitest JSON"),
    (frozenset({"numTotalTests", "numTotalTestSuites"}), "jest", "Jest or Vitest JSON"),
    (frozenset({"stats", "results", "stats/passPercent"}), "mochawesome", "mochawesome JSON"),
    (frozenset({"stats", "results", "stats/passes"}), "mochawesome", "mochawesome JSON"),
    (frozenset({"stats", "stats/passes", "tests"}), "mocha", "Mocha JSON"),
    (frozenset({"config", "config/rootDir"}), "playwright", "Playwright JSON"),
    (frozenset({"config", "suites"}), "playwright", "Playwright JSON"),
    (frozenset({"created", "exitcode", "root"}), "pytest-json-report", "pytest-json-report"),
    (frozenset({"examples", "summary_line"}), "rspec", "RSpec JSON"),
    (frozenset({"examples", "version"}), "rspec", "RSpec JSON"),
    (frozenset({"generator", "suite", "rpa"}), "robot-json", "Robot Framework output"),
    (frozenset({"testsuites", "tests"}), "gtest", "GoogleTest JSON"),
    (frozenset({"testsuites"}), "gtest", "GoogleTest JSON"),
    (frozenset({"uuid", "status", "historyId"}), "allure", "an Allure result"),
    (frozenset({"uuid", "status", "fullName"}), "allure", "an Allure result"),
)
# The same for the first objects of an NDJSON file.
_LINE_KEYS: tuple[tuple[frozenset[str], str, str], ...] = (
    (frozenset({"testferry", "name", "status"}), "ndjson", "what inspect --convert ndjson wrote"),
    (frozenset({"$report_type"}), "pytest-reportlog", "pytest-reportlog"),
    (frozenset({"Action", "Package"}), "go", "go test -json"),
    (frozenset({"Action", "ImportPath"}), "go", "go test -json"),
    (frozenset({"Action", "Test"}), "go", "go test -json"),
    (frozenset({"type", "event", "test_count"}), "libtest", "Rust's libtest JSON"),
    (frozenset({"protocolVersion", "type", "time"}), "dart", "Dart or Flutter JSON"),
    (frozenset({"meta", "meta/protocolVersion"}), "cucumber-messages", "Cucumber Messages"),
)

_KNOWN_ROOT = re.compile(
    r"<(?:[\w.-]+:)?(testsuites?|test-run|test-results|testng-results|assemblies)\b([^<>]*)"
)
_NOISE = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE(?:[^<>\[]|\[.*?\]\s*)*>", re.DOTALL)
_START_TAG = re.compile(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)([^<>]*)")


@dataclass(frozen=True, slots=True)
class Format:
    """What a file is: its short name, its name for people, and why it was taken for that."""

    name: str
    title: str
    why: str
    known: bool = True

    @property
    def refusal(self) -> str:
        """Why a file of this format is not read."""
        if self.name == "empty":
            return "is empty; did the test run die before it wrote its report?"
        if not self.known:
            return f"is no report that testferry knows: {self.why}"
        return f"is {self.title}, not a report that testferry reads ({self.why})"


def decode_head(head: bytes) -> str:
    """The first bytes as text, whatever their encoding."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "replace")
    if head[:4].count(0) == 2 and b"<" in head[:4]:
        return head.decode("utf-16-le" if head[1] == 0 else "utf-16-be", "replace")
    return head.decode("utf-8-sig", "replace")


def detect(head: bytes) -> Format:  # noqa: PLR0911 - one return for each way to tell
    """The format of a file from its first 64 KiB."""
    text = decode_head(head).lstrip("\ufeff \t\r\n\x00")
    if not text:
        return Format("empty", "empty", "there is nothing in it")
    if text.startswith(("{", "[")):
        return _json(text)
    if text.startswith("<"):
        return _xml(text)
    if _TAP.search(text) and _SURELY_TAP.search(text):
        return Format("tap", "TAP", "it has TAP's lines")
    if (line := re.search(r"^[\[{]", text, re.MULTILINE)) and (
        found := _lines(text[line.start() :])
    ):
        return found
    if begun := _JSON_BEHIND.search(text):
        found = _json(text[begun.start() :].lstrip())
        if found.known:
            return found
    if re.search(r"^FAIL\t\S+ \[(?:build|setup) failed\]", text, re.MULTILINE):
        return Format("go", "go test -json", "it has go's words for a package that did not build")
    start = text.find("<")
    if start < 0:
        return Format("text", "text", "there is no XML, no JSON and no TAP in it", known=False)
    return _xml(text[start:])


_JSON_BEHIND = re.compile(r"^[ \t]*(?:\{|\[\s*\{)", re.MULTILINE)
_SURELY_TAP = re.compile(
    r"^(?:TAP version 1[234]|1\.\.\d+\s*(?:#.*)?$|(?:not )?ok \d+(?: -|\s*#|\s*$))", re.MULTILINE
)
_TAP = re.compile(r"^(?:TAP version 1[234]|1\.\.\d+\s*(?:#.*)?$|(?:not )?ok \d+\b)", re.MULTILINE)


def _json(text: str) -> Format:
    if found := _lines(text):
        return found
    keys = _keys(text)
    for wanted, name, title in _JSON_KEYS:
        if wanted <= keys:
            return Format(name, title, f"it has the keys {', '.join(sorted(wanted))}")
    if text.startswith("[") and {"*/elements", "*/keyword"} <= keys:
        return Format("cucumber", "Cucumber JSON", "it is an array of features")
    if re.fullmatch(r"\[\s*\]\s*", text):
        return Format("cucumber", "Cucumber JSON", "it is an empty array")
    top = sorted(key for key in keys if "/" not in key)[:5]
    said = f"its keys are {', '.join(top)}" if top else "there is no object in it"
    return Format("json", "JSON of a kind that is no report", said, known=False)


def _lines(text: str) -> Format | None:
    """NDJSON: one of the first lines is an object with the keys of a format."""
    for line in text.split("\n", 200)[:200]:
        stripped = line.strip().removeprefix("[").removesuffix("]")
        if not stripped.startswith("{"):
            continue
        keys = _keys(stripped)
        for wanted, name, title in _LINE_KEYS:
            if wanted <= keys:
                return Format(name, title, f"its lines have the keys {', '.join(sorted(wanted))}")
    return None


_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]', re.DOTALL)


def _keys(text: str) -> set[str]:
    """The names at the first two levels of a document that may be cut: ``a`` and ``a/b``; ``*``
    stands for an array.
    """
    found: set[str] = set()
    path: list[str] = []
    last = ""
    for match in _TOKEN.finditer(text):
        mark = match[0]
        if mark in "{[":
            path.append("*" if mark == "[" else "")
        elif mark in "}]":
            if not path or len(path) == 1:
                break
            path.pop()
        elif mark == ":" and path and path[-1] != "*":
            path[-1] = last
            if len(path) <= 3:
                found.add("/".join(one for one in path if one))
        elif mark.startswith('"'):
            last = mark[1:-1]
    return found


def _xml(text: str) -> Format:
    at = 0
    while True:
        if noise := _NOISE.match(text, at):
            at = noise.end()
        elif tag := _START_TAG.match(text, at):
            break
        elif (at := text.find("<", at + 1)) < 0:
            return Format("text", "text", "no XML element starts in it", known=False)
    root, attributes = tag[1], tag[2]
    if root in ("testsuites", "testsuite") and "check.sourceforge.net" in attributes:
        return Format(
            "check", "check's own XML, not JUnit", f"its root is <{root}> in check's namespace"
        )
    if root == "TestRun" and "microsoft.com" not in attributes:
        return Format(
            "cppunit", "a CppUnit report", "its root is <TestRun> without Visual Studio's namespace"
        )
    if root not in _XML_ROOTS and (known := _KNOWN_ROOT.search(text)):
        root, attributes = known[1], known[2]
    name, title = _XML_ROOTS.get(
        root, _XML_ROOTS.get(root.lower(), ("", "")) if root.lower() == "html" else ("", "")
    )
    if name:
        return Format(name, title, f"its root element is <{root}>")
    return Format("xml", "XML", f"its root element is <{root[:80]}>", known=False)
