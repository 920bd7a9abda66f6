"""The table of any other API becomes what its target is made of."""

from __future__ import annotations

from testferry.services import service_of
from testferry.services.http import Batch, Options

HTTP = service_of("http")


def test_a_table_that_says_nothing_is_the_documented_default() -> None:
    made = HTTP.configured(Options())
    assert made["dialect"] == "nestjs"
    assert (made["batch_size"], made["batch_bytes"], made["path"]) == (500, 1_000_000, "results")


def test_the_keys_of_a_batch_are_the_targets() -> None:
    made = HTTP.configured(Options(batch=Batch(max_results=7, max_bytes=99, path="items")))
    target = HTTP.make(made)
    assert (target.batch_size, target.batch_bytes) == (7, 99)
    assert b"items" not in target.item.__name__.encode()
    assert target.describe()["path"] == "items"


def test_it_has_no_runs_to_create_and_no_emulator() -> None:
    assert not HTTP.has_runs
    assert not HTTP.emulator
