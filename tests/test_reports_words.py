from __future__ import annotations

import pytest

from fakes import of
from testferry.model import Status
from testferry.reports.words import TABLE, detail_kind, status_of


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Passed", Status.PASSED),
        ("SUCCESS", Status.PASSED),
        ("NOT_RUN", Status.SKIPPED),
        ("not-executed", Status.SKIPPED),
        ("CANCELED", Status.SKIPPED),
        ("timed out", Status.FAILED),
        ("KO", Status.FAILED),
        ("crashed", Status.ERROR),
        ("wibble", None),
        ("", None),
        ("passed" * 100, None),
    ],
)
def test_words_in_any_spelling(word: str, status: Status | None) -> None:
    assert status_of(word) is status


RED = "interrupted aborted crashed killed errored exception KO nok undefined failed fail failure timeout broken"


@pytest.mark.parametrize("word", [*RED.split(), "NotExecuted", "pending", "anything", "42"])
def test_no_word_but_a_green_one_is_green_in_junit(word: str) -> None:
    found, _ = of(f"<testsuite><testcase name='a' classname='c' status='{word}'/></testsuite>")
    assert found[0].status is not Status.PASSED


@pytest.mark.parametrize("tag", [*RED.split(), "skip", "ignored", "disabled", "blocked", "wibble"])
def test_no_child_that_says_how_it_ended_is_green(tag: str) -> None:
    found, summary = of(
        f"<testsuite><testcase name='a' classname='c'><{tag} message='m'>t</{tag}></testcase></testsuite>"
    )
    assert found[0].status is not Status.PASSED
    assert found[0].message == "m" or "not known" in found[0].message
    assert summary.problems or tag in ("failure", "error", "skipped")


def test_the_table_holds_no_word_twice() -> None:
    assert set(TABLE.values()) == set(Status)
    assert all(word == word.lower() for word in TABLE)


def test_a_message_is_of_a_skip_only_if_the_test_was_skipped() -> None:
    kinds = {status: detail_kind(status) for status in Status}
    assert kinds.pop(Status.SKIPPED) == "skipped"
    assert set(kinds.values()) == {"failure"}
