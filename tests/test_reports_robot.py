from __future__ import annotations

import json

import pytest

from fakes import of, statuses

TEST = '<test name="t"><status status="PASS" elapsed="1.5"/></test>'


def test_a_teardown_that_failed_keeps_its_words() -> None:
    teardown = '<kw name="Close" type="TEARDOWN"><msg level="FAIL">no browser</msg><status status="FAIL"/></kw>'
    found, _ = of(
        f'<robot generator="Robot"><suite name="S">{TEST}{teardown}<status status="FAIL"/></suite></robot>'
    )
    assert (str(found[0].status), found[0].message) == (
        "failed",
        "Parent suite teardown failed: no browser",
    )
    assert found[0].elapsed == 1.5


def test_a_status_of_no_table_is_an_error() -> None:
    test = '<test name="t"><status status="WIBBLE"/></test>'
    assert statuses(f'<robot generator="Robot"><suite name="S">{test}</suite></robot>') == [
        ("t", "error")
    ]


@pytest.mark.parametrize(
    ("suite", "total", "red"), [("PASS", 0, 0), ("PASS", 2, 1), ("FAIL", 0, 1), ("FAIL", 1, 1)]
)
def test_what_robot_says_of_the_whole_counts(suite: str, total: int, red: int) -> None:
    inner = '<suite name="I"><test name="a"><status status="PASS"/></test><status status="PASS"/></suite>'
    xml = (
        f'<robot><suite name="S">{inner}<status status="{suite}"/></suite><statistics><total>'
        f'<stat pass="1" fail="{total}">All Tests</stat></total><tag><stat fail="7">x</stat></tag>'
        "</statistics></robot>"
    )
    found, _ = of(xml)
    assert [result.synthetic for result in found] == [False] + [True] * red
    as_json = {
        "generator": "Robot",
        "rpa": False,
        "suite": {"name": "S", "status": suite, "tests": [{"name": "a", "status": "PASS"}]},
        "statistics": {"total": {"pass": 1, "fail": total}},
    }
    found, _ = of(json.dumps(as_json))
    assert [result.synthetic for result in found] == [False] + [True] * red
