"""Bytes of any encoding made text that an XML parser accepts; what had to be repaired is counted.

The byte order mark beats the declaration, the declaration beats UTF-8, and bytes that are not UTF-8
are read as Windows-1252, one by one. Characters that XML 1.0 does not allow (a test tool's raw ESC,
``&#27;``) become U+FFFD.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import BinaryIO

from testferry.reports.detect import HEAD

FIRST_CHUNK = 64 * 1024
LARGEST_CHUNK = 4 * 1024 * 1024

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CONTROLS = bytes(
    code < 0x20 and code not in b"\t\n\r" for code in range(0x100)
)  # 1 for what XML does not allow
_REFERENCE = re.compile(r"&#(?:[xX]([0-9A-Fa-f]+)|([0-9]+));")
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_LONGEST_REFERENCE = 12


def _as_windows_1252(problem: UnicodeError) -> tuple[str, int]:
    if not isinstance(problem, UnicodeDecodeError):
        raise problem
    bad = problem.object[problem.start : problem.end]
    return bad.decode("cp1252", "replace"), problem.end


codecs.register_error("testferry-windows-1252", _as_windows_1252)


class Text:
    """A file's text in chunks, for an XML parser unless ``xml`` is False.

    ``repaired`` counts illegal characters, ``foreign`` says that some bytes were not UTF-8.
    """

    def __init__(self, file: BinaryIO, *, xml: bool = True) -> None:
        self._file = file
        self._xml = xml
        self.repaired = 0
        self.foreign = False
        self.chunk = FIRST_CHUNK

    def grow(self) -> None:
        """Nothing came of the last chunk: take a larger one (expat is quadratic on a huge token fed
        in small pieces).
        """
        self.chunk = min(self.chunk * 2, LARGEST_CHUNK)

    def shrink(self) -> None:
        """Something came of the last chunk: back to small ones, for memory."""
        self.chunk = FIRST_CHUNK

    def __iter__(self) -> Iterator[str]:
        head = self._file.read(HEAD)
        encoding = _encoding(head)
        utf8 = encoding == "utf-8"
        decoder = codecs.getincrementaldecoder(encoding)(
            "testferry-windows-1252" if utf8 else "replace"
        )
        strict = codecs.getincrementaldecoder("utf-8")() if utf8 else None
        held = ""
        first = True
        data = head
        while data:
            if (
                utf8 and not held and not first and not decoder.getstate()[0] and _is_plain(data)
            ):  # nearly every chunk
                yield data.decode("ascii")
                data = self._file.read(self.chunk)
                continue
            text = decoder.decode(data)
            if strict is not None:
                try:
                    strict.decode(data)
                except UnicodeDecodeError:
                    self.foreign, strict = True, None
            if first:
                text, first = text.lstrip("\ufeff"), False
            text, held = _whole_references(held + text) if self._xml else (text, "")
            if text:
                yield self._clean(text)
            data = self._file.read(self.chunk)
        rest = held + decoder.decode(b"", final=True)
        if rest:
            yield self._clean(rest)

    def _clean(self, text: str) -> str:
        if not self._xml:
            return text
        text, illegal = _ILLEGAL.subn("\ufffd", text)
        self.repaired += illegal
        return _REFERENCE.sub(self._reference, text) if "&#" in text else text

    def _reference(self, match: re.Match[str]) -> str:
        digits = match[1] or match[2]
        code = int(digits, 16 if match[1] else 10) if len(digits) < _LONGEST_REFERENCE else 0
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


def _is_plain(data: bytes) -> bool:
    """Whether bytes are the same in every way to read them, with nothing to repair."""
    references = b"&" in data and (
        b"&#" in data or data.endswith(b"&")
    )  # to look for one byte is twenty times faster
    return data.isascii() and not references and b"\1" not in data.translate(_CONTROLS)


def legal_xml(text: str) -> str:
    """Text without the characters that XML does not allow."""
    return _ILLEGAL.sub("\ufffd", text)


def _whole_references(text: str) -> tuple[str, str]:
    """Hold back a character reference that the end of the chunk cuts."""
    cut = text.rfind("&", max(0, len(text) - _LONGEST_REFERENCE))
    if cut < 0 or ";" in text[cut:]:
        return text, ""
    return text[:cut], text[cut:]


def _encoding(head: bytes) -> str:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if head[:4].count(0) == 2 and b"<" in head[:4]:
        return "utf-16-le" if head[1] == 0 else "utf-16-be"
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8"
    declared = _DECLARED.match(head[:1024])
    if declared:
        name = declared[1].decode("ascii").lower()
        if not name.startswith(("utf-16", "utf16", "ucs", "utf-32", "utf-7")):
            try:
                info = codecs.lookup(name)
            except LookupError:
                return "utf-8"
            if getattr(info, "_is_text_encoding", True):
                return {"ascii": "utf-8", "iso8859-1": "cp1252"}.get(info.name, info.name)
    return "utf-8"
