from __future__ import annotations

import json

from fakes import of


def test_a_hook_that_failed_stands_beside_the_tests() -> None:
    test = {"title": "a", "fullTitle": "s a", "err": {}, "duration": 5}
    hook = {
        "title": '"before all" hook',
        "fullTitle": 's "before all" hook',
        "err": {"message": "no"},
    }
    found, _ = of(
        json.dumps({"stats": {"passes": 1, "failures": 1}, "tests": [test], "failures": [hook]})
    )
    assert [(one.name, str(one.status)) for one in found] == [
        ("a", "passed"),
        ('"before all" hook', "failed"),
    ]


def test_a_hook_of_mochawesome_is_a_stand_in() -> None:
    suite = {
        "title": "s",
        "beforeHooks": [{"title": "h", "fail": True, "err": {"message": "no"}}],
        "tests": [],
    }
    found, _ = of(
        json.dumps(
            {
                "stats": {"passes": 0, "passPercent": 0},
                "results": [{"title": "", "suites": [suite]}],
            }
        )
    )
    assert [(one.name, one.synthetic, one.message) for one in found] == [("h", True, "no")]
