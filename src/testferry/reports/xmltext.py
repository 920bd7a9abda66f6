"""The text in an element, stripped and capped."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree as ET

LONGEST_TEXT = 64 * 1024


def all_text(element: ET.Element | None) -> str:
    """Return all text in an element, stripped and capped."""
    if element is None:
        return ""
    parts: Iterable[str] = (element.text or "",)
    if len(element):
        parts = element.itertext()
    joined = "".join(parts).strip()
    if len(joined) > 2 * LONGEST_TEXT:
        return f"{joined[:LONGEST_TEXT]}\n[…]\n{joined[-LONGEST_TEXT:]}"
    return joined


def text_of(element: ET.Element | None, path: str) -> str:
    """Return all text of a child, empty if there is none."""
    if element is None:
        return ""
    return all_text(element.find(path))
