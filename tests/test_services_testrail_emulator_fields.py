"""What the emulator refuses of fields, as an administrator's settings make TestRail do."""

from __future__ import annotations

import pytest

from testferry.services.testrail.emulator.fields import check_fields, make_field
from testferry.services.testrail.emulator.state import Refused

FIELDS = [
    make_field("browser", 6, items="1, Chrome\n2, Edge"),
    make_field("tags", 12, items="1, slow"),
    make_field("env", required=True),
]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({}, "Field :custom_env is a required field."),
        ({"custom_env": "x" * 251}, "too long"),
        ({"custom_env": "x", "custom_browser": "3"}, "invalid value"),
        ({"custom_env": "x", "custom_tags": [1, 2]}, "invalid value"),
    ],
)
def test_what_is_refused(said: dict[str, object], words: str) -> None:
    with pytest.raises(Refused) as caught:
        check_fields(FIELDS, said)
    assert words in str(caught.value.response.document)


def test_what_is_taken() -> None:
    check_fields(FIELDS, {"custom_env": "x", "custom_browser": "1", "custom_tags": [1]})
