"""Which headers a table may have sent along with a request. Pure."""

from __future__ import annotations

import re

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
# Whom a message is for and where it ends: who sends it says so himself. Another word on it makes
# two requests of one (RFC 9112, 11.2), or has the token read by somebody else behind one address.
_FRAME = frozenset({"connection", "content-length", "expect", "host", "keep-alive"}) | frozenset(
    {"proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)


def fault_of_name(name: str) -> str:
    """Why a header of this name is not to be sent; empty if it may be."""
    if not _NAME.fullmatch(name):
        return f"{name!r} is no name of a header"
    if name.lower() in _FRAME:
        return f"{name} is not for a table to say: it frames the request"
    return ""


def fault_of_text(text: str) -> str:
    """Why no header can carry a text; empty if one can."""
    if text.isascii() and text.isprintable():
        return ""
    return f"no header can carry {text!r}"
