from __future__ import annotations

import base64
import json
from http import HTTPStatus
from urllib.parse import quote

import pytest

from testferry.dialects import load
from testferry.engine.judge import Answer, Lost, judge
from testferry.engine.verdict import Accepted, Deferred, InDoubt, Refused, Rejected, Verdict
from testferry.settings.secrets import Secret

TOKEN = "SEKRET/canary+5f3a=="


def low(first: float, _last: float) -> float:
    return first


def of(answer: Answer | Lost, attempt: int = 1, dialect: str = "testmo") -> Verdict:
    return judge(load(dialect), answer, attempt, 0.0, low)[0]


@pytest.mark.parametrize(
    ("answer", "attempt", "verdict"),
    [
        (Answer(204), 1, Accepted()),
        (Answer(422, {}, b'{"message": "no name"}'), 1, Rejected("no name")),
        (Answer(413), 1, Rejected(f"HTTP 413 {HTTPStatus(413).phrase}", too_large=True)),
        (
            Answer(429, {"retry-after": "7"}),
            1,
            Deferred("HTTP 429 Too Many Requests", 7.0, pause=True, refused_pace=True, asked=True),
        ),
        (Answer(503), 1, Deferred("HTTP 503 Service Unavailable", 1.0, pause=True, down=True)),
        (Answer(503), 5, Deferred("HTTP 503 Service Unavailable", 0.0, exhausted=True, down=True)),
        (Answer(408), 1, Deferred("HTTP 408 Request Timeout", 1.0)),
        (Answer(500), 2, InDoubt("HTTP 500 Internal Server Error", 2.0, working=False)),
        (Answer(504), 1, InDoubt("HTTP 504 Gateway Timeout", 1.0, working=True, down=True)),
        (Answer(500), 5, InDoubt("HTTP 500 Internal Server Error", working=False, exhausted=True)),
        (Lost("gone", sent=False), 1, Deferred("gone", 1.0, pause=True, down=True)),
        (Lost("gone", sent=False), 5, Deferred("gone", 16.0, exhausted=True, down=True)),
        (
            Lost("no such host", sent=False, cure="look"),
            1,
            Deferred("no such host", 1.0, pause=True, down=True, cure="look"),
        ),
        (Answer(404, {}, b'{"message": "?"}'), 1, Rejected("?", alike=True)),
        (Lost("gone", sent=True), 1, InDoubt("gone", 1.0, down=True)),
    ],
)
def test_verdicts(answer: Answer | Lost, attempt: int, verdict: Verdict) -> None:
    assert of(answer, attempt) == verdict


@pytest.mark.parametrize(
    ("answer", "attempt", "code", "doubtful"),
    [
        (Answer(401), 1, 5, False),
        *((Answer(status), 1, 5, False) for status in (300, 301, 302, 304, 307, 308)),
        (Answer(303), 1, 5, True),
        (Answer(200, {"content-type": "text/html"}, b"<html>"), 1, 5, True),
        (Answer(429, {"retry-after": "86400"}), 1, 75, False),
        (Answer(429), 5, 75, False),
    ],
)
def test_refusals_of_the_whole_upload(
    answer: Answer, attempt: int, code: int, doubtful: bool
) -> None:
    verdict = of(answer, attempt)
    assert isinstance(verdict, Refused)
    assert (verdict.exit_code, verdict.doubtful) == (code, doubtful)


def test_a_wait_that_is_too_long_is_named_all_the_same() -> None:
    verdict = of(Answer(429, {"retry-after": "7200"}), 1)
    assert isinstance(verdict, Refused)
    assert verdict.wait == 7200.0


@pytest.mark.parametrize(
    ("status", "words", "closed"),
    [
        (400, "This test run is closed/completed and cannot be modified.", True),
        (422, "The automation run was completed.", True),
        (403, "The plan is archived.", True),
        (400, "The proxy closed the connection.", False),
        (400, "A run is needed.", False),
    ],
)
def test_that_a_run_is_closed_is_read_in_the_services_words_once(
    status: int, words: str, closed: bool
) -> None:
    body = json.dumps({"message": words}).encode()
    verdict = of(Answer(status, {}, body))
    assert isinstance(verdict, Rejected | Refused)
    assert verdict.closed is closed


def test_quota_and_the_fifth_documents_429() -> None:
    quota = of(
        Answer(429, {}, b'{"error": {"code": "quota_exceeded", "message": "used up"}}'),
        dialect="simutest",
    )
    assert isinstance(quota, Refused)
    assert (quota.exit_code, "quota" in quota.hint) == (75, True)
    fifth = of(Answer(429), dialect="nestjs")
    assert isinstance(fifth, Refused)
    assert fifth.exit_code == 75


@pytest.mark.parametrize(
    "form", [TOKEN, base64.b64encode(TOKEN.encode()).decode(), quote(TOKEN, safe="")]
)
def test_a_token_that_the_service_echoes_is_hidden(form: str) -> None:
    secret = Secret(TOKEN)
    verdict, words = judge(
        load("testmo"),
        Answer(401, {}, f'{{"message": "bad token {form}"}}'.encode()),
        1,
        0.0,
        low,
        secret.hide,
    )
    assert form not in str(verdict) + words
    assert "***" in words


def test_a_secret_shows_itself_to_nobody() -> None:
    secret = Secret(TOKEN)
    assert TOKEN not in f"{secret} {secret!r} {[secret]}"
    assert secret.reveal() == TOKEN
    assert bool(secret)
    assert Secret("abc").hide("abc") == "abc", "too short to look for"
