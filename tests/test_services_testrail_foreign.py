"""What users of trcli type is answered with what does the same here."""

from __future__ import annotations

import re

import pytest

from testferry.option import flag_of, options_of
from testferry.services.testrail import Options
from testferry.services.testrail.foreign import FOREIGN


@pytest.mark.parametrize("typed", ["-y", "-f", "--case-matcher", "-a", "--test-run-ref"])
def test_the_words_of_every_day_have_an_answer(typed: str) -> None:
    assert FOREIGN[typed]


def test_an_option_that_is_named_in_an_answer_is_there() -> None:
    ours = {flag_of(name, each) for name, each in options_of(Options).items()}
    common = {
        "--url", "--token-file", "--config", "--batch-size", "--timeout", "--output", "--ca-bundle",
    }  # fmt: skip
    for words in FOREIGN.values():
        for flag in re.findall(r"(?<![\w-])--[a-z][a-z-]+", words):
            assert flag in ours | common, words
