"""What reports are known by."""

from __future__ import annotations

from testferry.reports.formats import READERS
from testferry.reports.kinds import JSON_KEYS, LINE_KEYS, MARKS_OF, REPORT_ROOTS, XML_ROOTS


def test_every_root_and_every_set_of_keys_of_a_report_has_a_reader() -> None:
    assert set(REPORT_ROOTS.values()) <= set(READERS)
    assert {name for _, name, _ in (*JSON_KEYS, *LINE_KEYS)} <= set(READERS)


def test_marks_are_of_roots_that_are_known() -> None:
    assert set(MARKS_OF) <= set(XML_ROOTS)


def test_no_set_of_keys_hides_a_later_one_of_another_format() -> None:
    for keys in (JSON_KEYS, LINE_KEYS):
        for at, (first, name, _) in enumerate(keys):
            hidden = [other for second, other, _ in keys[at + 1 :] if first <= second]
            assert set(hidden) <= {name}
