"""The text in an element: all of it, stripped, and never more than anybody reads."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from testferry.reports.xmltext import LONGEST_TEXT, all_text, cut, text_of


def test_all_text_goes_through_the_children() -> None:
    assert all_text(ET.fromstring("<a> one<b> two</b> three </a>")) == "one two three"
    assert all_text(ET.fromstring("<a/>")) == ""
    assert all_text(None) == ""


def test_a_long_text_keeps_its_head_and_its_tail() -> None:
    text = all_text(ET.fromstring(f"<a>head{'x' * 3 * LONGEST_TEXT}tail</a>"))
    assert text.startswith("head")
    assert text.endswith("tail")
    assert len(text) < 2 * LONGEST_TEXT + 10


def test_a_child_that_there_is_not_has_no_text() -> None:
    suite = ET.fromstring("<a><b> said </b></a>")
    assert text_of(suite, "b") == "said"
    assert text_of(suite, "c") == text_of(None, "b") == ""


def test_a_text_that_is_cut_again_has_one_gap() -> None:
    once = cut("a" * LONGEST_TEXT + "b" * LONGEST_TEXT + "c" * LONGEST_TEXT)
    assert once == "a" * LONGEST_TEXT + "\n[…]\n" + "c" * LONGEST_TEXT
    again = cut(once + "d" * LONGEST_TEXT)
    assert again == "a" * LONGEST_TEXT + "\n[…]\n" + "d" * LONGEST_TEXT
    assert cut(once) == once
