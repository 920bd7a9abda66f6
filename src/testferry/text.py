"""Text from elsewhere, made safe to show and small enough to send. Pure functions."""

from __future__ import annotations

import re
import unicodedata

MARK = "\n\n[… {left_out:,} characters left out by testferry …]\n\n"

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and newline, DEL, C1
    # bidi controls, zero width, line separators
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ud800-\udfff"  # lone surrogates cannot be encoded
    "\U000e0000-\U000e007f]"  # tags
)
# What CI systems read as commands when it stands in a log: GitHub (`::cmd::` at the start of a
# line, `##[cmd]` anywhere),
# Azure (`##vso[`), TeamCity (`##teamcity[`), GitLab (`section_start:`).
_COMMAND_ANYWHERE = re.compile(r"##(?=\[|vso\[|teamcity\[)", re.IGNORECASE)
_COMMAND_AT_START = re.compile(r"^(\s*):(?=:)", re.MULTILINE)
_SECTION = re.compile(r"section_(start|end):", re.IGNORECASE)


def clean(text: str, *, one_line: bool = True) -> str:
    """Text that no terminal and no CI system can read as anything but text.

    Control characters become visible escapes (``\\x1b``), workflow commands are broken by a
    backslash. With ``one_line`` line breaks and tabs become visible too.
    """
    text = _UNSAFE.sub(_escape, text)
    text = _COMMAND_ANYWHERE.sub(r"#\\#", text)
    text = _COMMAND_AT_START.sub(r"\1\\:", text)
    text = _SECTION.sub(r"section\\_\1:", text)
    if one_line:
        text = text.replace("\n", "\\n").replace("\t", " ")
    return text


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def shorten(text: str, limit: int) -> str:
    """At most ``limit`` characters: the head and the tail with a visible mark of what was left out
    between them.
    """
    if len(text) <= limit:
        return text
    mark = MARK.format(left_out=len(text))  # never shorter than the mark with the true number
    room = limit - len(mark)
    if room < 2:
        return text[: max(0, limit - 1)] + "…"[:limit]
    head = room * 2 // 3
    tail = room - head
    return text[:head] + MARK.format(left_out=len(text) - room) + text[len(text) - tail :]


def first_line(text: str, limit: int = 200) -> str:
    """The first line that says something, cut at ``limit`` characters."""
    found = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return found if len(found) <= limit else found[: limit - 1] + "…"


def normal(text: str) -> str:
    """Names that look alike are alike (NFC), for keys and comparisons."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{4,16}\b|@[0-9a-f]{6,8}\b")


def steady(name: str) -> str:
    """A name without memory addresses, which differ from run to run:
    ``p[java.lang.Object@68d279ec]``.
    """
    return _ADDRESS.sub(
        lambda match: f"{match[0][:2] if match[0].startswith('0x') else '@'}…", name
    )


def count(number: int, noun: str, plural: str = "") -> str:
    """``1 result``, ``1,200 results``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def seconds(duration: float) -> str:
    """A duration for people: ``0.4 s``, ``12 s``, ``3 min 20 s``, ``2 h 5 min``."""
    if duration < 10:
        return f"{duration:.1f} s"
    whole = round(duration)
    minutes, rest = divmod(whole, 60)
    if not minutes:
        return f"{whole} s"
    hours, minutes_left = divmod(minutes, 60)
    if not hours:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    return f"{hours} h {minutes_left} min" if minutes_left else f"{hours} h"
