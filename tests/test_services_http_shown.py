"""What a table means, line by line."""

from __future__ import annotations

from testferry.services import service_of
from testferry.services.http import Batch, Options
from testferry.services.http.shown import lines

HTTP = service_of("http")


def told(**options: object) -> dict[str, str]:
    found: dict[str, str] = {}
    for head, text in lines(HTTP, Options(**options)):  # type: ignore[arg-type]
        found.setdefault(head, text)
    return found


def test_tokens() -> None:
    assert told()["token"] == "as the dialect says"
    assert told(auth={"none": True})["token"] == "none is sent"
    assert told(auth={"basic": "me:{token}"})["token"] == "Basic me:***"
    assert told(auth={"header": "X: {token}"})["token"] == "X: ***"


def test_what_an_answer_says() -> None:
    said = told(
        answer={
            "items": "/rows",
            "id": "/id",
            "status": "/status",
            "already": ["exists"],
            "culprits": "/errors",
        }
    )["answer"]
    assert "by /id" in said
    assert "its status at /status" in said
    assert "there already, by its words: exists" in said
    assert "culprits at /errors" in said
    assert "the number of results at /n" in told(answer={"count": "/n"})["answer"]


def test_a_run_and_a_look() -> None:
    said = told(
        open={"request": "POST /runs", "keep": {"id": "/id"}},
        send={"request": "POST /runs/{run.id}"},
        close={"request": "POST /end", "json": {"run": "{run.id}"}},
        look={"request": "GET /r?x={set.where}", "keys": "/*"},
        batch=Batch(gzip=True),
    )
    assert said["open"] == "POST /runs   keeps id from /id"
    assert said["close"] == "POST /end"
    assert said["look"] == "GET /r?x={set.where}"
    assert said["batch"].endswith(", packed")
    assert said["to be set"] == "--set where=…"


def test_what_is_known_later_is_shown_as_it_is_written() -> None:
    table = Options(
        item={"id": "{key|max 15}", "at": "{upload.started|iso}", "ms": "{elapsed|ms}"},
        send={"request": "POST /r/{upload.id}", "json": {"rows": "{results}"}},
    )
    text = "\n".join(line for _, line in lines(HTTP, table))
    assert '"id": "{key|max 15}"' in text
    assert '"at": "{upload.started|iso}"' in text
    assert '"ms": 250' in text, "what is known is shown as it would be"
    assert "POST /r/{upload.id}" in text
