"""Packing results into batches, by count and by bytes at once. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from testferry.submission import Items, Label


@dataclass(frozen=True, slots=True)
class Limits:
    """At most ``count`` results and ``size`` bytes of encoded body; ``overhead`` is what the body
    needs besides its results.
    """

    count: int
    size: int
    overhead: int = 64


def batches(
    items: Iterable[tuple[bytes, Label]],
    limits: Limits,
) -> Iterator[Items]:
    """Batches in order, as full as both limits allow; a single result above the limit goes
    alone.
    """
    wire: list[bytes] = []
    labels: list[Label] = []
    size = limits.overhead
    for encoded, label in items:
        more = len(encoded) + 1  # the comma
        if wire and (len(wire) >= limits.count or size + more > limits.size):
            yield Items(tuple(wire), tuple(labels))
            wire = []
            labels = []
            size = limits.overhead
        wire.append(encoded)
        labels.append(label)
        size += more
    if wire:
        yield Items(tuple(wire), tuple(labels))
