"""What was found of an upload's results: its cases, and the files that belong to them."""

from __future__ import annotations

from rail import LABEL, neutral
from testferry.services.testrail.item import outcome
from testferry.services.testrail.wish import OfCase, Plan


def test_the_cases_that_there_are_and_the_files_of_all() -> None:
    ended = outcome(neutral("t", attachments=["a.png", "b.png"], base="/r"), LABEL, {})
    made = Plan(cases={7: OfCase([ended]), "@0": OfCase([ended])})
    assert made.existing == [7]
    assert list(made.files) == [("a.png", "/r"), ("b.png", "/r")] * 2
