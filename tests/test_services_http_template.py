"""A template makes the body that it looks like, and a wrong one is told by key, hole and word."""

from __future__ import annotations

import re
from typing import Any

import pytest

from testferry.errors import UsageProblem
from testferry.model import Detail, Result, Status
from testferry.services.http.template import Known, compiled, holes, split_holes

RESULT = Result(
    "adds",
    Status.FAILED,
    ("a", "b"),
    "c.D",
    line=3,
    elapsed=1.25,
    details=(Detail("failure", "no", "T", "x" * 99),),
    properties=(("JIRA", "X-1"),),
)
KNOWN = Known(
    {"status": {"failed": "FAIL"}, "level": {"failed": 2}},
    {"project": "DEMO"},
    {"run": ("id",)},
)


@pytest.mark.parametrize(
    ("template", "made"),
    [
        ("plain", "plain"),
        ("{name}", "adds"),
        ("{title}", "c.D › adds"),
        ("{folder}/{name}", "c.D/adds"),
        ("{line}", 3),
        ("line {line}", "line 3"),
        ("{elapsed|ms}", 1250),
        ("{elapsed|us}", 1_250_000),
        ("{status|status}", "FAIL"),
        ("{status|level}", 2),
        ("{status|upper}", "FAILED"),
        ("{message}", "no"),
        ("{type}", "T"),
        ("{text|max 10}", "xxxxxxxxx…"),
        ("{suite}", ("a", "b")),
        ('{suite|join " > "}', "a > b"),
        ("{assertions|or 0}", 0),
        ("{file|or none}", "none"),
        ("{properties.JIRA}", "X-1"),
        ("{properties.NONE}", None),
        ("{set.project}", "DEMO"),
        ({"a": {"b": "{name}", "c": "{file}"}, "d": {"e": "{file}"}}, {"a": {"b": "adds"}}),
        ({"ok": False, "n": 0}, {"ok": False, "n": 0}),
        ({"{folder}/{name}": {"result": "x"}}, {"c.D/adds": {"result": "x"}}),
        ({"each": "suite", "item": {"title": "{it}"}}, [{"title": "a"}, {"title": "b"}]),
        ({"each": "properties", "item": "{it.key}={it.value}"}, ["JIRA=X-1"]),
        (["{name}", "{file}", 1], ["adds", 1]),
        ("{set.project|lower}", "demo"),
    ],
)
def test_what_a_template_makes(template: Any, made: object) -> None:
    assert compiled(template, "item", KNOWN)(RESULT, None) == made


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ({"a": "{nmae}"}, r"item.a: {nmae}: there is no field 'nmae'.*did you mean name\?"),
        ("{elapsed|mss}", r"there is no filter 'mss'.*did you mean ms\?"),
        ("{status|levle}", r"there is no filter 'levle'.*did you mean level\?"),
        ("{set.projct}", r"nothing is set for 'projct'.*--set projct=….*did you mean project\?"),
        ("{run.idd}", r"there is no 'run.idd'.*did you mean id\?"),
        ("{page.offset}", r"only `look` has pages"),
        ("{batch.key}", r"there is no batch.key here"),
        ("{key|upper}", "a key takes no filter"),
        ({"each": "suite", "itme": 1}, "a list is made of"),
    ],
)
def test_what_is_wrong_is_named(template: Any, said: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        compiled(template, "item", KNOWN)
    assert re.search(said, f"{caught.value.message} {caught.value.hint}")


@pytest.mark.parametrize("template", ["{name", "run {set.x", "{name}: {elapsed|ms"])
def test_a_hole_that_is_not_closed_is_told(template: str) -> None:
    with pytest.raises(UsageProblem, match="is not closed"):
        compiled(template, "item.a", Known())


def test_braces_that_are_no_holes_stand_as_they_are() -> None:
    make = compiled('{ "a": "{name}", {x', "item", Known())
    assert make(Result("n", Status.PASSED), None) == '{ "a": "n", {x'


def test_a_text_of_which_every_hole_is_empty_is_left_out() -> None:
    make = compiled({"at": "{file}:{line}", "n": "no {name}"}, "item", Known())
    assert make(Result("a", Status.PASSED), None) == {"n": "no a"}
    assert make(Result("a", Status.PASSED, file="f"), None) == {"at": "f:", "n": "no a"}


def test_an_address_takes_no_field_of_a_result() -> None:
    with pytest.raises(UsageProblem, match="has no place in an address"):
        compiled("/x/{name}", "send.request", Known(results=False))


def test_a_text_is_taken_apart_at_its_holes() -> None:
    assert split_holes("/a/{b}/c{d|max 3}") == [("/a/", "b"), ("/c", "d|max 3"), ("", "")]


def test_the_holes_of_a_template_are_known() -> None:
    assert holes({"a": ["{name|max 3}", {"{folder}": 1}], "b": "{key}"}) == {
        "name",
        "folder",
        "key",
    }
