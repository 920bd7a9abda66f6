"""The table of any other API becomes what its target is made of."""

from __future__ import annotations

import pytest

from testferry.errors import UsageProblem
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


def test_it_has_no_emulator_and_a_run_only_where_a_table_opens_one() -> None:
    assert not HTTP.emulator
    with pytest.raises(UsageProblem, match="makes no run"):
        HTTP.make({**HTTP.configured(Options()), **HTTP.bare_run})


def test_the_short_form_of_the_body_holds_beside_a_request() -> None:
    made = HTTP.configured(Options(send={"request": "POST /x"}, batch=Batch(path="rows")))
    assert made["tables"]["send"]["json"] == {"rows": "{results}"}
