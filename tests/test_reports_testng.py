from __future__ import annotations

from fakes import of

RUN = "<testng-results failed='{0}'><suite name='s'><test name='x'><class name='A'>{1}</class></test></suite></testng-results>"
UP = "<test-method name='up' is-config='true' status='FAIL'><exception class='E'><message>db</message></exception></test-method>"


def test_a_configuration_that_failed_is_an_error_only_if_nothing_else_shows_it() -> None:
    _, alone = of(RUN.format(0, UP + "<test-method name='a' status='SKIP'/>"))
    assert [(one.severity, one.code) for one in alone.problems] == [("error", "outside-failure")]
    found, beside = of(RUN.format(1, UP + "<test-method name='a' status='FAIL'/>"))
    assert [(one.severity, one.code) for one in beside.problems] == [("warning", "outside-failure")]
    assert [(one.name, one.synthetic, one.message) for one in found if one.synthetic] == [
        ("up", True, "db")
    ]


def test_tries_are_attempts_of_the_last() -> None:
    tries = (
        "<test-method name='a' status='SKIP' retried='true'/><test-method name='a' status='PASS'/>"
    )
    found, _ = of(RUN.format(0, tries))
    assert [(str(one.status), one.attempts, one.flaky, one.retried) for one in found] == [
        ("passed", 2, True, True)
    ]
