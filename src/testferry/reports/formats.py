"""Every format that is read, and where its reader is: imported when it is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import import_module
from typing import BinaryIO

from testferry.model import ReportSummary, Result

Reader = Callable[[BinaryIO, ReportSummary], Iterator[Result]]

# What the files of a folder of Allure results are called: a test, and what stands around tests.
ALLURE_RESULT = "-result.json"
ALLURE_CONTAINER = "-container.json"
ALLURE = (ALLURE_RESULT, ALLURE_CONTAINER, "-globals.json")

# format -> (module, function)
READERS: dict[str, tuple[str, str]] = {
    "junit": ("junit", "read"),
    "ctrf": ("ctrf", "read"),
    "jest": ("jest", "read"),
    "mocha": ("mocha", "read"),
    "mochawesome": ("mocha", "read_mochawesome"),
    "playwright": ("playwright", "read"),
    "cucumber": ("cucumber", "read"),
    "cucumber-messages": ("messages", "read"),
    "pytest-json-report": ("pytests", "read"),
    "pytest-reportlog": ("pytests", "read_log"),
    "go": ("gotest", "read"),
    "libtest": ("libtest", "read"),
    "dart": ("dart", "read"),
    "rspec": ("rspec", "read"),
    "gtest": ("gtest", "read"),
    "trx": ("trx", "read"),
    "nunit3": ("nunit", "read_3"),
    "nunit2": ("nunit", "read_2"),
    "xunit": ("xunit", "read"),
    "testng": ("testng", "read"),
    "ctest": ("ctest", "read"),
    "failsafe": ("junit", "read"),
    "robot": ("robot", "read"),
    "robot-json": ("robot", "read_json"),
    "tap": ("tap", "read"),
    "allure": ("allure", "read"),
    "ndjson": ("convert", "read"),
}


def reader_of(name: str) -> Reader:
    """Return a format's reader."""
    module, function = READERS[name]
    found: Reader = getattr(import_module(f"testferry.reports.{module}"), function)
    return found
