"""What people are told of a plan: what was found, what would be made, what cannot be."""

from __future__ import annotations

from typing import Any

from testferry.services.testrail import told
from testferry.services.testrail.fields import Field
from testferry.services.testrail.wish import OfCase, Plan
from testferry.submission import Kind, Label, State, Submission


def test_a_phrase_for_each_thing() -> None:
    made = Plan(
        cases={1: OfCase(), "@0": OfCase()},
        sections=[{}],
        creations=[{}, {}],
        refused={"@1": "custom_kind is required"},
        lacking=[Field("custom_env")],
        there=3,
    )
    made.unmatched = [(b"{}", Label("x", "s", "passed"), "no case")]
    assert told.of_plan(made, "17") == [
        "1 case found",
        "run 17 of the plan is there and is filled",
        "nothing can be sent: custom_env is required: use --result-field custom_env=VALUE",
        "1 section and 1 case to be made, one request each",
        "1 case cannot be made: custom_kind is required",
        "3 results there already, of an earlier attempt: left out",
        "1 test without a case",
    ]


def test_what_would_be_made_is_named_with_its_place() -> None:
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("section", {"place": "#0", "parent": "5", "name": "b"}),
        ("section", {"place": "#1", "parent": "#0", "name": "c"}),
        ("case", {"section": "#1", "fields": {"title": "t"}}),
        ("run", {}),
    ]
    rows = [Submission(0, Kind.OPEN, name, body=body) for name, body in bodies]
    rows.append(Submission(0, Kind.OPEN, "case", State.REJECTED, body=bodies[2][1]))
    assert list(told.to_be_made(rows, {"5": "a"})) == [
        "section a › b",
        "section a › b › c",
        "case t   (in a › b › c)",
    ]
