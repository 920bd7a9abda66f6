"""Sections and cases that are missing are made once; a case that lacks a field is not asked for."""

from __future__ import annotations

from rail import neutral
from testferry.services.testrail.creations import Maker, judge
from testferry.services.testrail.fields import Field
from testferry.services.testrail.match import Cases
from testferry.services.testrail.read import Catalogue
from testferry.services.testrail.wish import Plan, Wish


def test_tests_of_one_identity_share_a_case_and_sections_are_nested() -> None:
    made = Plan()
    catalogue = Catalogue(cases=Cases("name"), sections={5: ("a", None)})
    maker = Maker(catalogue, Wish(section="a"), made)
    first = maker.place(neutral("t", suite=["b", "c"]))
    assert maker.place(neutral("t", suite=["b", "c"])) == first == "@0"
    assert maker.place(neutral("t", suite=["b"])) == "@1"
    assert made.sections == [
        {"place": "#0", "parent": "5", "name": "b"},
        {"place": "#1", "parent": "#0", "name": "c"},
    ]


def test_no_section_is_made_for_cases_that_cannot_be_made() -> None:
    for fields, refused in (({}, ["@0"]), ({"custom_kind": "1"}, [])):
        made = Plan()
        wish = Wish(case_fields=fields, uncreatable=(Field("custom_kind", required=True),))
        Maker(Catalogue(cases=Cases("name")), wish, made).place(neutral("t", suite=["b"]))
        judge(made, wish)
        assert list(made.refused) == refused
        assert bool(made.sections) is not bool(refused)
