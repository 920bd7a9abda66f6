"""A secret that shows itself to nobody but the wire."""

from __future__ import annotations

import base64
from urllib.parse import quote

SHORTEST = 4  # anything shorter stands in half of all texts


class Secret:
    """A token or key. Its ``repr`` and ``str`` are stars; ``reveal`` is called only where a header
    is built.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __bool__(self) -> bool:
        return bool(self._value)

    def reveal(self) -> str:
        """The value itself."""
        return self._value

    def hide(self, text: str) -> str:
        """The text without the secret, also where it stands in base64 or URL-encoded."""
        if len(self._value) < SHORTEST:
            return text
        encoded = base64.b64encode(self._value.encode()).decode().rstrip("=")
        for form in (self._value, encoded, quote(self._value, safe="")):
            text = text.replace(form, "***")
        return text
