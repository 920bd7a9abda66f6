"""A key is one only where a service keeps the identity of what it has."""

from __future__ import annotations

import pytest

from testferry.services.http.identities import is_known_by


@pytest.mark.parametrize(
    ("item", "lines", "known"),
    [
        ({"id": "{key}"}, None, True),
        ({"external_id": "{key|max 15}"}, None, True),
        ({"body": {"uuid": "{key}"}}, None, True),
        ("tests,id={key} took=1", None, True),
        ({"{key}": {"name": "{name}"}}, None, True),
        ({"name": "{name}"}, [{"create": {"_id": "{key}"}}], True),
        ({"comment": "{key}"}, None, False),
        ({"tags": ["{key}"]}, None, False),
        ({"id": "{name}"}, None, False),
        ({"id": 7}, None, False),
    ],
)
def test_where_a_key_stands(item: object, lines: object, known: bool) -> None:
    assert is_known_by(item, lines) is known
