from __future__ import annotations

import pytest

from fakes import of, statuses


def test_tap_that_bails_out_or_stops_short() -> None:
    assert statuses("1..3\nok 1 - a\nBail out! no db") == [
        ("a", "passed"),
        ("the run [tap]", "error"),
    ]
    assert statuses("1..3\nok 1 - a") == [("a", "passed"), ("the run [tap]", "error")]
    assert statuses("TAP version 13\nok\nnot ok 2 # TODO later\nok 3 # SKIP no\n1..3") == [
        ("test", "passed"),
        ("test 2", "skipped"),
        ("test 3", "skipped"),
    ]
    assert statuses("1..0 # skip all") == []
    _, summary = of("hello", "tap")
    assert "no TAP" in summary.problems[0].message


@pytest.mark.parametrize(
    ("line", "name", "elapsed"),
    [
        ("ok 1 adds two in 4ms", "adds two", 0.004),
        ("ok 1 - a > b # time=0.93ms", "a > b", 0.00093),
        ("ok 1 Chrome 120.0 - [50 ms] - pays", "Chrome 120.0 - pays", 0.05),
        ("ok 1 Node - [undefined ms] - pays", "Node - pays", None),
        ("ok 1 - a (5ms)", "a", 0.005),
        ("ok 1 - says in 4ms that", "says in 4ms that", None),
        ("ok 1 - a\\#b", "a#b", None),
        ("ok 1 later in 3ms # skip no docker", "later", 0.003),
    ],
)
def test_durations_are_no_part_of_names(line: str, name: str, elapsed: float | None) -> None:
    found, summary = of(f"TAP version 13\n1..1\n{line}\n")
    assert (found[0].name, found[0].elapsed) == (name, pytest.approx(elapsed) if elapsed else None)
    assert not summary.problems


def test_yaml_of_four_spaces_belongs_to_the_line_before_it() -> None:
    found, _ = of(
        'TAP version 13\n1..2\nnot ok 1 - a\n    ---\n    error:\n        message: "no"\n    ---\n    more: 1\n    ...\nok 2 - b\n'
    )
    assert (found[0].message, found[1].stdout, found[1].details) == ("no", "", ())


def test_sub_tests_in_braces_are_entries() -> None:
    found, summary = of(
        "TAP version 14\n1..2\nnot ok 1 - a.ts # time=7ms {\n    1..2\n    not ok 1 - s {\n        1..2\n        ok 1 - x\n"
        "        not ok 2 - y\n    }\n    ok 2 - t {\n        1..1\n        ok 1 - z # SKIP no\n    }\n}\nok 2 - b.ts {\n    1..0\n}\n"
    )
    assert [(one.name, str(one.status), one.suite) for one in found] == [
        ("x", "passed", ("a.ts", "s")),
        ("y", "failed", ("a.ts", "s")),
        ("z", "skipped", ("a.ts", "t")),
        ("b.ts", "passed", ()),
    ]
    assert not summary.problems


def test_braces_whose_tests_do_not_show_their_failure_or_do_not_end() -> None:
    found, _ = of("1..1\nnot ok 1 - a {\n    1..1\n    ok 1 - x\n}\n")
    assert [(one.name, str(one.status)) for one in found] == [("x", "passed"), ("a", "failed")]
    _, summary = of("1..1\nok 1 - a {\n    1..2\n    ok 1 - x\n")
    assert any(problem.is_error for problem in summary.problems)


def test_testems_words_and_time_stamps() -> None:
    assert statuses("ok 1 a\nskip 2 b\ntodo 3 c\nnot ok 4 d\n\n1..4\n") == [
        ("a", "passed"), ("b", "skipped"), ("c", "skipped"), ("d", "failed"),
    ]  # fmt: skip
    stamped = (
        "[12:31:30] TAP version 13\n[12:31:30] 1..2\n[12:31:31] ok 1 - a\n[12:31:31] not ok 2 - b\n"
    )
    assert statuses(stamped) == [("a", "passed"), ("b", "failed")]
    assert statuses("2026-01-01T12:31:30.123Z 1..1\n2026-01-01T12:31:30.124Z ok 1 - a\n") == [
        ("a", "passed")
    ]


def test_a_failed_test_without_words_says_which_sub_test_failed() -> None:
    found, _ = of(
        "1..1\n    # Subtest: in\n    not ok 1 - one is two # time=3ms\n    1..1\nnot ok 1 - out\n"
    )
    assert found[0].message == "one is two"


SUB = "TAP version 14\n1..2\n# Subtest: a\n{i}ok 1 - x\n{i}not ok 2 - y{d}\n{i}1..2\nok 1 - a{o}\nok 2 - b\n"


@pytest.mark.parametrize("indent", ["    ", "\t", "  ", " \t", "        "])
def test_a_red_sub_test_is_red_whatever_its_parent_says(indent: str) -> None:
    found, _ = of(SUB.format(i=indent, d="", o=""))
    assert [str(one.status) for one in found] == ["failed", "passed"]
    assert found[0].message == "its sub-test 'y' is not ok"


@pytest.mark.parametrize(
    ("inner", "outer"), [(" # TODO later", ""), ("", " # TODO later"), (" # SKIP no", "")]
)
def test_a_sub_test_that_is_expected_to_fail_is_not(inner: str, outer: str) -> None:
    found, _ = of(SUB.format(i="    ", d=inner, o=outer))
    assert "failed" not in [str(one.status) for one in found]


