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
    assert lane.body == {"elapsed_computed": 2_500_000, "fields": [], "artifacts": []}


def test_what_a_thread_has_of_its_own_is_told_once() -> None:
    artifact: dict[str, object] = {"name": "log", "url": "https://x/log"}
    target = Testmo(
        run_id="7",
        thread_fields={"Shard": "2/4"},
        thread_resources={
            "fields": [{"type": 5, "name": "U", "value": "v"}],
            "artifacts": [artifact],
        },
    )
    lane = target.openings(Tally(), 1.0, "m")[0]
    assert [field["name"] for field in lane.body["fields"]] == ["Shard", "U"]
    assert lane.body["artifacts"] == [artifact]
    another = target.new_lane()[0]
    assert another.body == {"fields": [], "artifacts": []}, "another lane of the same upload"


def test_how_the_time_of_a_run_is_told_at_its_end() -> None:
    assert Testmo(run_id="7").run_closing().body == {"measure_elapsed": True}
    told = Testmo(run_id="7", measure_elapsed=False)
    assert told.run_closing().body == {"measure_elapsed": False}
