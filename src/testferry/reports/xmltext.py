"""The text in an element, stripped and capped."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree as ET

LONGEST_TEXT = 64 * 1024
_MARK = "\n[…]\n"


def all_text(element: ET.Element | None) -> str:
    """Return all text in an element, stripped and capped."""
    if element is None:
        return ""
    parts: Iterable[str] = (element.text or "",)
    if len(element):
        parts = element.itertext()
    return cut("".join(parts).strip())


def cut(text: str) -> str:
    """Return a text without the middle of it if it is too long to keep."""
    if len(text) <= 2 * LONGEST_TEXT + len(_MARK):
        return text
    head, marked, _ = text[: LONGEST_TEXT + len(_MARK)].rpartition(_MARK)
    if not marked:
        head = text[:LONGEST_TEXT]
    return f"{head}{_MARK}{text[-LONGEST_TEXT:]}"


def text_of(element: ET.Element | None, path: str) -> str:
    """Return all text of a child, empty if there is none."""
    if element is None:
        return ""
    return all_text(element.find(path))
