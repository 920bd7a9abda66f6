from __future__ import annotations

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
