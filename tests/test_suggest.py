"""Another word is offered if one is near."""

from __future__ import annotations

from testferry.suggest import choices, cure, nearest


def test_the_nearest_word() -> None:
    assert nearest("fialed", ["passed", "failed"]) == "did you mean failed?"
    assert nearest("FAILD", ["passed", "failed"]) == "did you mean failed?"
    assert nearest("zzz", ["passed", "failed"]) == ""


def test_the_cure_lists_what_may_be_said_and_asks() -> None:
    assert cure("use a or bcd", "bdc", ["a", "bcd"]) == "use a or bcd; did you mean bcd?"
    assert cure("use a or bcd", "xyz", ["a", "bcd"]) == "use a or bcd"


def test_words_are_listed_as_a_person_would() -> None:
    assert choices(["a"]) == "a"
    assert choices(["a", "b", "c"]) == "a, b or c"
