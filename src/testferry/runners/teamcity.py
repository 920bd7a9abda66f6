"""TeamCity: service messages.

``jetbrains.com/help/teamcity``, "Service messages": ``##teamcity[name key='value' …]``; in values
``|``, ``'``, ``[``, ``]``, line ends and what is not ASCII are escaped with ``|``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from testferry.runners import Ended, Telling
from testferry.runners.facts import Weight, facts, notes
from testferry.text import clean

_ESCAPED = {"|": "||", "'": "|'", "[": "|[", "]": "|]", "\n": "|n", "\r": "|r"}
_STATUS = {Weight.ERROR: "WARNING", Weight.WARNING: "WARNING", Weight.NOTICE: "NORMAL"}


def tell(ended: Ended, environment: Mapping[str, str]) -> Telling:
    """The verdict in the build's status, parameters for later steps, what was refused."""
    return Telling(tuple(_lines(ended)))


def fold(title: str, now: float) -> tuple[str, str]:
    """A block of the log."""
    name = _value(title)
    return f"##teamcity[blockOpened name='{name}']", f"##teamcity[blockClosed name='{name}']"


def _lines(ended: Ended) -> Iterator[str]:
    yield f"##teamcity[buildStatus text='{{build.status.text}}; {_value(ended.verdict)}']"
    for name, value in facts(ended.outcome, ended.flags).items():
        yield f"##teamcity[setParameter name='testferry.{name}' value='{_value(value)}']"
    for note in notes(ended):
        text = _value(f"{note.title}: {note.text}")
        yield f"##teamcity[message text='{text}' status='{_STATUS[note.weight]}']"


def _value(text: str) -> str:
    return "".join(_escaped(character) for character in clean(text))


def _escaped(character: str) -> str:
    if character in _ESCAPED:
        return _ESCAPED[character]
    if character.isascii():
        return character
    wire = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"|0x{wire[at : at + 2].hex()}" for at in range(0, len(wire), 2))
