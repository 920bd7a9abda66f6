"""What people see is what is kept in tests/snapshots; `python tests/scenes.py` writes it anew."""

from __future__ import annotations

import pytest

from scenes import SCENES, SNAPSHOTS, Scene, played


@pytest.mark.parametrize("scene", SCENES, ids=[scene.name for scene in SCENES])
def test_what_is_seen_is_what_was_read(scene: Scene) -> None:
    kept = (SNAPSHOTS / f"{scene.name}.txt").read_text("utf-8")
    assert played(scene) == kept, f"look at the diff of: python tests/scenes.py {scene.name}"


def test_no_snapshot_is_of_no_scene() -> None:
    assert {file.stem for file in SNAPSHOTS.iterdir()} == {scene.name for scene in SCENES}
