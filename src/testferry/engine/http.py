"""httpx as the engine uses it: without its command line, which loads a highlighter of 400 languages
and takes a fifth as long as all of our own modules.
"""

from __future__ import annotations

import sys

_COMMAND_LINE = "httpx._main"

# httpx goes on without it where what it needs is not installed.
sys.modules.setdefault(_COMMAND_LINE, None)  # type: ignore[arg-type]
import httpx  # noqa: E402 - the line above is what it is for

if sys.modules[_COMMAND_LINE] is None:
    del sys.modules[_COMMAND_LINE]

__all__ = ["httpx"]