def test_what_lies_deeper_is_excused_by_what_is_around_it() -> None:
    rows = "    # Subtest: m\n        not ok 1 - deep\n        1..1\n    {mid} 1 - m{todo}\n    1..1\nok 1 - a\n1..1\n"
    assert statuses(rows.format(mid="ok", todo="")) == [("a", "failed")]
    assert statuses(rows.format(mid="not ok", todo=" # TODO x")) == [("a", "passed")]
    # words of a message are no test
    yaml = "    ok 1 - x\n      ---\n      message: |\n        not ok 1 - no\n      ...\n    1..1\nok 1 - a\n1..1\n"
    assert statuses(yaml) == [("a", "passed")]


def test_a_sub_test_behind_diagnostics_belongs_to_the_next_line() -> None:
    found, _ = of(
        "1..2\nok 1 - a\n  ---\n  duration_ms: 1\n  ...\n# Subtest: b\n    not ok 1 - x\n    1..1\nok 2 - b\n"
    )
    assert [str(one.status) for one in found] == ["passed", "failed"]


def test_a_run_that_dies_in_a_sub_test_is_told() -> None:
    for cut in ("TAP version 14\n# Subtest: a\n    not ok 1 - x\n", "1..0\n\tok 1 - x\n"):
        found, summary = of(cut, "tap")
        assert [str(one.status) for one in found] == ["error"]
        assert "a sub-test does not end" in summary.problems[0].message


def test_tabs_indent_braces_too() -> None:
    assert statuses("not ok 1 - a {\n\tok 1 - x\n\tnot ok 2 - y\n\t1..2\n}\n1..1\n") == [
        ("x", "passed"),
        ("y", "failed"),
    ]


@pytest.mark.parametrize(
    "prefix",
    [
        "2026-05-01T10:00:00.1234567Z ",
        "[    1.234567] ",
        "[1714550400.123] ",
        "00:12 ",
        "[12:31:30]   ",
        "web_1  | ",
        "[INFO] ",
    ],
)
def test_what_stands_before_each_line_is_taken_away_and_no_more(prefix: str) -> None:
    lines = ["TAP version 13", "1..2", "ok 1 a", "not ok 2 b", "  ---", "  message: hi", "  ..."]
    found, summary = of("".join(f"{prefix}{line}\n" for line in lines))
    assert [(result.name, str(result.status), result.message) for result in found] == [
        ("a", "passed", ""),
        ("b", "failed", "hi"),
    ]
    assert not summary.problems


def test_colours_are_no_part_of_a_line() -> None:
    found, _ = of("\x1b[36m1..2\x1b[0m\n\x1b[32mok 1 a\x1b[0m\n\x1b[1;31mnot ok 2 b\x1b[0m\n")
    assert [(result.name, str(result.status)) for result in found] == [
        ("a", "passed"),
        ("b", "failed"),
    ]


@pytest.mark.parametrize(
    ("words", "red"),
    [
        ("# fail 1", True),
        ("# fail  0", False),
        ("# failed: 2", True),
        ("# Looks like you failed 1 test of 1.", True),
        ("# Looks like your test exited with 255 just after 1.", True),
        ("# fail to plan, plan to fail", False),
        ("    # fail 1", False),
    ],
)
def test_what_a_program_counts_behind_its_tests_is_no_greener_than_they_are(
    words: str, red: bool
) -> None:
    found, _ = of(f"TAP version 13\nok 1 - a\n1..1\n{words}\n")
    assert [result.synthetic for result in found] == [False] + [True] * red


KSELFTEST = """\
KTAP version 1
1..4
# selftests: net: ok.sh
# fine
ok 1 selftests: net: ok.sh
# selftests: net: bad.sh
# no route
not ok 2 selftests: net: bad.sh # exit=1
# selftests: net: slow.sh
not ok 3 selftests: net: slow.sh # TIMEOUT 45 seconds
# selftests: mm: all
# ok 1 maps
# not ok 2 unmaps
not ok 4 selftests: mm: all # exit=1
"""


def test_comments_of_the_kernels_selftests_belong_to_the_line_behind_them() -> None:
    found, summary = of(KSELFTEST)
    assert [(result.name.rpartition(": ")[2], result.message) for result in found] == [
        ("ok.sh", ""),
        ("bad.sh", "no route"),
        ("slow.sh", "TIMEOUT 45 seconds"),
        ("all", "unmaps"),
    ]
    assert not summary.problems


@pytest.mark.parametrize(
    ("line", "status", "name"),
    [
        ("ok 1 # XFAIL known", "skipped", "test 1"),
        ("not ok 1 a # XFAIL known", "skipped", "a"),
        ("not ok 1 a # ERROR no device", "error", "a"),
        ("not ok 1 a # exit=77", "failed", "a"),
        ("ok 1 handles an # ERROR", "passed", "handles an # ERROR"),
        ("not ok 1 the xfail # xfail of users", "failed", "the xfail # xfail of users"),
        ("not ok 1 a # exit=soon", "failed", "a # exit=soon"),
    ],
)
def test_directives_of_the_kernel(line: str, status: str, name: str) -> None:
    found, _ = of(f"KTAP version 1\n1..1\n{line}\n")
    assert [(str(result.status), result.name) for result in found] == [(status, name)]


def test_a_run_that_ended_behind_its_first_line_is_told() -> None:
    found, summary = of("KTAP version 1\n")
    assert [result.synthetic for result in found] == [True]
    assert [problem.code for problem in summary.problems] == ["unfinished"]
