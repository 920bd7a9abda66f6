"""What stands before the lines of a report."""

from __future__ import annotations

from testferry.reports.noise import COLOURS, Stamps


def test_a_stamp_goes_and_what_is_indented_stays() -> None:
    stamps = Stamps()
    lines = ["[INFO] ok 1 a", "[INFO]   ---", "ok 2 b", "\tok", "\x1b[31mnot ok 3\x1b[0m\r"]
    assert [stamps.without(line) for line in lines] == [
        "ok 1 a",
        "  ---",
        "ok 2 b",
        "    ok",
        "not ok 3",
    ]


def test_a_stamp_may_stand_further_away() -> None:
    stamps = Stamps()
    assert [stamps.without(f"00:01   {line}") for line in ("1..1", "  ---")] == ["1..1", "  ---"]


def test_colours_are_taken_out() -> None:
    assert COLOURS.sub("", "\x1b[1;31mred\x1b[0m \x1b[2K") == "red "


def test_the_kernel_puts_the_thread_behind_its_time_and_tabs_before_sub_tests() -> None:
    stamps = Stamps()
    lines = ["[    0.060000][    T1] ok 1 a", "[    0.060000][    T1] \tnot ok 2 b"]
    assert [stamps.without(line) for line in lines] == ["ok 1 a", "    not ok 2 b"]
