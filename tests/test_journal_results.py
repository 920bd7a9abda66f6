from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from testferry.journal.results import results_of
from testferry.model import Detail, Result, Status
from testferry.services.testrail.target import Testrail

WORDS = st.text(max_size=12)
RESULTS = st.builds(
    Result,
    name=WORDS,
    status=st.sampled_from(Status),
    suite=st.lists(WORDS, max_size=3).map(tuple),
    classname=WORDS,
    file=WORDS,
    line=st.none() | st.integers(1, 99),
    elapsed=st.none() | st.floats(0, 1e6),
    raw_status=WORDS,
    details=st.lists(st.builds(Detail, WORDS, WORDS, WORDS, WORDS), max_size=2).map(tuple),
    properties=st.lists(st.tuples(WORDS, WORDS), max_size=2).map(tuple),
    stdout=WORDS,
    stderr=WORDS,
    attachments=st.lists(WORDS, max_size=2).map(tuple),
    attempts=st.integers(1, 5),
    flaky=st.booleans(),
    assertions=st.none() | st.integers(0, 9),
    synthetic=st.booleans(),
    base=WORDS,
)


@given(RESULTS)
def test_a_result_comes_back_as_it_was_held(result: Result) -> None:
    """But for what a service leaves out of it: the output, and the file of the test's code."""
    left_out = replace(result, stdout="", stderr="", raw_status="", file="")
    rail = Testrail(project="1")
    assert list(results_of([rail.item(result)] * 2)) == [left_out] * 2


def test_what_it_does_not_know_it_leaves_alone() -> None:
    wire = b'{"name":"a","status":"passed","shoe_size":43}'
    assert list(results_of([wire])) == [Result("a", Status.PASSED)]


@pytest.mark.parametrize(
    "wire",
    [
        b"",
        b"{},{}",
        b"[]",
        b"null",
        b'{"name":"a"}',
        b'{"name":"a","status":"great"}',
        b'{"name":"a","status":"passed","details":[1]}',
        b'{"name":"a","status":"passed","details":[{"size":1}]}',
        b'{"name":"a","status":"passed","properties":[["a"]]}',
        b'{"name":"a","status":"passed","suite":1}',
    ],
)
def test_what_is_no_result_is_said_to_be_none(wire: bytes) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        list(results_of([wire]))
