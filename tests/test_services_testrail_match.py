"""Which cases of TestRail's are a test's."""

from __future__ import annotations

import pytest

from rail import neutral
from testferry.services.testrail.match import (
    Case,
    Cases,
    automation_id,
    ids_of,
    match,
    plain,
    title_of,
)


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("[C123] logs in", (123,)),
        ("logs in [C1, C2]", (1, 2)),
        ("C7_logs_in", (7,)),
        ("C1_C2_both", (1, 2)),
        ("[C1, C1]", (1,)),
        ("sort [1, 2, 3] ascending", ()),
        ("login [chrome, 123]", ()),
        ("test c3 po works", ()),
        ("test_c14_dating", ()),
        ("covid c19 form", ()),
        ("C123 x", (123,)),
        ("x C123", (123,)),
        ("ABC1_x", ()),
    ],
)
def test_ids_in_names_are_strict(name: str, ids: tuple[int, ...]) -> None:
    assert ids_of(neutral(name)) == ids


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("C123, C456", (123, 456)),
        ("5", (5,)),
        ("c9", (9,)),
        ("nonsense", ()),
        ("C1, x", ()),
        ("", ()),
    ],
)
def test_ids_of_the_property(value: str, ids: tuple[int, ...]) -> None:
    assert ids_of(neutral("t", properties=[["test_id", value]])) == ids


def test_automation_ids() -> None:
    assert automation_id(neutral("t", classname="a.B")) == "a.B.t"
    assert automation_id(neutral("t")) == "t"
    assert (
        automation_id(
            neutral("t", properties=[["testrail_case_field", "custom_automation_id: mine"]])
        )
        == "mine"
    )
    long = automation_id(neutral("x" * 300, classname="a"))
    assert len(long) == 250
    assert long != automation_id(neutral("x" * 301, classname="a")), "cut ones stay apart"
    assert plain("<p>a.B.t[&quot;x&quot;]</p>") == 'a.B.t["x"]'


def test_titles_are_found_in_the_right_section() -> None:
    cases = Cases("name")
    for number, title, section in ((1, "adds", 10), (2, "adds", 20), (3, "x" * 249 + "…", 10)):
        cases.add(Case(number, title, section))
    sections = {10: "Cart", 20: "Admin"}
    assert match(neutral("adds", suite=["Shop", "Cart"]), cases, sections).cases == (1,)
    assert match(neutral("adds", classname="Admin"), cases, sections).cases == (2,)
    ambiguous = match(neutral("adds"), cases, sections)
    assert not ambiguous.cases
    assert not ambiguous.missing, "no third one is made"
    assert ambiguous.reason == "2 cases have the title 'adds': C1, C2"
    assert match(neutral("x" * 300), cases, sections).cases == (3,)
    assert title_of("a" * 250) == "a" * 250


def test_an_example_of_behave_is_of_its_outlines_case() -> None:
    cases = Cases("name")
    cases.add(Case(1, "Login", 1))
    cases.add(Case(2, "Pay -- @1.2 admins", 1))
    assert match(neutral("Login -- @1.2 admins"), cases, {}).cases == (1,)
    assert match(neutral("Pay -- @1.2 admins"), cases, {}).cases == (2,)
    assert not match(neutral("Login -- now"), cases, {}).cases
