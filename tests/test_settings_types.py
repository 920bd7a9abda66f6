"""What values mean, as texts and as TOML has them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import inf, nan

import pytest

from testferry.dialects import Window
from testferry.option import Form, Option, option
from testferry.settings.types import Unfit, convert


@dataclass(frozen=True, slots=True)
class _Inner:
    size: int = option("", Form.SIZE, default=1)


@dataclass(frozen=True, slots=True)
class _Dashed:
    a_size: int = option("", Form.SIZE, default=1)


WORDS = ("auto", "id", "name")
FITS = [
    (Form.TEXT, {}, "x", "x"),
    (Form.NAME, {}, "x", "x"),
    (Form.NAME, {}, 7, "7"),
    (Form.ADDRESS, {}, "https://a.example", "https://a.example"),
    (Form.NUMBER, {}, "7", 7),
    (Form.NUMBER, {"least": 1, "most": 9}, 9, 9),
    (Form.ID, {}, 7, "7"),
    (Form.ID, {}, "007", "007"),
    (Form.ID, {}, "R12", "12"),
    (Form.ID, {}, " M5 ", "5"),
    (Form.ID, {}, "https://x.testrail.io/index.php?/runs/view/12&group_by=cases", "12"),
    (Form.ID, {}, "https://x.testmo.net/automation/runs/view/101", "101"),
    (Form.WORD, {}, "Release 2", "Release 2"),
    (Form.WORD, {}, 7, "7"),
    (Form.SHARE, {}, "0.5", 0.5),
    (Form.SHARE, {}, 1, 1.0),
    (Form.FLAG, {}, True, True),
    (Form.FLAG, {}, "on", True),
    (Form.FLAG, {}, "0", False),
    (Form.COUNT, {}, 2, 2),
    (Form.COUNT, {}, True, 1),
    (Form.CHOICE, {"choices": WORDS}, "ID", "id"),
    (Form.SIZE, {}, "64 KB", 64_000),
    (Form.SIZE, {}, "1.5MiB", 1_572_864),
    (Form.SIZE, {}, 5, 5),
    (Form.DURATION, {}, "10m", 600.0),
    (Form.DURATION, {}, 90, 90.0),
    (Form.DURATION, {}, "250ms", 0.25),
    (Form.RATE, {}, "180/min", Window(180, 60.0)),
    (Form.RATE, {}, "200/5s", Window(200, 5.0)),
    (Form.RATE, {}, "None", None),
    (Form.RATE, {"many": True}, "3/s", (Window(3, 1.0),)),
    (Form.RATE, {"many": True}, ["3/s", "none"], (Window(3, 1.0), None)),
    (Form.TEXT, {"many": True}, ("a", "b"), ("a", "b")),
    (Form.PAIRS, {"many": True}, ["a=b=c", " d =e,f"], {"a": "b=c", "d": "e,f"}),
    (Form.PAIRS, {}, "a=b,c=d,", {"a": "b", "c": "d"}),
    (Form.PAIRS, {}, {"a": 5}, {"a": "5"}),
    (Form.TABLE, {"record": _Inner}, {"size": "1 KB"}, _Inner(1000)),
    (Form.SET, {"many": True}, ["a.b=c"], ("a.b=c",)),
]
WRONG = [
    (Form.TEXT, {}, 1.5, "1.5 is no text"),
    (Form.TEXT, {}, True, "true is no text"),
    (Form.TEXT, {}, 7, "7 is no text"),
    (Form.NAME, {}, True, "true is no text"),
    (Form.NAME, {}, 10**30, "is no text"),
    (Form.ADDRESS, {}, 5, "5 is no text"),
    (Form.FILE, {}, 5, "5 is no text"),
    (Form.NUMBER, {}, "1" * 20, "11111111111111111111' is out of range"),
    (Form.NUMBER, {}, "9" * 9999, "9…"),
    (Form.NUMBER, {}, -(10**20), "is out of range"),
    (Form.ID, {}, "1" * 19, "no service has ids of more than 18 digits"),
    (Form.ID, {}, 10**18, "no service has ids of more than 18 digits"),
    (Form.TEXT, {}, date(2026, 1, 2), "2026-01-02 is no text"),
    (Form.NUMBER, {}, "x", "'x' is no number"),
    (Form.NUMBER, {}, 1.0, "1.0 is no number"),
    (Form.NUMBER, {"least": 1}, 0, "0 is out of range"),
    (Form.ID, {}, "", "is empty"),
    (Form.ID, {}, "R12x", "'R12x' is no number"),
    (Form.ID, {}, -1, "-1 is no number"),
    (Form.ID, {}, 0, "0 is no id"),
    (Form.SHARE, {}, "nan", "'nan' is no share"),
    (Form.SHARE, {}, 0, "0 is no share"),
    (Form.FLAG, {}, "perhaps", "'perhaps' is neither true nor false"),
    (Form.FLAG, {}, 1, "1 is neither true nor false"),
    (Form.CHOICE, {"choices": WORDS}, "nmae", "'nmae' is not known"),
    (Form.CHOICE, {"choices": WORDS}, ["id"], "['id'] is not known"),
    (Form.SIZE, {}, "0", "'0' is no size"),
    (Form.SIZE, {}, -1, "-1 is no size"),
    (Form.SIZE, {}, True, "true is no size"),
    (Form.DURATION, {}, inf, "inf is no duration"),
    (Form.DURATION, {}, nan, "nan is no duration"),
    (Form.DURATION, {"least": 0.1}, "0", "'0' is too short"),
    (Form.RATE, {}, "0/min", "'0/min' is no rate"),
    (Form.RATE, {}, "1/0s", "'1/0s' is no rate"),
    (Form.RATE, {}, {}, "{} is no rate"),
    (Form.FILE, {"exists": True}, "nowhere", "'nowhere' is no file"),
    (Form.FOLDER, {"exists": True}, "nowhere", "'nowhere' is no folder"),
    (Form.OUTPUT, {}, ".", "'.' is a folder"),
    (Form.PAIRS, {"many": True}, "a", "'a' is not K=V"),
    (Form.PAIRS, {"choices": ("passed",)}, "pased=1", "has no 'pased'"),
    (Form.TABLE, {"record": _Inner}, 5, "must be a table"),
    (Form.TABLE, {"record": _Inner}, {"sise": 5}, "has an unknown key 'sise'"),
    (Form.SET, {}, "a", "'a' is not KEY=VALUE"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "more", "value", "meant"), FITS)
def test_a_value_that_fits(
    form: Form, more: dict[str, object], value: object, meant: object
) -> None:
    assert convert(Option("", form, **more), value) == meant  # type: ignore[arg-type]  # a table


@pytest.mark.parametrize(("form", "more", "value", "said"), WRONG)
def test_a_value_that_does_not_fit_is_named(
    form: Form, more: dict[str, object], value: object, said: str
) -> None:
    with pytest.raises(Unfit) as problem:
        convert(Option("", form, **more), value)  # type: ignore[arg-type]  # a table
    assert said in problem.value.words


def test_a_number_of_thousands_of_digits_is_named_by_its_first() -> None:
    with pytest.raises(Unfit, match="0x1000"):
        convert(Option("", Form.NUMBER), 16**9999)


def test_every_form_has_its_reader() -> None:
    for form in Form:
        tried = Option("", form, choices=("x",), record=_Inner)
        try:
            convert(tried, "x")
        except Unfit as problem:
            assert problem.words


def test_a_key_of_a_table_is_named_with_its_value() -> None:
    with pytest.raises(Unfit) as problem:
        convert(Option("", Form.TABLE, record=_Inner), {"size": "no"})
    assert (problem.value.within, problem.value.words[:18]) == (("size",), "size 'no' is no si")
    two = Option("", Form.TABLE, record=_Dashed)
    with pytest.raises(Unfit, match="is said twice"):
        convert(two, {"a-size": 1, "a_size": 1})
    with pytest.raises(Unfit) as problem:
        convert(two, {"b_size": 1})
    assert problem.value.within == ("b_size",)
    assert "did you mean a_size?" in problem.value.cure
