from __future__ import annotations

import json

import pytest

from fakes import statuses


@pytest.mark.parametrize(
    ("result", "status"),
    [("success", "passed"), ("failure", "failed"), ("error", "error"), ("wibble", "error")],
)
def test_results(result: str, status: str) -> None:
    events = [
        {"protocolVersion": "0.1.1", "type": "start", "time": 0},
        {"type": "testStart", "test": {"id": 1, "name": "a"}, "time": 1},
        {"type": "testDone", "testID": 1, "result": result, "hidden": False, "time": 2},
        {"type": "done", "success": True},
    ]
    assert statuses("\n".join(map(json.dumps, events))) == [("a", status)]
