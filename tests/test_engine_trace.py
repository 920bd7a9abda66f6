"""What is told of a request and its answer."""

from __future__ import annotations

from testferry.engine.judge import Answer, Lost
from testferry.engine.step import Request
from testferry.engine.trace import SHOWN, in_one_line, on_the_wire

SECRET = "canary-5f3a"


def hide(text: str) -> str:
    return text.replace(SECRET, "***")


def test_one_line_has_method_path_status_time_and_attempt() -> None:
    request = Request("POST", "runs/7/results", (("page", "2"),))
    line = in_one_line(request, Answer(503), 0.0312, 2, 5)
    assert line == "POST runs/7/results?… → 503 in 31 ms, attempt 2 of 5"
    assert in_one_line(request, Lost("reset", sent=True), 1.5, 7, 5).endswith(
        "→ no answer in 1,500 ms, attempt 7"
    ), "an outage is waited for beyond what was said"


def test_the_wire_is_shown_without_secrets() -> None:
    request = Request("POST", "x", body=f'{{"a": "{SECRET}"}}'.encode(), headers=(("K", SECRET),))
    answer = Answer(200, {"set-cookie": "session=1", "x-echo": f"Bearer {SECRET}"}, SECRET.encode())
    lines = list(on_the_wire(request, answer, hide))
    assert lines == [
        "> POST x",
        "> K: ***",
        '> {"a": "***"}',
        "< 200",
        "< set-cookie: ***",
        "< x-echo: Bearer ***",
        "< ***",
    ]
    lost = Lost("no way to http://me:pw@proxy:1", sent=False)
    assert list(on_the_wire(Request("GET", "x"), lost, hide))[-1] == (
        "< nothing: no way to ***@proxy:1"
    )


def test_a_long_body_is_cut_behind_what_is_hidden() -> None:
    """A secret that stands across the cut does not show its first half."""
    body = b"x" * (SHOWN - 4) + SECRET.encode() + b"y" * 9000
    line = list(on_the_wire(Request("POST", "x", body=body), Answer(204), hide))[1]
    assert "cana" not in line
    assert line.endswith("bytes)")
    assert len(line) < SHOWN + 40
