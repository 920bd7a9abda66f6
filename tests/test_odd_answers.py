"""No answer of a service, whatever stands in it, is a defect here, or makes green what is not."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from fakes import FINE, LOST, Ended, FakeWire, Fate, Fates, RailWorld, World
from odd import ODD, Place, places, with_another
from testferry.engine.judge import Answer
from testferry.model import Result, Status

# One value a place, in turn; `pytest -m long` tries each with each.
EVERY = bool(os.environ.get("ALL_CASES"))
NAMES = ["a", "b", "c"]


class OddWire(FakeWire):
    """One answer says something else at one place."""

    def __init__(self, world: World, fates: Fates, at: int, where: Place, value: object) -> None:
        super().__init__(world.clock, world.service, fates)
        self.at, self.where, self.value = at, where, value
        self.answers: list[Any] = []

    def _handle(self, method: str, target: str, body: bytes, part: int | None) -> Answer:
        answer = super()._handle(method, target, body, part)
        try:
            document = json.loads(answer.body)
        except ValueError:
            document = None
        self.answers.append(document)
        if len(self.answers) - 1 != self.at or document is None:
            return answer
        text = json.dumps(with_another(document, self.where, self.value))
        return Answer(answer.status, answer.headers, text.encode())


def mo(folder: Path) -> World:
    return World(folder, NAMES, batch=2, settle=2.0, max_time=60.0)


def rail(folder: Path, **options: Any) -> RailWorld:
    return RailWorld(folder, NAMES, batch=2, settle=2.0, max_time=60.0, options=options)


def filled(folder: Path) -> World:
    world = rail(folder, close_run=True)
    body = b'{"name": "R", "include_all": true, "suite_id": 1}'
    made = world.service.handle("POST", "/index.php?/api/v2/add_run/1", body)
    world.run_id = str(json.loads(made.data)["id"])
    return world


def planned(folder: Path) -> World:
    world = rail(folder)
    world.service.handle("POST", "/index.php?/api/v2/add_plan/1", b'{"name": "P"}')
    world.options["plan_id"] = str(next(iter(world.service.plans)))
    return world


def illustrated(folder: Path) -> World:
    world = rail(folder)
    shot = folder.with_suffix(".png")
    shot.write_bytes(b"x")
    world.entries = [
        Result(
            name,
            Status.PASSED,
            classname="suite",
            attachments=(shot.name,),
            base=str(shot.parent),
        )
        for name in NAMES
    ]
    return world


WORLDS: Mapping[str, Callable[[Path], World]] = {
    "testmo": mo,
    "testrail": lambda folder: rail(folder, suite="Master", status={"passed": "passed"}),
    "testrail by name": lambda folder: rail(folder, project="Demo", match="name"),
    "testrail makes cases": lambda folder: rail(folder, create_missing=True, match="name"),
    "testrail fills a run": filled,
    "testrail in a plan": planned,
    "testrail with attachments": illustrated,
}


def fine() -> Fates:
    return lambda _number, _operation, _body: FINE


def each_write_lost_once() -> Fates:
    """So that everything is looked for."""
    seen = {"read"}

    def fate(_number: int, operation: str, _body: bytes) -> Fate:
        if operation in seen:
            return FINE
        seen.add(operation)
        return LOST

    return fate


def played(
    name: str, folder: Path, fates: Fates, at: int = -1, where: Place = (), value: object = None
) -> tuple[World, OddWire, Ended]:
    world = WORLDS[name](folder)
    world.plan()
    wire = OddWire(world, fates, at, where, value)
    return world, wire, world.go(wire)


def trouble(world: World, outcome: Ended) -> str:
    """What is wrong with an end; empty if nothing is."""
    stored = world.stored()
    if outcome.exit_code not in (0, 2, 5, 6, 75):
        return f"exit {outcome.exit_code}"
    if outcome.exit_code == 0 and set(stored) != set(NAMES):
        return f"green, and there are {stored}"
    if outcome.results.accepted > sum(stored.values()):
        return f"{outcome.results.accepted} accepted, and there are {stored}"
    if max(stored.values(), default=0) > 1:
        return f"sent twice: {stored}"
    return ""


@pytest.mark.parametrize("how", [fine, each_write_lost_once])
@pytest.mark.parametrize("name", WORLDS)
def test_whatever_stands_in_an_answer(name: str, how: Callable[[], Fates], tmp_path: Path) -> None:
    _, usual, outcome = played(name, tmp_path / "usual", how())
    assert outcome.exit_code == 0, outcome.outcome
    cases = [(at, where) for at, seen in enumerate(usual.answers) for where in places(seen)]
    wrong = []
    for number, (at, where) in enumerate(cases):
        values = ODD if EVERY else [ODD[number % len(ODD)]]
        for turn, value in enumerate(values):
            folder = tmp_path / f"{number}-{turn}"
            world, wire, outcome = played(name, folder, how(), at, where, value)
            found = trouble(world, outcome)
            if found:
                wrong.append(f"{at} {wire.requests[at][2]} {where} = {value!r}: {found}")
    assert not wrong, "\n".join(wrong)
