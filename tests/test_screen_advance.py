"""How far an upload is, and when it ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from testferry.events import Progressed
from testferry.screen.advance import Advance


def progress(accepted: int, to_go: int, left: float | None = None, pending: int = 0) -> Progressed:
    return Progressed(accepted, 0, 0, pending, 9, 0, "", to_go, left)


def test_it_follows_the_results() -> None:
    advance = Advance(1200)
    advance.heed(progress(0, 8), 0.0)
    assert advance.percent == 0
    advance.heed(progress(600, 6), 1.0)
    assert advance.percent == 50
    advance.heed(progress(1200, 1), 2.0)
    assert advance.percent == 99, "something is left to do"
    advance.heed(progress(1200, 0), 3.0)
    assert advance.percent == 100


def test_it_moves_while_cases_are_made_and_no_result_has_gone_yet() -> None:
    advance = Advance(200)
    advance.heed(progress(0, 1), 0.0)
    advance.heed(progress(0, 204), 0.1)  # the plan is made
    assert advance.percent == 0
    advance.heed(progress(0, 102), 9.0)
    assert advance.percent == 50


@given(
    st.lists(
        st.tuples(
            st.floats(0.01, 60.0),
            st.integers(0, 50),
            st.one_of(st.none(), st.floats(0.0, 4000.0)),
        ),
        max_size=40,
    )
)
def test_what_is_left_never_counts_up_and_the_bar_never_goes_back(
    steps: list[tuple[float, int, float | None]],
) -> None:
    advance, now, shown, percent = Advance(100), 0.0, float("inf"), 0
    advance.heed(progress(0, 50, 4000.0), now)
    for spent, to_go, left in steps:
        now += spent
        advance.heed(progress(100 - to_go, to_go, left), now)
        assert advance.percent >= percent
        percent = advance.percent
        said = advance.left(now)
        if said is not None:
            assert 0 < said <= shown
            shown = said


def test_an_end_that_moves_away_is_not_told_until_it_is_near_again() -> None:
    advance = Advance(10)
    advance.heed(progress(1, 9, 10.0), 0.0)
    assert advance.left(1.0) == 9.0
    advance.heed(progress(1, 9, 60.0), 2.0)  # a pause
    assert advance.left(2.0) is None
    advance.heed(progress(8, 2, 1.0), 3.0)
    assert advance.left(3.0) == 1.0
    advance.heed(progress(9, 1, None), 3.5)
    assert advance.left(3.5) is None, "nobody can tell"
