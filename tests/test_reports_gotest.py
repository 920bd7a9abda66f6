from __future__ import annotations

import json

from fakes import of, statuses


def test_go_tests_that_never_end_and_packages_that_fail() -> None:
    lines = [
        {"Action": "run", "Package": "p", "Test": "A"},
        {"Action": "output", "Package": "p", "Test": "A", "Output": "panic: x\n"},
        {"Action": "output", "Package": "p", "Output": "FAIL\n"},
        {"Action": "fail", "Package": "p"},
        {"Action": "fail", "Package": "q"},
        {"Action": "pass", "Package": "r"},
        {"Action": "run", "Package": "s", "Test": "B"},
    ]
    text = "\n".join(map(json.dumps, lines))
    assert statuses(text) == [("A", "error"), ("q [package]", "error"), ("B", "error")]


def event(action: str, test: str = "", output: str = "") -> str:
    whole = {"Action": action, "Package": "p", "Test": test, "Output": output}
    return json.dumps({key: value for key, value in whole.items() if value})


def test_words_at_the_end_of_an_output_are_a_tests_end_and_the_next_ones_beginning() -> None:
    lines = [
        event("run", "A"),
        event("output", "A", "no newline=== RUN   B\n"),
        event("output", "A", "again--- SKIP: B (0.25s)\n"),
        event("output", "A", "--- PASS: A (0.50s)\n"),
        event("run", "C"),
        event("fail", "C"),
        event("fail"),
    ]
    found, summary = of("\n".join(lines))
    assert sorted((one.name, str(one.status), one.elapsed) for one in found) == [
        ("A", "passed", 0.5),
        ("B", "skipped", 0.25),
        ("C", "failed", None),
    ]
    assert not summary.problems


def test_words_of_a_test_that_never_began_are_what_it_printed() -> None:
    lines = [
        event("run", "A"),
        event("output", "A", "--- FAIL: Fake (0.00s)\n"),
        event("pass", "A"),
        event("pass"),
    ]
    assert statuses("\n".join(lines)) == [("A", "passed")]


def test_an_action_of_no_table_is_an_error() -> None:
    assert statuses("\n".join([event("run", "A"), event("wibble", "A"), event("pass")])) == [
        ("A", "error")
    ]
