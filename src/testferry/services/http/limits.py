"""How many results a service takes at once, as its refusals say: "maximum allowed is 100"."""

from __future__ import annotations

import re

_OTHER = r"(?:bytes|[kmg]i?b\b|characters?|chars|ms|seconds?)"  # units of other limits
_PER = r"(?:\s*\w{1,12})?\s*(?:/|per|an?|each|every)\s*(?:second|minute|hour|day|month)"  # a rate
_NUMBER = rf"(?P<most>[1-9][0-9]{{0,5}})(?![0-9]|\.[0-9]|\s*{_OTHER}|{_PER})"
# What is counted must be said: a name may be too long, too.
_COUNTED = (
    r"(?:rows?|items?|results?|records?|requests?|entries|documents?|docs|elements?|tests?|events?"
    r"|objects?|operations?|points?|batch(?:es)?|arrays?|lists?|the length)"
)
_BOUND = (
    r"(?:max(?:imum)?(?:imal)?|at most|more than|limit(?:ed)?|up to|exceeds?|exceeded|allowed|only"
    r"|less than or equal to|<=|\u2264)"
)
_SAID = (
    re.compile(rf"\btoo many {_COUNTED}\b[^.;]{{0,60}}?\b{_NUMBER}", re.IGNORECASE),
    re.compile(
        rf"\b{_COUNTED}\b[^.;]{{0,40}}?\b{_BOUND}\b[^.;0-9]{{0,24}}{_NUMBER}", re.IGNORECASE
    ),
    re.compile(rf"\b{_BOUND}\b[^.;0-9]{{0,24}}{_NUMBER}\s+{_COUNTED}\b", re.IGNORECASE),
    # As "maximum batch size is 50", "the maximum number of records (50)" and maxItems say it.
    re.compile(
        rf"\bmax(?:imum)?(?:[ _]number[ _]of)?[ _]?{_COUNTED}[^.;0-9]{{0,16}}{_NUMBER}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b{_COUNTED}[^.]{{0,30}}?(?:\blimit\b|<=|\u2264)[^.;0-9]{{0,8}}{_NUMBER}", re.IGNORECASE
    ),
    # As "you sent 500 results, but 50 is the maximum" and "batch too large (500 > 50)" say it.
    re.compile(
        rf"\b{_COUNTED}\b[^.]{{0,40}}?\b{_NUMBER} is the (?:max(?:imum)?|limit)\b", re.IGNORECASE
    ),
    re.compile(rf"\b{_COUNTED}\b[^.;]{{0,30}}?\b[0-9]{{1,6}} ?> ?{_NUMBER}", re.IGNORECASE),
)
_LOOKED_THROUGH = 2000  # characters of the words


def most_of(words: str, count: int) -> int | None:
    """How many results at once the words of a refusal allow; None if they speak of no such limit,
    or of none that ``count`` results are above.
    """
    for pattern in _SAID:
        found = pattern.search(words[:_LOOKED_THROUGH])
        if found and int(found["most"]) < count:
            return int(found["most"])
    return None


def portions(count: int, most: int) -> tuple[frozenset[int], ...]:
    """The places of ``count`` results, ``most`` at a time."""
    starts = range(0, count, most)
    return tuple(frozenset(range(start, min(start + most, count))) for start in starts)


def apart(names: list[str]) -> tuple[frozenset[int], ...]:
    """The places of results in portions none of which has one name twice."""
    made: list[set[int]] = []
    times: dict[str, int] = {}
    for place, name in enumerate(names):
        at = times.get(name, 0)
        times[name] = at + 1
        if at == len(made):
            made.append(set())
        made[at].add(place)
    return tuple(map(frozenset, made))
