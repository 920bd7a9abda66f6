"""Values as reports write them, read without ever raising: durations, numbers, attachments."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote

from testferry.text import first_line

_SECONDS_OF = {
    "d": 86400.0,
    "h": 3600.0,
    "m": 60.0,
    "s": 1.0,
    "ms": 1e-3,
    "us": 1e-6,
    "ns": 1e-9,
}
# How people and tools spell the units.
_UNITS = {
    "d": "d day days",
    "h": "h hr hrs hour hours",
    "m": "m min mins minute minutes",
    "s": "s sec secs second seconds",
    "ms": "ms msec msecs millis millisecond milliseconds",
    "us": "us µs μs usec usecs micros microsecond microseconds",
    "ns": "ns nsec nsecs nanos nanosecond nanoseconds",
}
_UNIT = {spelt: _SECONDS_OF[unit] for unit, words in _UNITS.items() for spelt in words.split()}

_LONGEST = 64
_PLAIN = re.compile(r"[+-]?[0-9]{1,30}(?:[.,][0-9]{1,30}){0,9}(?:[eE][+-]?[0-9]{1,3})?", re.ASCII)
_CLOCK = re.compile(
    r"(?:([0-9]{1,6})\.)?(?:([0-9]{1,6}):)?([0-9]{1,6}):([0-9]{1,6}(?:[.,][0-9]{1,12})?)", re.ASCII
)
_PART = re.compile(r"([0-9]{1,20}(?:[.,][0-9]{1,20})?)\s{0,3}([a-zµμ]{1,12})[\s,]{0,3}")
_ISO = re.compile(
    r"P(?:([0-9]{1,6})D)?(?:T(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?"
    r"(?:([0-9]{1,12}(?:[.,][0-9]{1,12})?)S)?)?",
    re.ASCII,
)
# Words for "there is none": nothing is lost with them.
_NONE = frozenset(
    {
        "",
        "-",
        "--",
        "n/a",
        "na",
        "none",
        "null",
        "unknown",
    }
)


class Durations:
    """Reads the durations of one file, in whatever form it writes them.

    Whether a lone comma is a decimal one is decided for the whole file.
    """

    def __init__(self) -> None:
        self.odd = 0  # how many were no durations
        self._decimal_comma = False

    def seconds(self, text: str | None) -> float | None:
        """Return the seconds of a duration, None if it is none."""
        if text is None:
            return None
        found = self._seconds(text)
        if found is None and text.strip().lower() not in _NONE:
            self.odd += 1
        return found

    def _seconds(self, text: str) -> float | None:
        text = text.replace("\u00a0", " ").strip()
        if not text or len(text) > _LONGEST:
            return None
        if _PLAIN.fullmatch(plain := text.replace(" ", "")):
            return _finite(self._number(plain))
        if match := _CLOCK.fullmatch(text):
            return _clock(match)
        if text[0] in "Pp" and (match := _ISO.fullmatch(text.upper())) and any(match.groups()):
            days, hours, minutes, seconds = (float(_pointed(part)) for part in match.groups())
            return ((days * 24 + hours) * 60 + minutes) * 60 + seconds
        return _parts(text.lower())

    def _number(self, text: str) -> float:
        """Read a number with any separators: the last one is the decimal."""
        point, comma = text.rfind("."), text.rfind(",")
        if comma >= 0 and point < 0:
            groups = text.lstrip("+-").split(",")
            if len(groups) == 2 and (groups[0] == "0" or len(groups[1]) != 3):
                self._decimal_comma = True
            if self._decimal_comma and len(groups) == 2:
                text = text.replace(",", ".")
            else:
                text = text.replace(",", "")
        elif comma > point:  # 1.234,5
            text = text.replace(".", "").replace(",", ".")
        else:  # 1,234.5
            text = text.replace(",", "")
        try:
            return float(text)
        except ValueError:
            return math.nan


def seconds(text: str | None) -> float | None:
    """Return the seconds of a duration that stands alone; a lone comma is a decimal one.

    What is none is not a number: ``ReportSummary.see`` tells it and leaves it out.
    """
    reader = Durations()
    reader._decimal_comma = True  # noqa: SLF001 - of the class above
    found = reader.seconds(text)
    if reader.odd:
        return math.nan
    return found


def _pointed(part: str | None) -> str:
    return (part or "0").replace(",", ".")


def _finite(found: float) -> float | None:
    if math.isfinite(found):
        return found
    return None


def _clock(match: re.Match[str]) -> float:
    """Add up ``[days.][hours:]minutes:seconds``."""
    days, hours, minutes, rest = (float(_pointed(part)) for part in match.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + rest


def _parts(text: str) -> float | None:
    """Add up ``1h 2m 3.5s``, ``2m39.18s``, ``350 ms``; None if anything else stands there."""
    total, at = 0.0, 0
    while at < len(text):
        match = _PART.match(text, at)
        factor = _UNIT.get(match[2]) if match else None
        if match is None or factor is None:
            return None
        total += float(_pointed(match[1])) * factor
        at = match.end()
    return total


def whole_number(text: str | None) -> int | None:
    """Return a whole number of at most twelve digits, None if it is none."""
    if text is None:
        return None
    if len(text) < 13 and text.isdigit() and text.isascii():  # nearly every one
        return int(text)
    text = text.strip()
    digits = text.lstrip("+-")
    if digits.isdigit() and digits.isascii() and len(digits) < 13 and len(text) - len(digits) < 2:
        return int(text)
    return None


def numbers(attributes: Mapping[str, str], *names: str) -> int:
    """Return the sum of those attributes that are whole numbers."""
    total = 0
    for name in names:
        total += max(0, _claimed(attributes.get(name)))
    return total


def _claimed(said: str | None) -> int:
    """Read a count, be it written as `1.0` or `3,0`; 0 if it is no number."""
    number = whole_number(said)
    if number is not None or not said:
        return number or 0
    try:
        return int(float(said.replace(",", ".")))
    except (ValueError, OverflowError):
        return 0


# --- attachments

_OPENING = "[[ATTACHMENT|"
_ATTACHING = ("attachment", "testrail_attachment")


def attachments_in(output: str) -> Iterator[str]:
    """Yield the paths of every ``[[ATTACHMENT|path]]``, wherever on a line it stands.

    A path may hold brackets: those that are open in it are closed before it ends.
    """
    at = output.find(_OPENING)
    while at >= 0:
        begin = at + len(_OPENING)
        stop = output.find("\n", begin)
        following = output.find(_OPENING, begin)
        ends = [place for place in (stop, following) if place >= 0]
        line = output[begin : min(ends, default=len(output))]
        if path := _up_to_its_end(line):
            yield local(path)
        at = following


def _up_to_its_end(line: str) -> str:
    depth = 0
    for at, letter in enumerate(line[:4096]):
        if letter == "[":
            depth += 1
        elif letter == "]" and depth:
            depth -= 1
        elif letter == "]" and line[at + 1 : at + 2] == "]":
            return line[:at].strip()
    # brackets that do not match: the first end counts
    path, closed, _ = line.partition("]]")
    if closed:
        return path.strip()
    return ""


def local(path: str) -> str:
    """Return the path that a ``file://`` address names, anything else as it is."""
    if path[:7].lower() != "file://":
        return path
    rest = unquote(path[7:])
    if rest.startswith("localhost/"):
        rest = rest.removeprefix("localhost")
    # file:///C:/x
    if re.match(r"/[A-Za-z]:[/\\]", rest):
        return rest[1:]
    return rest


def attached(
    outputs: Iterable[tuple[str, str]], properties: list[tuple[str, str]], seen: Counter[str]
) -> tuple[str, ...]:
    """Return the attachments that a test's outputs and properties name; ``seen`` counts where."""
    found: dict[str, None] = {}
    for place, output in outputs:
        if _OPENING not in output:
            continue
        for path in attachments_in(output):
            if path not in found:
                found[path] = None
                seen[place] += 1
    for name, value in properties:
        if name.startswith(_ATTACHING) and value and local(value) not in found:
            found[local(value)] = None
            seen[f"property {name}"] += 1
    return tuple(found)


_TELLING = re.compile(r"error|exception|fail|fatal|panic|refused|abort", re.IGNORECASE)


def cause_in(output: str) -> str:
    """Return the line of an output that tells most of why something failed, empty if none does."""
    for line in output[:20_000].splitlines():
        if _TELLING.search(line):
            return first_line(line)
    return first_line(output[:20_000])
