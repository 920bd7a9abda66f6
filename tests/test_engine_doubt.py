"""What a look proves, look by look, and when the next one is due."""

from __future__ import annotations

import pytest

from testferry.engine.doubt import LOOKS, Doubt, Proof
from testferry.engine.verdict import CannotTell, Finding, NotThere, PartlyThere, There

SETTLE = 90.0
SOME, OTHER = PartlyThere(frozenset({1})), PartlyThere(frozenset({1, 2}))


def doubt(*, working: bool = True) -> Doubt:
    return Doubt(left=0.0, next_look=1.0, resend_at=0.0, working=working)


def proofs(seen: Doubt, *looks: tuple[float, Finding]) -> list[Proof]:
    return [seen.looked(finding, now, SETTLE) for now, finding in looks]


def test_there_counts_at_the_first_look() -> None:
    assert proofs(doubt(), (1.0, There())) == [Proof.THERE]


def test_not_there_takes_two_looks_and_the_settling_time() -> None:
    looks: list[tuple[float, Finding]] = [
        (1.0, NotThere()),
        (5.0, NotThere()),
        (89.0, NotThere()),
        (90.0, NotThere()),
    ]
    assert proofs(doubt(), *looks) == [Proof.NOTHING_YET] * 3 + [Proof.NOT_THERE]
    assert proofs(doubt(), (95.0, NotThere()))[0] is Proof.NOTHING_YET, "one look is none"


def test_an_answered_500_takes_two_looks() -> None:
    answered = doubt(working=False)
    assert proofs(answered, (1.0, NotThere()), (5.0, NotThere()))[-1] is Proof.NOT_THERE


def test_once_a_lag_was_seen_the_whole_settling_time_passes() -> None:
    answered = doubt(working=False)
    behind = CannotTell("behind", lagging=True)
    looks: list[tuple[float, Finding]] = [
        (1.0, behind),
        (5.0, NotThere()),
        (15.0, NotThere()),
        (90.0, NotThere()),
    ]
    assert proofs(answered, *looks) == [Proof.NOTHING_YET] * 3 + [Proof.NOT_THERE]


def test_what_costs_nothing_twice_is_not_waited_for() -> None:
    assert proofs(doubt(), (1.0, NotThere(retry_at_once=True))) == [Proof.NOT_THERE]


def test_a_part_is_believed_only_if_it_stays_the_same() -> None:
    assert proofs(doubt(), (1.0, SOME), (90.0, SOME))[-1] is Proof.IN_PART
    assert proofs(doubt(), (1.0, SOME), (90.0, OTHER))[-1] is Proof.NOTHING_YET


def test_replicas_that_disagree_for_ever_prove_nothing_and_end() -> None:
    seen, now = doubt(), 1.0
    for number in range(50):
        proof = seen.looked(SOME if number % 2 else OTHER, now, SETTLE)
        if proof is not Proof.NOTHING_YET:
            break
        now = max(now + 1.0, seen.next_look)
    assert (proof, number < 20) == (Proof.NONE, True)


def test_looks_that_fail_are_given_up_only_after_the_settling_time() -> None:
    trouble = CannotTell("503")
    seen = doubt()
    early: list[tuple[float, Finding]] = [(float(at), trouble) for at in range(1, 9)]
    assert set(proofs(seen, *early)) == {Proof.NOTHING_YET}
    assert proofs(seen, (91.0, trouble)) == [Proof.NONE]
    assert proofs(doubt(), (1.0, CannotTell("no such list", again=False))) == [Proof.NONE]


@pytest.mark.parametrize(("looks", "due"), [(1, LOOKS[1]), (2, LOOKS[2]), (4, 90.0)])
def test_looks_come_at_growing_distances_up_to_the_settling_time(looks: int, due: float) -> None:
    seen = doubt()
    for number in range(looks):
        seen.looked(NotThere(), LOOKS[number], SETTLE)
    assert seen.next_look == due


def test_a_wait_that_the_service_names_is_kept_before_the_next_look() -> None:
    seen = doubt()
    seen.looked(CannotTell("429", wait=30.0), 1.0, SETTLE)
    assert seen.next_look == 31.0
