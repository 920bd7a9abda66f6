"""Text from elsewhere, made safe to show and small enough to send. Pure functions."""

from __future__ import annotations

import re
import unicodedata

MARK = "\n\n[… {left_out:,} characters left out by testferry …]\n\n"

_LONGEST_NUMBER = 18  # digits
_CUT = "\n\n*Cut here: a summary of 1 MiB would be dropped as a whole.*\n"
_ROOM_FOR_THE_END = 2000  # bytes

_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and newline, DEL, C1
    # bidi controls, zero width, line separators
    "\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    # whatever else Unicode has shown as nothing (Default_Ignorable_Code_Point), and annotations
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0d\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\ud800-\udfff"  # lone surrogates cannot be encoded
    "\U000e0000-\U000e0fff]"  # tags, variations
    # how an emoji is drawn, where there is none
    "|(?<![#*0-9\u00a9-\u3299\U0001f000-\U0001faff])[\ufe0e\ufe0f]"
)
# What CI systems read as commands when it stands in a log: GitHub (`::cmd::` at the start of a
# line, `##[cmd]` anywhere), Azure (`##vso[`), TeamCity (`##teamcity[`), GitLab (`section_start:`),
# Buildkite (`---`, `+++`, `~~~`, `^^^` at the start of a line).
_COMMAND_ANYWHERE = re.compile(r"##(?=\[|vso\[|teamcity\[)", re.IGNORECASE)
_COMMAND_AT_START = re.compile(r"^([^\S\n]*+):(?=:)", re.MULTILINE)
_GROUP_AT_START = re.compile(r"^([^\S\n]*+)(?=---|\+\+\+|~~~|\^\^\^)", re.MULTILINE)
_SECTION = re.compile(r"section_(start|end):", re.IGNORECASE)
_UNBROKEN = re.compile(r"""[^\s'"]+""")
# Where a login begins in it: behind a scheme is anything, without one a name and a password.
_LOGIN = re.compile(r"(?<=//)|(?<![^/(@:])[^/(@:]+:")
_ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{4,16}\b|@[0-9a-f]{6,8}\b")


def clean(text: str, *, one_line: bool = True) -> str:
    """Make text that no terminal and no CI system can read as anything but text.

    Control characters become visible escapes (``\\x1b``), workflow commands are broken by a
    backslash. With ``one_line`` line breaks and tabs become visible too.
    """
    text = _UNSAFE.sub(_escape, text)
    if one_line:
        text = text.replace("\n", "\\n").replace("\t", " ")
    text = _COMMAND_ANYWHERE.sub(r"#\\#", text)
    text = _COMMAND_AT_START.sub(r"\1\\:", text)
    text = _GROUP_AT_START.sub(r"\1\\", text)
    return _SECTION.sub(r"section\\_\1:", text)


def inert_json(document: str) -> str:
    """Give the same JSON without the signs by which CI systems know a command anywhere in a log."""
    return document.replace("##", "\\u0023\\u0023")


def inert_xml(markup: str) -> str:
    """Give the same XML without commands of CI systems; there is no CDATA in it."""
    return _COMMAND_AT_START.sub(r"\1&#58;", markup.replace("##", "#&#35;"))


def without_passwords(text: str) -> str:
    """Take out of somebody's words what stands before the @ of an address."""
    if "@" not in text:
        return text
    return _UNBROKEN.sub(_without_login, text)


def _without_login(unbroken: re.Match[str]) -> str:
    before, at, host = unbroken[0].rpartition("@")
    login = _LOGIN.search(before)
    if not at or login is None:
        return unbroken[0]
    return f"{before[: login.start()]}***@{host}"


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    if code < 0x10000:
        return f"\\u{code:04x}"
    return f"\\U{code:08x}"


def shorten(text: str, limit: int) -> str:
    """Shorten to at most ``limit`` characters: the head and the tail, with a visible mark of what
    was left out between them.
    """
    if len(text) <= limit:
        return text
    # never shorter than the mark with the true number
    mark = MARK.format(left_out=len(text))
    room = limit - len(mark)
    if room < 2:
        return text[: max(0, limit - 1)] + "…"[:limit]
    head = room * 2 // 3
    tail = len(text) - (room - head)
    mark = MARK.format(left_out=len(text) - room)
    return text[:head] + mark + text[tail:]


def first_line(text: str, limit: int = 200) -> str:
    """Give the first line that says something, cut at ``limit`` characters."""
    for line in text.splitlines():
        said = line.strip()
        if not said:
            continue
        if len(said) > limit:
            return said[: limit - 1] + "…"
        return said
    return ""


def cut_markdown(text: str, most: int) -> str:
    """Cut a summary at the end of a line if it has more bytes; what matters most stands first. It
    is empty if there is no room for anything.
    """
    wire = text.encode()
    if len(wire) <= most:
        return text
    kept = wire[: max(0, most - _ROOM_FOR_THE_END)].rpartition(b"\n")[0].decode()
    if not kept:
        return ""
    # what was opened and not closed would swallow the next step's summary
    opened = kept.count("<details") - kept.count("</details>")
    return kept + "\n\n</details>" * opened + _CUT


def normal(text: str) -> str:
    """Make names that look alike be alike (NFC), for keys and comparisons."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", text)


def steady(name: str) -> str:
    """Take the memory addresses, which differ from run to run, out of a name:
    ``p[java.lang.Object@68d279ec]``.
    """
    return _ADDRESS.sub(_sign_of, name)


def _sign_of(match: re.Match[str]) -> str:
    if match[0].startswith("0x"):
        return "0x…"
    return "@…"


def listed(text: str) -> list[str]:
    """Give what stands between commas, without what is empty."""
    return [word.strip() for word in text.split(",") if word.strip()]


def whole_number(text: str) -> int | None:
    """The number that a text is in plain digits; None if it is none, or longer than any count.

    ``str.isdigit`` also takes digits that ``int`` does not, as the ``²`` of somebody's id.
    """
    if text.isascii() and text.isdigit() and len(text) <= _LONGEST_NUMBER:
        return int(text)
    return None


def id_of(text: str) -> int | str | None:
    """An id as JSON has it: a number if it is written as one, ``007`` as it is; None for none."""
    number = whole_number(text)
    return number if str(number) == text else text or None


def count(number: int, noun: str, plural: str = "") -> str:
    """Say a number of things: ``1 result``, ``1,200 results``."""
    if number != 1:
        noun = plural or f"{noun}s"
    return f"{number:,} {noun}"


def seconds(duration: float) -> str:
    """Say a duration for people: ``0.4 s``, ``12 s``, ``3 min 20 s``, ``2 h 5 min``."""
    if duration < 10:
        return f"{duration:.1f} s"
    minutes, rest = divmod(round(duration), 60)
    hours, minutes = divmod(minutes, 60)
    parts = []
    if hours:
        parts.append(f"{hours} h")
    if minutes:
        parts.append(f"{minutes} min")
    # beside hours, seconds say nothing
    if rest and not hours:
        parts.append(f"{rest} s")
    return " ".join(parts)


def width_of_help() -> int:
    """Say how wide a page of help is: as wide as the terminal, of 40 to 120 columns."""
    import shutil

    return min(max(shutil.get_terminal_size().columns, 40), 120) - 2
