"""References of cases: what a test names goes to the case that is made for it and, if the user says
so, to the case that there is. What a case has stays.

Facts (trcli's source): a case's references are a text of at most 2,000 characters with commas
between them, a run's of at most 250.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from testferry.engine.verdict import Rejected
from testferry.model import Result
from testferry.services.testrail.match import case_field
from testferry.services.testrail.read import Stopped
from testferry.text import listed

REFERENCES = "references"
LONGEST = 2000
_NAMES = ("refs", "testrail_refs")


def refs_of(result: Result) -> list[str]:
    """The references that a test names, each once, in order."""
    found: list[str] = []
    for name, value in result.properties:
        said = case_field(name, value)
        if name in _NAMES:
            found += listed(value)
        elif said and said[0] == "refs":
            found += listed(said[1])
    return list(dict.fromkeys(found))


def joined(have: str, wanted: Iterable[str]) -> str:
    """What a case has, and what it lacks; empty if it lacks nothing."""
    known = listed(have)
    more = [word for word in wanted if word not in known]
    if not more:
        return ""
    return ",".join([*known, *more])


def lacking(
    shown: Mapping[str, object],
    body: Mapping[str, Any],
) -> dict[str, object]:
    """The change that gives a case the references that it lacks; empty if it lacks none. Raises
    Stopped for more than it holds.
    """
    refs = joined(str(shown.get("refs") or ""), body["refs"])
    if not refs:
        return {}
    if len(refs) > LONGEST:
        words = f"C{body['case']}: its references would have more than {LONGEST:,} characters"
        raise Stopped(Rejected(words))
    return {"refs": refs}
