"""What an answer means, and what a look found. Values with a reason, never a bare bool, never
parsed out of a sentence.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from testferry.exit_codes import LATER, REFUSED
from testferry.submission import Items, Submission

TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class Accepted:
    """Applied. ``remote`` is what the service calls what it made."""

    remote: dict[str, object] = field(default_factory=dict)
    reason: str = ""
    rows: tuple[tuple[Submission, Items], ...] = ()  # what has to be sent because of it


@dataclass(frozen=True, slots=True)
class Rejected:
    """Refused, and nothing of it was applied."""

    reason: str
    culprits: tuple[int, ...] = ()  # the places of the results that the service names
    reasons: Mapping[int, str] = field(default_factory=dict)  # the service's words on each of them
    # It is sent anew, cut into these portions of its places: the service, or the form of its body,
    # takes no more at once.
    portions: tuple[frozenset[int], ...] = ()
    too_large: bool = False
    # By its words it would be said of every result: a second one is proof enough.
    alike: bool = False
    closed: bool = False  # the service says that what was to be filled is closed
    # The service was not even asked: what the request needs is not there.
    unasked: bool = False
    wait: float = 1.0  # seconds before another try, if an earlier one may have been applied


@dataclass(frozen=True, slots=True)
class Sorted:
    """Each result was answered for itself: those at these places were not taken, the others were.

    ``refused`` and ``later`` (not applied, again after ``wait`` seconds) have the service's words
    by the places of the results.
    """

    reason: str
    refused: Mapping[int, str] = field(default_factory=dict)
    later: Mapping[int, str] = field(default_factory=dict)
    wait: float = 1.0
    # Each result has a key of its own: what an earlier try applied would be answered as taken, so
    # a refusal holds although that try may have been applied.
    keyed: bool = False


@dataclass(frozen=True, slots=True)
class Again:
    """It did not arrive, or nobody knows: again after ``wait`` seconds, if it is not there then."""

    reason: str
    wait: float = 0.0
    asked: bool = False  # the answer itself named the wait: nothing is asked before it is over
    exhausted: bool = False  # the attempts that the service's documents grant are used up
    down: bool = False  # no connection, or a gateway without its service
    cure: str = ""  # what the user can do, if time will not mend it

    @property
    def asked_for(self) -> float:
        """Seconds that the answer itself named."""
        return self.wait if self.asked else 0.0


@dataclass(frozen=True, slots=True)
class Deferred(Again):
    """Not applied."""

    pause: bool = False  # holds every worker of the service
    refused_pace: bool = False  # this was a 429


@dataclass(frozen=True, slots=True)
class InDoubt(Again):
    """May have been applied."""

    # The service may still be at it (a lost answer, 502, 504; not an answered 500).
    working: bool = True
    unclear: bool = False  # a success whose body does not say what became of it


@dataclass(frozen=True, slots=True)
class Refused:
    """Ends the upload; what is left stays pending.

    ``exit_code`` 5: credentials, address, project; 2: a word of the user's that the service does
    not know; 75: a limit, an outage. ``status`` is the answer's, 0 if there was none.
    """

    reason: str
    exit_code: int = REFUSED
    hint: str = ""
    status: int = 0
    outage: bool = False  # nobody answered
    closed: bool = False  # the run takes no more results
    # The answer does not say whether this very request was applied (a web page with status 200).
    doubtful: bool = False
    wait: float = 0.0  # seconds for which the service asks to be left alone; 0 if it names none
    # What the next command has to say: without it, it would end in the same way.
    needs: str = ""


Verdict = Accepted | Rejected | Sorted | Deferred | InDoubt | Refused
_WAIT = "try again later"


def exit_code_of(verdict: Verdict) -> int:
    """How a command ends that cannot go on because of it: 75 if time alone mends it, 5 if not."""
    match verdict:
        case Refused():
            return verdict.exit_code
        case Deferred() | InDoubt() if not verdict.cure:
            return LATER
    return REFUSED


def cure_of(verdict: Verdict, cure: str = "") -> str:
    """What the user can do about it. ``cure`` is that of a refusal (5): who asked knows what it was
    about, the verdict only the status.
    """
    match verdict:
        case Refused() if verdict.hint and not (cure and verdict.exit_code == REFUSED):
            return verdict.hint
        case Deferred() | InDoubt():
            return verdict.cure or _WAIT
    return cure


def hidden(verdict: Verdict, hide: Callable[[str], str]) -> Verdict:
    """The verdict without the secret, which a service may have put into its words."""
    told: Verdict = verdict
    match verdict:
        case Accepted() if _repeats(verdict.remote, hide):
            return InDoubt(_REPEATED, working=False)
        case Sorted():
            told = replace(
                verdict,
                refused={place: hide(words) for place, words in verdict.refused.items()},
                later={place: hide(words) for place, words in verdict.later.items()},
            )
        case Rejected():
            reasons = {place: hide(words) for place, words in verdict.reasons.items()}
            told = replace(verdict, reasons=reasons)
    return replace(told, reason=hide(told.reason))


# What a service calls what it made is shown and kept, and has to be itself when it is sent back.
_REPEATED = "the service calls what it made by the secret it was sent"


def _repeats(remote: Mapping[str, object], hide: Callable[[str], str]) -> bool:
    """Whether a text among the service's names holds the secret; a number is nobody's secret."""
    texts = (value for value in remote.values() if isinstance(value, str) and not value.isdigit())
    return any(hide(text) != text for text in texts)


@dataclass(frozen=True, slots=True)
class There:
    """Looking found it: applied in full."""

    remote: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class NotThere:
    """Looking did not find it; whether that counts is for ``Doubt`` to say (the settling time)."""

    # Nothing is lost if it turns up later: there is no need to wait for it to settle.
    retry_at_once: bool = False
    remote: dict[str, Any] = field(default_factory=dict)  # what the row notes, once it is believed


@dataclass(frozen=True, slots=True)
class PartlyThere:
    """Looking found these places of the batch, and not the others."""

    found: frozenset[int]


@dataclass(frozen=True, slots=True)
class CannotTell:
    """Looking did not settle it."""

    reason: str
    again: bool = True  # False: looking once more cannot help either
    lagging: bool = False  # what the service shows is behind what it has acknowledged
    wait: float = 0.0  # seconds that the service asked for before the next look


Finding = There | NotThere | PartlyThere | CannotTell


def hidden_in(finding: Finding, hide: Callable[[str], str]) -> Finding:
    """The finding without the secret."""
    match finding:
        case There() if _repeats(finding.remote, hide):
            return CannotTell(_REPEATED, again=False)
        case CannotTell():
            return replace(finding, reason=hide(finding.reason))
    return finding
