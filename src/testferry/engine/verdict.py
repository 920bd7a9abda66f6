"""What an answer means. A value with a reason, never a bare bool."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Accepted:
    """Applied. ``remote`` is what the service calls what it made."""

    remote: dict[str, Any] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Refused for good, and nothing of it was applied. ``culprits`` are the places of the results
    that the service names.

    ``alike``: by its words it would be said of every result, so a second one is proof enough.
    """

    reason: str
    culprits: tuple[int, ...] = ()
    too_large: bool = False
    alike: bool = False
    unasked: bool = False  # the service was not even asked: what it needs is not there


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not applied; again after ``wait`` seconds. ``pause`` holds every worker of the service.

    ``exhausted``: the attempts that the service's documents grant are used up: put aside.
    ``refused_pace``: this was a 429; ``asked``: the answer itself named the wait.
    """

    reason: str
    wait: float
    pause: bool = False
    exhausted: bool = False
    refused_pace: bool = False
    asked: bool = False


@dataclass(frozen=True, slots=True)
class InDoubt:
    """May have been applied. ``working``: the service may still be at it (a lost answer, 502, 504;
    not an answered 500).
    """

    reason: str
    wait: float = 0.0
    working: bool = True
    exhausted: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Ends the upload; what is left stays pending. ``exit_code`` 5: credentials, address; 75: a
    limit, an outage.

    ``doubtful``: the answer does not say whether this very request was applied (a web page with
    status 200).
    """

    reason: str
    exit_code: int = 5
    hint: str = ""
    doubtful: bool = False


Verdict = Accepted | Rejected | Deferred | InDoubt | Refused


@dataclass(frozen=True, slots=True)
class There:
    """Looking found it: applied in full."""

    remote: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NotThere:
    """Looking did not find it; whether that counts is for the scheduler to say (the settling
    time).
    """

    retry_at_once: bool = (
        False  # nothing is lost if it turns up later: no need to wait for it to settle
    )


@dataclass(frozen=True, slots=True)
class PartlyThere:
    """Looking found these places of the batch, and not the others."""

    found: frozenset[int]


@dataclass(frozen=True, slots=True)
class CannotTell:
    """Looking did not settle it. ``again`` is False where looking once more cannot help either."""

    reason: str
    again: bool = True


Finding = There | NotThere | PartlyThere | CannotTell
