"""Bytes of any encoding made text that an XML parser accepts; what had to be repaired is counted.

The byte order mark beats the declaration, the declaration beats UTF-8, and bytes that are not UTF-8
are read as Windows-1252, one by one. A declared encoding is read as the superset of it that Windows
writes under its name. Characters that XML 1.0 does not allow (a test tool's raw ESC, ``&#27;``)
become U+FFFD.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import BinaryIO

from testferry.model import ReportSummary
from testferry.reports.detect import HEAD
from testferry.reports.heads import encoding_by_bytes
from testferry.text import count

FIRST_CHUNK = 64 * 1024
LARGEST_CHUNK = 4 * 1024 * 1024

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# 1 for what XML does not allow
_CONTROLS = bytes(code < 0x20 and code not in b"\t\n\r" for code in range(0x100))
_REFERENCE = re.compile(r"&#(?:[xX]([0-9A-Fa-f]++)|([0-9]++));")
_DECLARED = re.compile(
    rb"""\s{0,100}<\?xml[^>]{0,200}?encoding\s{0,9}=\s{0,9}["']([A-Za-z0-9._-]{1,40})["']"""
)
_LONGEST_REFERENCE = 12
# What is declared -> what is written: Python's names of codecs on both sides.
_SUPERSETS = {
    "ascii": "utf-8",
    "iso8859-1": "cp1252",
    "iso8859-8": "cp1255",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "cp950",
}
# What is declared, by names that Python does not know -> Python's names.
_ALIASES = {
    "windows-31j": "cp932",
    "sjis": "cp932",
    "windows-949": "cp949",
    "windows-936": "gb18030",
    "windows-950": "cp950",
    "windows-874": "cp874",
}
# Where an encoding lacks a character -> the encoding that may have it at the same place.
_WIDER = {
    "euc_jp": "euc_jis_2004",
    "cp950": "big5hkscs",
}
# What a document can begin with. An encoding in which it reads otherwise is none of a text that
# says its encoding itself: UTF-16, UTF-7, and what Python calls encodings besides.
_PROBE = rb'<?xml version="1.0"?> +ADw- \x3c'


def _as_windows_1252(problem: UnicodeError) -> tuple[str, int]:
    if not isinstance(problem, UnicodeDecodeError):
        raise problem
    bad = problem.object[problem.start : problem.end]
    return bad.decode("cp1252", "replace"), problem.end


def _as_windows_has_it(problem: UnicodeError) -> tuple[str, int]:
    """Read what Windows adds to the East Asian encodings: 0x80 is the euro sign there, and some
    have more characters than Python's codec of that name.
    """
    if not isinstance(problem, UnicodeDecodeError):
        raise problem
    begin = problem.start
    if problem.object[begin] == 0x80:
        return "€", begin + 1
    wider = _WIDER.get(problem.encoding)
    if wider is not None:
        with suppress(UnicodeDecodeError):
            return problem.object[begin : begin + 2].decode(wider), begin + 2
    return "\ufffd", problem.end


codecs.register_error("testferry-windows-1252", _as_windows_1252)
codecs.register_error("testferry-windows", _as_windows_has_it)


