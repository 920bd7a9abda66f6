"""A request and its answer in lines for people: one with ``-v``, what was on the wire with ``-vv``.

Credentials are put on the wire by the client alone, so no request here has any; what a service
sends back may hold them, and is hidden.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from testferry.engine.judge import Answer, Hide, Lost
from testferry.engine.step import Request
from testferry.text import without_passwords

SHOWN = 600  # characters of a body
_SECRET = frozenset({"authorization", "cookie", "set-cookie", "proxy-authorization"})


def in_one_line(
    request: Request,
    answer: Answer | Lost,
    spent: float,
    attempt: int,
    most: int,
) -> str:
    """Say what was asked, what came back, after how many seconds, at which attempt."""
    said = "no answer"
    if isinstance(answer, Answer):
        said = str(answer.status)
    tries = f"attempt {attempt}"
    if attempt <= most:  # an outage is waited for, however often that is
        tries = f"{tries} of {most}"
    asked, query, _ = str(request).partition("?")
    if query:
        asked += "?…"
    return f"{asked} → {said} in {spent * 1000:,.0f} ms, {tries}"


def on_the_wire(request: Request, answer: Answer | Lost, hide: Hide) -> Iterator[str]:
    """Say what was on the wire, a line for each header and one for a body; > goes out, < comes."""
    yield f"> {request}"
    yield from (f"> {line}" for line in _headers(request.headers, hide))
    if request.body is not None:
        yield f"> {_body(request.body, hide)}"
    elif request.part is not None:
        yield "> a file"
    if isinstance(answer, Lost):
        yield f"< nothing: {hide(without_passwords(answer.reason))}"
        return
    yield f"< {answer.status}"
    yield from (f"< {line}" for line in _headers(answer.headers.items(), hide))
    if answer.body:
        yield f"< {_body(answer.body, hide)}"


def _headers(headers: Iterable[tuple[str, str]], hide: Hide) -> Iterator[str]:
    for name, value in headers:
        shown = hide(value)
        if name.lower() in _SECRET:
            shown = "***"
        yield f"{name}: {shown}"


def _body(body: bytes, hide: Hide) -> str:
    # what is hidden is hidden before the text is cut: half a secret is one too
    text = hide(body[: SHOWN * 8].decode("utf-8", "replace"))
    if len(text) > SHOWN:
        return f"{text[:SHOWN]}… ({len(body):,} bytes)"
    return text
