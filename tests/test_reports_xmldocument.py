"""A document ends where it ends, also where expat keeps its last tags for itself.

From 2.6 on (and where a distribution took that over: Debian 12) expat waits, behind a tag that came
in parts, until far more has come. Not every Python can tell it not to.
"""

from __future__ import annotations

import io
from xml.parsers import expat

import pytest

from fakes import parse
from testferry.errors import ReportProblem
from testferry.model import ReportSummary
from testferry.reports import junit
from testferry.reports.xmldocument import ANYWHERE, Document

REAL = expat.ParserCreate


class Waiting:
    """An expat that reads nothing before the end of the file, and cannot be told otherwise."""

    def __init__(self, namespace_separator: str) -> None:
        object.__setattr__(self, "_real", REAL(namespace_separator=namespace_separator))
        object.__setattr__(self, "_kept", "")

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._real, name, value)

    def __getattr__(self, name: str) -> object:
        if name == "SetReparseDeferralEnabled":
            raise AttributeError(name)
        return getattr(self.__dict__["_real"], name)

    def Parse(self, text: str, final: object) -> None:  # noqa: N802 - expat's own name
        object.__setattr__(self, "_kept", self.__dict__["_kept"] + text)
        if final:
            self.__dict__["_real"].Parse(self.__dict__["_kept"], final)


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expat, "ParserCreate", Waiting)


ONE = "<testsuite><testcase name='żółw'/></testsuite>"


@pytest.mark.usefixtures("waiting")
def test_an_end_that_comes_with_the_files_is_one() -> None:
    found, summary = parse(ONE)
    assert [result.name for result in found] == ["żółw"]
    assert not summary.problems


@pytest.mark.usefixtures("waiting")
def test_what_follows_such_an_end_is_read() -> None:
    found, _ = parse(ONE + "\n" + ONE.replace("żółw", "b") + "\n" + ONE.replace("żółw", "c"))
    assert [result.name for result in found] == ["żółw", "b", "c"]
    _, summary = parse(ONE + "\nand then a line of a log")
    assert [problem.code for problem in summary.problems] == ["banner"]


@pytest.mark.usefixtures("waiting")
def test_a_file_that_is_cut_is_cut() -> None:
    with pytest.raises(ReportProblem, match="cut off"):
        parse(ONE[:-5])
    found, _ = parse(ONE + "<?xml version='1.0'?>")
    assert len(found) == 1


def test_a_tag_that_came_in_parts_holds_nothing_up() -> None:
    """This machine's own expat: what is complete is there at once, or at the end."""
    long = "<testsuite><testcase name='" + "n" * 70_000
    document = Document(ReportSummary("x"), {"testcase": ANYWHERE}, "", 1)
    for piece in (long, "'/></testsuite>"):
        for _ in document.feed(piece):
            pass
    if hasattr(expat.ParserCreate(), "SetReparseDeferralEnabled"):
        assert document.line_of_end == 1
    (result,) = junit.read(io.BytesIO((long + "'/></testsuite>").encode()), ReportSummary("x"))
    assert result.name.startswith("nnn")


def test_where_it_ended_is_told_in_its_own_piece() -> None:
    document = Document(ReportSummary("x"), {}, "", 1)
    pieces = ["<a>ä", "<b c='ü", "'/></a", ">behind ö"]
    behind = []
    for piece in pieces:
        going = document.feed(piece)
        try:
            while True:
                next(going)
        except StopIteration as ended:
            behind.append(ended.value)
    assert behind == [None, None, None, "behind ö"]
