"""A whole upload to Testmo on the wire, to the byte."""

from __future__ import annotations

import json
from pathlib import Path

from fakes import World
from testferry.model import Tally
from testferry.services import service_of
from testferry.services.testmo.target import Testmo
from wire import golden


def test_a_whole_upload_on_the_wire(tmp_path: Path) -> None:
    it = World(tmp_path, [f"test_{at}" for at in range(3)], batch=2)
    it.plan()
    wire = it.wire()
    it.go(wire)
    golden(
        "upload",
        [[target, json.loads(body) if body else None] for _, _, target, body in wire.requests],
    )


def test_the_options_of_a_run() -> None:
    target = Testmo(project_id=1, name="N", source="s", tags=["a"], config="Chrome", milestone="M1")
    assert target.run_body("mark") == {
        "name": "N", "source": "s", "config": "Chrome", "milestone": "M1", "tags": ["a"],
        "fields": [{"type": 1, "name": "testferry", "value": "mark"}], "links": [], "artifacts": [],
    }  # fmt: skip
    assert service_of("testmo").make(target.describe()) == target
    lane = target.openings(Tally(), 2.5, "m")[1]
    assert lane.body["elapsed_computed"] == 2_500_000
