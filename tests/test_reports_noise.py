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
