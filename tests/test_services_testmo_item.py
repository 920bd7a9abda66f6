"""A result as Testmo's own client sends it."""

from __future__ import annotations

import json
from typing import Any

from testferry.model import Detail, Result, Status
from testferry.services.testmo.item import FIELD_LIMIT, TEXT_LIMIT
from testferry.services.testmo.target import Testmo
from wire import golden


def item(**more: Any) -> dict[str, Any]:
    result = Result(**{"name": "t4", "status": Status.PASSED, "classname": "C", **more})
    found: dict[str, Any] = json.loads(Testmo(project_id=1).item(result))
    return found


def test_the_key_keeps_histories_going() -> None:
    """The key of the documented wire example: sha256hex("C.t4")."""
    assert item()["key"] == "95ce855a66f7da8833b0576bb73eb88b3482407dee2776ebd003e7d6b7b58157"
    assert item(classname="")["key"] != item()["key"]
    assert item(name="e\u0301")["key"] == item(name="é")["key"]
    assert (item(classname="")["folder"], item(classname="", suite=("a", "b"))["folder"]) == (
        "Unnamed folder",
        "b",
    )


def test_a_failure_as_the_vendors_client_sends_it() -> None:
    details = (Detail("failure", "AssertionError message", "AssertionError", "call stack"),)
    assert item(status=Status.ERROR, details=details)["fields"] == [
        {
            "type": 4,
            "name": "Failure",
            "value": "call stack",
            "meta": {"message": "AssertionError message", "type": "AssertionError"},
            "is_highlight": True,
        }
    ]


def test_everything_that_a_test_can_carry() -> None:
    golden(
        "rich-test",
        item(
            status=Status.FAILED,
            elapsed=1.5,
            file="a.py",
            line=3,
            assertions=2,
            attempts=2,
            flaky=True,
            details=(
                Detail("failure", "m", "T", "trace"),
                Detail("skipped", "why"),
                Detail("rerunFailure", "", "", "first try"),
            ),
            properties=(
                ("owner", "me"),
                ("notes", "one\ntwo"),
                ("url:Ticket", "https://example.com/1"),
                ("html:Page", "<b>x</b>"),
                ("step", "open <script>"),
                ("step[passed]", "log in"),
                ("attachment", "https://example.com/shot.png"),
                ("attachment1", "http://example.com/video.mp4"),
                ("attachment2", "local/file.txt"),
            ),
            attachments=(
                "https://example.com/shot.png",
                "http://example.com/video.mp4",
                "local/file.txt",
                "found/in/output.log",
            ),
            stdout="before\n[[PROPERTY|browser=firefox]]\n[[PROPERTY|config]]\na: 1\nb: 2\n[[/PROPERTY]]\n[[ATTACHMENT|found/in/output.log]]\nafter",
            stderr="oops",
        ),
    )


def test_long_text_is_shortened_visibly_and_surplus_fields_are_told() -> None:
    shown = item(stdout="x" * 50_000, properties=tuple((f"p{at}", str(at)) for at in range(60)))
    assert len(shown["fields"]) == FIELD_LIMIT
    assert "p59: 59" in shown["fields"][-1]["value"]
    long = item(stdout="HEAD" + "x" * 50_000 + "TAIL")["fields"][0]["value"]
    assert len(long) <= TEXT_LIMIT
    assert long.startswith("HEAD")
    assert long.endswith("TAIL")
    assert "left out by testferry" in long
    assert (
        len(item(attachments=tuple(f"https://x/{at}" for at in range(60)))["artifacts"])
        == FIELD_LIMIT
    )
