from __future__ import annotations

from fakes import of, statuses

START = '{"type":"suite","event":"started","test_count":1}\n'


def test_a_test_that_takes_long_is_no_failure() -> None:
    slow = '{"type":"test","event":"timeout","name":"m::a"}\n'
    assert statuses(START + slow + '{"type":"test","event":"ok","name":"m::a"}\n') == [
        ("a", "passed")
    ]
    assert statuses(START + slow) == [("m::a", "error")], "unless it never ends"


def test_an_event_of_no_table_is_an_error() -> None:
    assert statuses(START + '{"type":"test","event":"wibble","name":"a"}\n') == [("a", "error")]


def test_a_suite_that_never_ends_is_told() -> None:
    _, summary = of(
        '{"type":"suite","event":"started","test_count":2}\n{"type":"test","event":"ok","name":"a"}\n'
    )
    assert [(one.severity, one.code) for one in summary.problems] == [("error", "unfinished")]
