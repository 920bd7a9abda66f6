"""Which tool wrote a report, told by its content and never by its name."""

from __future__ import annotations

import re
from dataclasses import dataclass

HEAD = 64 * 1024

READABLE = frozenset({"junit"})
NO_REPORTS = frozenset({"coverage", "checkstyle", "build-file"})

# root element (local name) -> (format, what people call it)
_XML_ROOTS = {
    "testsuites": ("junit", "JUnit XML"),
    "testsuite": ("junit", "JUnit XML"),
    "testcase": ("junit", "JUnit XML"),
    "TestRun": ("trx", "TRX (Visual Studio)"),
    "test-run": ("nunit3", "NUnit 3"),
    "test-results": ("nunit2", "NUnit 2"),
    "test-suite": ("nunit2", "NUnit 2"),
    "assemblies": ("xunit", "xUnit.net"),
    "assembly": ("xunit", "xUnit.net"),
    "testng-results": ("testng", "TestNG"),
    "robot": ("robot", "Robot Framework output"),
    "Site": ("ctest", "a CTest dashboard file"),
    "TestResult": ("boost", "a Boost.Test report"),
    "TestLog": ("boost", "a Boost.Test log"),
    "Catch2TestRun": ("catch2", "Catch2's own XML"),
    "CUNIT_TEST_RUN_REPORT": ("cunit", "a CUnit report"),
    "Catch": ("catch2", "Catch2's own XML"),
    "TestRunResult": ("cppunit", "a CppUnit report"),
    "TestCaseReport": ("other", "a test tool's own XML"),
    "coverage": ("coverage", "a coverage report"),
    "report": ("coverage", "a coverage report"),
    "checkstyle": ("checkstyle", "a Checkstyle report"),
    "project": ("build-file", "a build file"),
    "html": ("html", "an HTML page"),
}

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


def detect(head: bytes) -> Format:
    """The format of a file from its first 64 KiB."""
    text = decode_head(head).lstrip("\ufeff \t\r\n\x00")
    if not text:
        return Format("empty", "empty", "there is nothing in it")
    if text.startswith(("{", "[")):
        return Format("json", "JSON of a kind that testferry does not know", "it starts like JSON")
    if re.match(r"TAP version \d|1\.\.\d+\s|(not )?ok\b", text):
        return Format("tap", "TAP", "it starts like TAP")
    start = text.find("<")
    if start < 0:
        return Format("text", "text", "there is no XML and no JSON in it", known=False)
    return _xml(text[start:])


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
        return Format("check", "check's own XML, not JUnit", f"its root is <{root}> in check's namespace")
    name, title = _XML_ROOTS.get(root, _XML_ROOTS.get(root.lower(), ("", "")) if root.lower() == "html" else ("", ""))
    if name:
        return Format(name, title, f"its root element is <{root}>")
    return Format("xml", "XML", f"its root element is <{root[:80]}>", known=False)
