from __future__ import annotations

import json

import pytest

from fakes import of


def report(status: str, **spec: object) -> str:
    test = {"projectName": "chromium", "status": status, "results": [{"status": "passed", "duration": 5}],
            "annotations": [{"type": "testrail", "description": "C9"}]}  # fmt: skip
    return json.dumps(
        {
            "config": {"rootDir": "/"},
            "suites": [{"title": "f", "specs": [{"title": "a", "tests": [test], **spec}]}],
        }
    )


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("expected", "passed"),
        ("unexpected", "failed"),
        ("flaky", "passed"),
        ("skipped", "skipped"),
        ("wibble", "error"),
    ],
)
def test_statuses(word: str, status: str) -> None:
    found, _ = of(report(word))
    assert str(found[0].status) == status


def test_tags_and_annotations_are_properties() -> None:
    found, _ = of(report("expected", tags=["C5", "smoke"]))
    assert found[0].properties == (
        ("project", "chromium"),
        ("tag", "C5"),
        ("tag", "smoke"),
        ("testrail", "C9"),
    )
    assert found[0].ids == (9,), "what says that it holds ids counts alone"
