"""What doctor finds wanting ends as the upload that meets it."""

from __future__ import annotations

import pytest

from testferry.engine.verdict import Deferred, InDoubt, Refused, Rejected, Verdict
from testferry.services.checks import unmet


@pytest.mark.parametrize(
    ("verdict", "code", "cure"),
    [
        (Rejected("no"), 5, "its own"),
        (Refused("no"), 5, "its own"),
        (Refused("401", hint="check the token"), 5, "its own"),
        (Refused("no", exit_code=2, hint="another word"), 2, "another word"),
        (Refused("limit", exit_code=75, hint="wait"), 75, "wait"),
        (Deferred("503"), 75, "try again later"),
        (InDoubt("500"), 75, "try again later"),
        (Deferred("no such host", cure="check --url"), 5, "check --url"),
    ],
)
def test_what_time_mends_is_75_and_the_rest_5(verdict: Verdict, code: int, cure: str) -> None:
    check = unmet("project", verdict, "words", "its own")
    assert (check.passed, check.message) == (False, "words")
    assert (check.exit_code, check.cure) == (code, cure)
