"""How a conversation is handed an answer."""

from __future__ import annotations

import pytest

from testferry.engine.conversation import Conversation, Ended, TooDeep, handed
from testferry.engine.step import Reply, Request, Sending
from testferry.engine.verdict import Accepted, Verdict
from testferry.submission import Kind, Submission

ASKED = Request("GET", "runs")
ANSWER = Reply(Accepted(), 200)


def asking_once() -> Sending:
    reply = yield ASKED
    found: Verdict = reply.verdict
    return found


def test_it_asks_and_then_ends_with_what_it_found() -> None:
    steps = asking_once()
    assert handed(steps, None) == ASKED
    assert handed(steps, ANSWER) == Ended(Accepted())


def test_an_answer_deeper_than_can_be_followed_is_its_own_end() -> None:
    def deep() -> Sending:
        yield ASKED
        raise RecursionError

    steps = deep()
    handed(steps, None)
    with pytest.raises(TooDeep):
        handed(steps, ANSWER)


def test_only_a_request_that_reads_and_is_no_look_may_be_asked_again() -> None:
    row = Submission(1, Kind.BATCH, "1")

    def only_reads(method: str, *, looking: bool) -> bool:
        asked = Request(method, "runs")
        return Conversation(row, asking_once(), looking, asked).only_reads

    assert only_reads("GET", looking=False)
    assert not only_reads("GET", looking=True)
    assert not only_reads("POST", looking=False)
