"""Every rule of the three documents that describe no endpoint for results, over HTTP.

The tables ``simutest``, ``talentlms`` and ``nestjs`` are completed with an address; the service
answers the first request, or those with a bad result, as the document says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from shells import TOKEN, Shell
from sink import Answers, Said, Seen, Sink


@dataclass(frozen=True)
class Rule:
    """An answer of a document: what it means for an upload of two results, one of them ``b``."""

    status: int
    code: int  # of testferry's exit
    requests: int
    body: object = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    of_one: bool = False  # only a request with the result b is answered so
    always: bool = False  # every request is answered so
    says: str = ""  # what the user reads


def error(code: str, message: str = "no") -> dict[str, object]:
    return {"error": {"code": code, "message": message, "details": {}}}


SOON = {"Retry-After": "1"}
QUOTA = {"error": {"code": "quota_exceeded", "details": {"quota_resets_at": "2026-12-01"}}}
RULES = {
    "simutest": [
        Rule(400, 6, 3, error("bad"), of_one=True),
        Rule(422, 6, 3, error("url_unreachable"), of_one=True),
        Rule(422, 6, 3, error("session_timeout"), of_one=True),
        Rule(409, 6, 3, error("conflict"), of_one=True),
        Rule(401, 5, 1, error("invalid_api_key")),
        Rule(403, 5, 1, error("insufficient_scope")),
        Rule(404, 6, 3, error("test_not_found"), of_one=True),
        Rule(429, 0, 2, error("rate_limited"), SOON),
        Rule(422, 6, 3, error("invalid_auth_config", "bad login"), of_one=True, says="bad login"),
        Rule(429, 0, 2, error("rate_limited")),  # min(1 s * 2 ** (n - 1), 10 s)
        Rule(429, 0, 2, {}, SOON),
        Rule(429, 75, 1, error("quota_exceeded"), SOON),
        Rule(429, 75, 1, QUOTA, says="2026-12-01"),
        Rule(500, 0, 2, error("internal")),
        Rule(500, 75, 3, error("internal", "broken"), always=True, says="broken"),
        Rule(502, 0, 2),
        Rule(503, 0, 2, error("unavailable"), SOON),
        Rule(503, 0, 2, error("unavailable")),
        Rule(504, 0, 2),
    ],
    "talentlms": [
        Rule(400, 6, 3, {"type": "invalid_request_error", "message": "no"}, of_one=True),
        Rule(422, 6, 3, {"type": "invalid_request_error", "message": "no"}, of_one=True),
        Rule(401, 5, 1, {"type": "invalid_request_error", "message": "no"}),
        Rule(403, 5, 1, {"type": "invalid_request_error", "message": "no"}),
        Rule(404, 6, 3, {"type": "invalid_request_error", "message": "no"}, of_one=True),
        Rule(429, 0, 2, {"type": "api_error", "message": "slow"}, SOON),
        # The hourly window is used up, and no time is named: it waits for minutes, not seconds.
        Rule(429, 75, 1, {}, {"X-RateLimit-Limit": "2000", "X-RateLimit-Remaining": "0"}),
        # A burst: five seconds.
        Rule(429, 75, 1, {}, {"X-RateLimit-Limit": "200", "X-RateLimit-Remaining": "0"}),
        Rule(500, 75, 1, {"type": "api_error", "message": "later"}),
        Rule(401, 5, 1, {"error": {"message": "the key is revoked"}}, says="the key is revoked"),
        Rule(403, 5, 1, {"message": "API not enabled"}, says="API not enabled"),
        Rule(204, 0, 1, b""),
    ],
    "nestjs": [
        Rule(400, 6, 3, {"statusCode": 400, "message": ["name must be a string"]}, of_one=True),
        Rule(422, 6, 3, {"statusCode": 422, "message": "no"}, of_one=True),
        Rule(409, 6, 3, {"statusCode": 409, "message": "duplicate"}, of_one=True),
        Rule(401, 5, 1, {"statusCode": 401, "message": "no"}),
        Rule(403, 5, 1, {"statusCode": 403, "message": "no"}),
        Rule(404, 6, 3, {"statusCode": 404, "message": "no"}, of_one=True),
        Rule(429, 75, 1, {"statusCode": 429, "message": "slow"}),
        Rule(429, 0, 2, {"statusCode": 429, "message": "slow"}, SOON),
        Rule(500, 0, 2, {"statusCode": 500, "message": "later"}),
        Rule(502, 0, 2),
        # The status line decides, not the body.
        Rule(400, 6, 3, {"statusCode": 500, "message": ["a", "b"]}, of_one=True, says="a; b"),
        Rule(400, 6, 3, {"error": "Bad Request"}, of_one=True, says="Bad Request"),
        Rule(404, 6, 3, {"message": "not here"}, of_one=True, says="not here"),
        Rule(408, 6, 3, {"message": "too slow"}, of_one=True, says="too slow"),
        # The halves of what was too large prove nothing: one that is, alone, is asked once more.
        Rule(413, 6, 4, {"message": "too large"}, of_one=True, says="too large"),
    ],
}
CASES = [(name, rule) for name, rules in RULES.items() for rule in rules]


def answering(rule: Rule, seen: list[Seen]) -> Answers:
    def answers(request: Seen) -> Said:
        said = rule.of_one and b' b"' in request.body
        if said or rule.always or (not rule.of_one and len(seen) == 1):
            return Said(rule.status, rule.body, rule.headers)
        return Said(200, {})

    return answers


@pytest.mark.parametrize(
    ("name", "rule"), CASES, ids=lambda value: str(getattr(value, "status", value))
)
def test_what_a_document_says_of_an_answer(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, name: str, rule: Rule
) -> None:
    monkeypatch.setenv("TESTFERRY_TOKEN", TOKEN)
    with Sink() as sink:
        sink.answers = answering(rule, sink.seen)
        longest = "9s" if rule.always else "4s"
        words = ("--url", f"{sink.url}/x", "--set", "idempotent=true", "--max-time", longest)
        code = shell(
            "upload", name, *words, "--settle", "1s", "--width", "1", "--rate", "none", "r.xml"
        )
        assert (code, len(sink.seen)) == (rule.code, rule.requests), shell.out + shell.err
        assert rule.says in shell.out + shell.err


def test_both_windows_of_talentlms_hold_at_once_and_its_headers_are_heeded(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TESTFERRY_TOKEN", TOKEN)
    left = {"X-RateLimit-Limit": "2000", "X-RateLimit-Remaining": "0"}
    with Sink(lambda _: Said(200, {}, left)) as sink:
        words = ("--url", f"{sink.url}/x", "--batch-size", "1", "--width", "1", "--max-time", "2s")
        assert shell("upload", "talentlms", *words, "r.xml") == 75
        assert len(sink.seen) == 1
        headers = sink.seen[0].headers
        assert (headers["x-api-key"], headers["accept"]) == (TOKEN, "application/json")
        assert shell("upload", "talentlms", *words, "--dry-run", "r.xml") == 0
        assert "160 per 5s and 1600 per h, 80% of 200 and 2000" in shell.out
