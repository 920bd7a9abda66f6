"""What the settings show is what the engine goes by."""

from __future__ import annotations

from dataclasses import fields

from testferry.defaults import SETTLE, TIMEOUT
from testferry.engine.actions import Pace, Policy
from testferry.engine.client import Connection
from testferry.option import options_of
from testferry.settings.options import Patience, Speed


def _default(record: type, name: str) -> object:
    return next(each.default for each in fields(record) if each.name == name)


def test_one_settling_time_and_one_patience() -> None:
    assert Speed().settle == Policy().settle == SETTLE
    assert _default(Pace, "settle") == SETTLE
    assert Patience().timeout == Connection("").timeout == TIMEOUT
    assert options_of(Speed)["settle"].shown_default == f"{SETTLE:g}s"
    assert options_of(Patience)["timeout"].shown_default == f"{TIMEOUT:g}s"
