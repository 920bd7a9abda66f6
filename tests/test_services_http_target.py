"""Any other API: the neutral model, and a key that names the row."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes import looking, sending
from testferry.engine.verdict import CannotTell, NotThere
from testferry.model import Detail, Result, Status
from testferry.services import service_of
from testferry.services.http.target import Http
from testferry.services.http_json import wrap
from testferry.submission import Items, Kind, Submission
from wire import Shelf


def test_any_other_api_gets_the_neutral_model_and_a_stable_key(tmp_path: Path) -> None:
    target = Http(idempotency_header="Idempotency-Key", path="tests", idempotent=True)
    result = Result(
        "t", Status.FAILED, details=(Detail("failure", text="x" * 40_000),), stdout="y" * 40_000
    )
    encoded = target.item(result)
    assert b'"status":"failed"' in encoded
    assert b'"line"' not in encoded
    assert len(encoded) < 40_000
    items = Items((encoded,), ())
    batch, twin = Submission(1, Kind.BATCH, "append"), Submission(2, Kind.BATCH, "append")
    request = next(sending(target, batch, items, Shelf(0)))
    assert request.body == wrap("tests", items)
    assert (
        dict(request.headers)["Idempotency-Key"]
        == dict(next(sending(target, batch, items, Shelf(0))).headers)["Idempotency-Key"]
    )
    other = dict(next(sending(target, twin, items, Shelf(0))).headers)
    assert other["Idempotency-Key"] != dict(request.headers)["Idempotency-Key"], "the row's"
    with pytest.raises(StopIteration) as end:
        next(looking(target, batch, lambda: items, Shelf(0)))
    assert end.value.value == NotThere(retry_at_once=True)
    with pytest.raises(StopIteration) as end:
        next(looking(Http(), batch, lambda: items, Shelf(0)))
    assert isinstance(end.value.value, CannotTell)
    headers = dict(next(sending(Http(), batch, items, Shelf(0))).headers)
    assert headers == {"Content-Type": "application/json"}
    assert (target.new_lane(), target.closings(), target.run_url("b", "1")) == ([], [], "")
    assert service_of("http").make(target.describe()) == target
