"""What a package says of itself is what it is; what is built twice is the same."""

from __future__ import annotations

import json
import re
import tomllib
from typing import Any

from conftest import ROOT
from testferry import __version__

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
WORKFLOW = (ROOT / ".github" / "workflows" / "tests.yml").read_text("utf-8")
PINNED = re.compile(r"^([a-z0-9-]+)(?:\[[a-z]+\])?==(\S+)", re.MULTILINE)


def names(requirements: list[str]) -> set[str]:
    found = (re.match(r"[a-z0-9-]+", wanted) for wanted in requirements)
    return {match[0] for match in found if match}


def test_every_python_that_is_named_is_run() -> None:
    named = {line.rpartition(" ")[2] for line in PROJECT["classifiers"] if ":: 3." in line}
    for job in re.findall(r"python: (\[.*\])", WORKFLOW):
        assert named <= set(json.loads(job)), "what is named is run; more may be tried"
    gate = re.search(r"for minor in ([0-9 ]+);", (ROOT / ".ci" / "run").read_text("utf-8"))
    assert gate is not None
    assert named <= {"3.11", *(f"3.{minor}" for minor in gate[1].split())}
    assert PROJECT["requires-python"] == f">={min(named, key=lambda word: int(word[2:]))}"


def test_pytest_finds_all_that_it_needs_in_the_dev_extra() -> None:
    dev = names(PROJECT["optional-dependencies"]["dev"])
    assert {"pytest", "pytest-cov", "pytest-xdist", "hypothesis", "coverage"} <= dev
    listed = (ROOT / ".ci" / "requirements.in").read_text("utf-8").splitlines()
    assert dev <= names(listed)
    assert set(PROJECT["dependencies"]) <= set(listed), "the lock is made from the same ranges"


def test_the_constraints_are_what_the_tests_ran_with() -> None:
    locked = dict(PINNED.findall((ROOT / ".ci" / "requirements.txt").read_text("utf-8")))
    held = dict(PINNED.findall((ROOT / ".ci" / "constraints.txt").read_text("utf-8")))
    assert names(PROJECT["dependencies"]) <= set(held)
    assert held == {name: locked[name] for name in held}


def test_the_bill_of_materials_names_this_version_and_what_it_needs() -> None:
    bill = json.loads((ROOT / ".ci" / "testferry.cdx.json").read_text("utf-8"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    itself = bill["metadata"]["component"]
    assert (itself["name"], itself["version"]) == (PROJECT["name"], __version__)
    assert itself["licenses"] == [{"license": {"id": PROJECT["license"]}}]
    needed = names(PROJECT["dependencies"])
    assert {part["name"] for part in bill["components"]} == needed
    assert bill["dependencies"] == [{"ref": "testferry", "dependsOn": sorted(needed)}]
