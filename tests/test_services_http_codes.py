"""Values under names: codes, numbers, a no, a share of the whole."""

from __future__ import annotations

import pytest

from testferry.services.http import codes


@pytest.mark.parametrize(
    ("name", "value", "beside", "bad"),
    [
        ("code", 422, [], True),
        ("code", "422", [], True),
        ("code", 0, ["msg"], False),
        ("code", 20000, ["msg"], False),
        ("code", 1001, ["msg"], True),
        ("code", 1001, [], False),
        ("code", "INVALID_TOKEN", [], True),
        ("code", "E_VALIDATION", [], True),
        ("code", "DEMO", ["msg"], False),
        ("exitCode", 1, [], True),
        ("errno", -2, [], True),
        ("status", 1, ["msg"], False),
        ("size", 404, [], False),
        ("code", True, [], False),
    ],
)
def test_codes(name: str, value: object, beside: list[str], bad: bool) -> None:
    assert codes.is_bad_code(name, value, frozenset(beside)) is bad


@pytest.mark.parametrize(
    ("value", "share"),
    [
        ("75%", 0.75),
        ("100 %", 1.0),
        (75, 0.75),
        (0.75, 0.75),
        (1, 1.0),
        (100, 1.0),
        ("3 of 4", None),
    ],
)
def test_a_share_of_the_whole(value: object, share: float | None) -> None:
    assert codes.share_in(value) == share
