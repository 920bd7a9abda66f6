"""A run that may have been made is found by what was written into it."""

from __future__ import annotations

import pytest

from fakes import looking
from sink import Said
from table import Book, refused, taken, talk
from testferry.engine.step import Reply, Request
from testferry.engine.verdict import CannotTell, Finding, NotThere, There
from testferry.services.http.target import Http
from testferry.services.http.values import Values
from testferry.submission import Items, Kind, Submission

NOTHING = Items((), ())
ROW = Submission(1, Kind.OPEN, "open")
PAGED = "GET /runs?skip={page.offset}"
ASKED = "GET /runs?ref={upload.id}"


def find(request: str, *answers: object, **more: object) -> tuple[Finding, list[Request]]:
    said = {"request": request, "items": "/runs", "mark": "/ref", **more}
    opening = {
        "request": "POST /runs",
        "json": {"ref": "{upload.id}"},
        "keep": {"id": "/id"},
        "look": said,
    }
    target = Http(tables={"open": opening})
    left = list(answers)

    def answer(_: Request) -> Reply:
        document = left.pop(0) if left else {"runs": []}
        return refused({}, 404) if isinstance(document, Said) else taken(document)

    return talk(looking(target, ROW, lambda: NOTHING, Book()), answer)


def ours(number: object = 7) -> dict[str, object]:
    return {"id": number, "ref": f"nightly {Book().marker}"}


OTHER = {"id": 1, "ref": "another"}


def test_it_is_there_on_whatever_page() -> None:
    found, asked = find(PAGED, {"runs": [OTHER, OTHER | {"id": 2}]}, {"runs": [ours(), OTHER]})
    assert found == There({"id": 7})
    assert [request.path for request in asked] == ["runs?skip=0", "runs?skip=2", "runs?skip=4"]


def test_it_is_not_there_where_the_list_was_read_to_its_end() -> None:
    assert find(PAGED, {"runs": [OTHER]})[0] == NotThere()
    assert find(ASKED, {"runs": []})[0] == NotThere()


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ("GET /runs", {"runs": []}),  # a list of which nobody knows where it ends
        ("GET /runs", {"runs": [OTHER]}),
        (ASKED, {"runs": [OTHER]}),  # what was asked for is not heeded
        (ASKED, Said(404)),
        (ASKED, {"runs": [ours(), ours(8)]}),
        (ASKED, {"runs": [ours(None)]}),
        (ASKED, {"runs": [ours("7 --url https://evil.example")]}),
        (ASKED, {"runs": [OTHER | {"ref": 7}]}),
    ],
)
def test_what_proves_nothing(request_: str, answer: object) -> None:
    found, _ = find(request_, answer)
    assert isinstance(found, CannotTell)
    assert not found.again


def test_one_run_alone_may_be_the_answer_and_have_other_pointers() -> None:
    found, _ = find(ASKED, {"runs": {"ref": Book().marker, "uid": "r9"}}, keep={"id": "/uid"})
    assert found == There({"id": "r9"})


def test_what_is_written_is_what_is_looked_for() -> None:
    key = Values(Book(), ROW)("upload", "id")
    assert key == Book().marker
