"""What a dialect says, as records. Where they come from is ``load.py``'s business, what follows
from them ``interpret.py``'s.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from testferry.dialects.waits import Wait

MESSAGE = ("/message", "/error/message", "/error")
RETRY_AFTER = ("retry-after",)
SHARE = 0.8


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``limit`` requests in any ``per`` seconds."""

    limit: int
    per: float


@dataclass(frozen=True, slots=True)
class Matcher:
    """Which answers a rule is for: all of it has to hold."""

    # ``429``, ``5xx``; one of them
    status: tuple[str, ...]
    # the error codes of the body of which one must be there; none: whatever it is
    code: tuple[str, ...] = ()
    headers: tuple[tuple[str, re.Pattern[str]], ...] = ()
    # whether the answer must, or must not, name a wait; None: either
    retry_after: bool | None = None
    # whether the body must, or must not, be a web page; None: either
    html: bool | None = None
    # what must be found in the words of the body; None: whatever they are
    words: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of a service's error table: what it is for, and what is to be done then."""

    matcher: Matcher
    kind: str
    # one of ``load.ACTIONS``
    action: str
    # the sentence of the service's document
    source: str
    reason: str = ""
    # the name of a wait, for ``retry``
    wait: str = ""
    # the request may have been applied all the same
    ambiguous: bool = False


@dataclass(frozen=True, slots=True)
class Places:
    """Where in an answer things stand."""

    # JSON pointers to the service's own words; the first that holds some counts
    message: tuple[str, ...] = MESSAGE
    # JSON pointers to an error code
    code: tuple[str, ...] = ()
    # a JSON pointer to what the words leave out
    details: str = ""
    # names of headers that say when to come back, in lower case, with wildcards
    retry_after: tuple[str, ...] = RETRY_AFTER


@dataclass(frozen=True, slots=True)
class Dialect:
    """One service's errors, waits, rate windows and authentication."""

    name: str
    # the first that matches decides; the last ones match everything
    rules: tuple[Rule, ...]
    waits: Mapping[str, Wait]
    places: Places = Places()
    # one of ``load.AUTH_KINDS``
    auth: str = "bearer"
    # the header that takes the key, for the kind ``header``
    auth_header: str = ""
    # sent with every request
    headers: Mapping[str, str] = field(default_factory=dict)
    windows: tuple[Window, ...] = ()
    # the part of a window that one upload takes
    share: float = SHARE
    # seconds between two requests
    min_interval: float = 0.0

    @property
    def attempts(self) -> int:
        """Count the sends of one request that the documents grant at most."""
        return max((wait.attempts for wait in self.waits.values()), default=Wait().attempts)