class Text:
    """A file's text in chunks, for an XML parser unless ``xml`` is False.

    ``repaired`` counts illegal characters, ``replaced`` those that the declared encoding does not
    have; ``foreign`` says that some bytes were not UTF-8.
    """

    def __init__(self, file: BinaryIO, *, xml: bool = True) -> None:
        self._file = file
        self._xml = xml
        self.repaired = 0
        self.replaced = 0
        self.foreign = False
        self.encoding = "utf-8"
        self.chunk = FIRST_CHUNK

    def grow(self) -> None:
        """Take a larger chunk the next time: nothing came of the last one.

        (expat is quadratic on a huge token that is fed in small pieces.)
        """
        self.chunk = min(self.chunk * 2, LARGEST_CHUNK)

    def shrink(self) -> None:
        """Go back to small chunks, for memory: something came of the last one."""
        self.chunk = FIRST_CHUNK

    def __iter__(self) -> Iterator[str]:
        data = self._file.read(HEAD)
        self.encoding = _encoding(data, xml=self._xml)
        utf8 = self.encoding == "utf-8"
        decoder = codecs.getincrementaldecoder(self.encoding)(_errors(self.encoding))
        strict = codecs.getincrementaldecoder("utf-8")()
        held = ""
        first = True
        while data:
            # nearly every chunk
            if utf8 and not held and not first and not decoder.getstate()[0] and _is_plain(data):
                yield data.decode("ascii")
                data = self._file.read(self.chunk)
                continue
            text = decoder.decode(data)
            if not utf8:
                self.replaced += text.count("\ufffd")
            elif not self.foreign:
                try:
                    strict.decode(data)
                except UnicodeDecodeError:
                    self.foreign = True
            if first:
                text, first = text.lstrip("\ufeff"), False
            if self._xml:
                text, held = _whole_references(held + text)
            if text:
                yield self._clean(text)
            data = self._file.read(self.chunk)
        if rest := held + decoder.decode(b"", final=True):
            yield self._clean(rest)

    def tell(self, summary: ReportSummary) -> None:
        """Note in the summary what had to be repaired."""
        if self.repaired:
            are = "are"
            if self.repaired == 1:
                are = "is"
            summary.warn(
                "illegal-characters",
                f"{count(self.repaired, 'character')} that XML does not allow {are} replaced by "
                "U+FFFD",
            )
        if self.foreign:
            summary.warn("encoding", "some bytes are not UTF-8 and are read as Windows-1252")
        if self.replaced:
            summary.warn(
                "encoding",
                f"bytes for {count(self.replaced, 'character')} are none in {self.encoding} and "
                "are replaced by U+FFFD",
            )

    def _clean(self, text: str) -> str:
        if not self._xml:
            return text
        text, illegal = _ILLEGAL.subn("\ufffd", text)
        self.repaired += illegal
        if "&#" in text:
            return _REFERENCE.sub(self._reference, text)
        return text

    def _reference(self, match: re.Match[str]) -> str:
        digits, base = match[2], 10
        if match[1]:
            digits, base = match[1], 16
        code = 0
        if len(digits) < _LONGEST_REFERENCE:
            code = int(digits, base)
        legal = (
            code in (9, 10, 13)
            or 0x20 <= code <= 0xD7FF
            or 0xE000 <= code <= 0xFFFD
            or 0x10000 <= code <= 0x10FFFF
        )
        if legal:
            return match[0]
        self.repaired += 1
        return "\ufffd"


def _errors(encoding: str) -> str:
    """Return the name of what is done with bytes that the encoding does not have."""
    if encoding == "utf-8":
        return "testferry-windows-1252"
    if encoding in ("gb18030", "cp949", *_WIDER):
        return "testferry-windows"
    return "replace"


def _is_plain(data: bytes) -> bool:
    """Whether bytes are the same in every way to read them, with nothing to repair."""
    # to look for one byte is twenty times faster than for two
    references = b"&" in data and (b"&#" in data or data.endswith(b"&"))
    return data.isascii() and not references and b"\1" not in data.translate(_CONTROLS)


def legal_xml(text: str) -> str:
    """Return text without the characters that XML does not allow."""
    return _ILLEGAL.sub("\ufffd", text)


def _whole_references(text: str) -> tuple[str, str]:
    """Hold back a character reference that the end of the chunk cuts."""
    cut = text.rfind("&", max(0, len(text) - _LONGEST_REFERENCE))
    if cut < 0 or ";" in text[cut:]:
        return text, ""
    return text[:cut], text[cut:]


def _encoding(head: bytes, *, xml: bool) -> str:
    if by_its_bytes := encoding_by_bytes(head):
        return by_its_bytes
    declared = _DECLARED.match(head[:1024])
    if declared is None and xml and not head.lstrip().startswith(b"<"):
        # behind a banner
        declared = _DECLARED.search(head)
    if declared:
        return _known(declared[1].decode("ascii").lower())
    return "utf-8"


def _known(name: str) -> str:
    """Return the codec for a declared encoding, UTF-8 if there is none."""
    name = name.removeprefix("x-")
    name = _ALIASES.get(name, name)
    try:
        if _PROBE.decode(name, "replace") != _PROBE.decode("ascii"):
            return "utf-8"
    except (LookupError, ValueError):
        # no encoding of text, or one of names of hosts
        return "utf-8"
    found = codecs.lookup(name).name
    return _SUPERSETS.get(found, found)
