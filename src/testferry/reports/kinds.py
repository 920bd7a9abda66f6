"""Which reports there are, and what each is known by: root elements of XML, keys of JSON."""

from __future__ import annotations

import re

# Known, and never a report: such a file in a folder is somebody else's.
NO_REPORTS = frozenset(
    {
        "coverage",
        "checkstyle",
        "build-file",
        "companion",
    }
)

# root element (local name) -> (format, what people call it)
XML_ROOTS = {
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
    "testExecutions": ("sonar", "a generic report for SonarQube"),
    "valgrindoutput": ("valgrind", "valgrind's output"),
    "coverage": ("coverage", "a coverage report"),
    "report": ("coverage", "a coverage report"),
    "checkstyle": ("checkstyle", "a Checkstyle report"),
    "pmd": ("checkstyle", "a PMD report"),
    "BugCollection": ("checkstyle", "a SpotBugs report"),
    "project": ("build-file", "a build file"),
    "html": ("html", "an HTML page"),
    "failsafe-summary": ("companion", "the summary that Failsafe writes beside its reports"),
    "TestSequence": ("companion", "the sequence file that vstest --blame writes"),
    "suite": ("companion", "a suite of TestNG, which it writes for the next run"),
    "events": ("companion", "an open test reporting file"),
    "execution": ("companion", "an open test reporting file"),
}

# Roots that others may have too -> what stands in the file if it is the known one.
MARKS_OF = {
    "suite": re.compile(r"testng|<(?:classes|packages|suite-files)\b", re.IGNORECASE),
    "report": re.compile(r"jacoco|coverage|<(?:sessioninfo|counter)\b", re.IGNORECASE),
    "events": re.compile("opentest4j"),
    "execution": re.compile("opentest4j"),
}

# Failsafe's summary is more than that if its run broke off, or if it does not end with itself.
BROKE_OFF = re.compile(
    r"\btimeout=\"true\"|<failureMessage(?:\s[^<>/]{0,400})?>\s{0,400}[^<\s]"
    r"|(?<!</failsafe-summary>)\Z"
)

# Roots of the XML reports that are read -> their format.
_READ = {"junit", "trx", "nunit3", "nunit2", "xunit", "testng", "robot", "ctest"}
REPORT_ROOTS = {root: name for root, (name, _) in XML_ROOTS.items() if name in _READ}
# a summary that stands behind the reports in one file
REPORT_ROOTS["failsafe-summary"] = "junit"

# Keys at the top of a JSON document (the first set that is all there decides) -> (format, what
# people call it).
JSON_KEYS: tuple[tuple[frozenset[str], str, str], ...] = (
    (frozenset({"reportFormat", "results"}), "ctrf", "CTRF"),
    (
        frozenset({"results", "results/tool", "results/tests"}),
        "ctrf",
        "CTRF",
    ),
    (
        frozenset({"results", "results/tool", "results/summary"}),
        "ctrf",
        "CTRF",
    ),
    (frozenset({"testResults", "numTotalTests"}), "jest", "Jest or Vitest JSON"),
    (frozenset({"numTotalTests", "numTotalTestSuites"}), "jest", "Jest or Vitest JSON"),
    (
        frozenset({"stats", "results", "stats/passPercent"}),
        "mochawesome",
        "mochawesome JSON",
    ),
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
    (frozenset({"uuid", "stage", "name"}), "allure", "an Allure result"),
    (frozenset({"uuid", "status", "name"}), "allure", "an Allure result"),
)
# The same for the first objects of an NDJSON file.
LINE_KEYS: tuple[tuple[frozenset[str], str, str], ...] = (
    (frozenset({"testferry", "name", "status"}), "ndjson", "what inspect --convert ndjson wrote"),
    (frozenset({"$report_type"}), "pytest-reportlog", "pytest-reportlog"),
    (frozenset({"Action", "Package"}), "go", "go test -json"),
    (frozenset({"Action", "ImportPath"}), "go", "go test -json"),
    (frozenset({"Action", "Test"}), "go", "go test -json"),
    (frozenset({"type", "event", "test_count"}), "libtest", "Rust's libtest JSON"),
    (frozenset({"protocolVersion", "type", "time"}), "dart", "Dart or Flutter JSON"),
    (frozenset({"meta", "meta/protocolVersion"}), "cucumber-messages", "Cucumber Messages"),
)

OTHERS_READ = frozenset(
    {name for _, name, _ in (*JSON_KEYS, *LINE_KEYS)} | {"cucumber", "failsafe", "tap"}
)
