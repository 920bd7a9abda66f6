"""Worlds of several processes, jobs and machines, each decided by its seed: every result is there
once, no good one is rejected, nobody is stuck. `simulation.py` says how they are made.
"""

from __future__ import annotations

from pathlib import Path

import pytest

import simulation


@pytest.fixture
def memory(tmp_path: Path) -> str:
    """Where worlds write."""
    return str(tmp_path)


def wrong(seeds: range, place: str) -> dict[int, str]:
    """The worlds in which something is wrong, with what."""
    found = {seed: simulation.play(seed, place)[0] for seed in seeds}
    return {seed: words for seed, words in found.items() if words}


@pytest.mark.parametrize("first", [1, 76])
def test_a_hundred_and_fifty_worlds_come_to_their_right_end(first: int, memory: str) -> None:
    assert wrong(range(first, first + 75), memory) == {}


@pytest.mark.long
def test_thousands_of_worlds_come_to_their_right_end(memory: str) -> None:
    assert wrong(range(1_000, 6_000), memory) == {}


def test_a_seed_decides_its_world(memory: str) -> None:
    assert simulation.play(7, memory) == simulation.play(7, memory)


def test_a_world_tells_what_happened_in_it(memory: str) -> None:
    _, trace = simulation.play(1, memory)
    assert any("begins" in line for line in trace)
    assert any("ends with 0" in line for line in trace)
