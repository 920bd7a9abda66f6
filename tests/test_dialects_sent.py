"""Which headers a table may have sent."""

from __future__ import annotations

import pytest

from testferry.dialects import load
from testferry.dialects.sent import fault_of_name, fault_of_text
from testferry.errors import UsageProblem
from testferry.services.http import Options, configured
from testferry.services.http.table import described

FRAME = ("Host", "Content-Length", "transfer-encoding", "Connection", "Expect")


@pytest.mark.parametrize("name", ["X-Team", "Content-Type", "Idempotency-Key", "If-Match"])
def test_what_a_table_may_say(name: str) -> None:
    assert not fault_of_name(name)
    assert not fault_of_text("a text; q=1")


@pytest.mark.parametrize("name", [*FRAME, "", "X Y", "X\r\nY", "ü"])
def test_what_frames_a_request_is_no_tables_to_say(name: str) -> None:
    """`Content-Length: 0` makes another request of the body, `Host` has another one read it."""
    assert fault_of_name(name)
    with pytest.raises(UsageProblem, match=r"dialects\.mine\.headers"):
        load("mine", {"mine": {"extends": "nestjs", "headers": {name: "x"}}})
    with pytest.raises(UsageProblem, match=r"send\.headers"):
        described({"send": {"request": "POST /x", "headers": {name: "x"}}})
    with pytest.raises(UsageProblem, match="auth"):
        configured(Options(auth={"header": f"{name}: {{token}}"}))


@pytest.mark.parametrize("text", ["a\r\nX-B: c", "a\0", "ü", "\x7f"])
def test_a_text_that_no_header_carries_is_told_when_it_is_read(text: str) -> None:
    """Sent, it would be a request that cannot be made, and look like an outage."""
    assert fault_of_text(text)
    with pytest.raises(UsageProblem, match="no header can carry"):
        load("mine", {"mine": {"extends": "nestjs", "headers": {"X-A": text}}})
