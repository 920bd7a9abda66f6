"""The http target over real HTTP: what a service answers is believed for what it says."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from explained import EXPLAINED
from shells import GOOD, TOKEN, Shell
from testferry.engine.step import Reply
from testferry.engine.verdict import Accepted, InDoubt, Rejected, Sorted, Verdict
from testferry.services.http.answers import answer_of
from testferry.submission import Items, Label

ITEMS = Items((b"{}",) * 3, (Label("a", "", "passed"),) * 3)


class Service(BaseHTTPRequestHandler):
    """Keeps every request, and answers each alike."""

    answer: ClassVar[tuple[int, object]]
    seen: ClassVar[list[dict[str, Any]]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append({"path": self.path, "headers": dict(self.headers), "body": body})
        status, document = self.answer
        data = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def do_PUT(self) -> None:
        self.do_POST()

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Service]]:
    handler = type("Made", (Service,), {"answer": (200, {}), "seen": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    monkeypatch.setenv("TESTFERRY_TOKEN", TOKEN)
    (tmp_path / "r.xml").write_text(GOOD)
    (tmp_path / "testferry.toml").write_text(
        f'[targets.sink]\ntype = "http"\nurl = "http://127.0.0.1:{server.server_port}/bulk"\n'
    )
    yield handler
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("key", ["", 'idempotency_header = "Idempotency-Key"\n'])
def test_a_2xx_that_speaks_of_errors_is_in_doubt_and_never_accepted(
    service: type[Service], shell: Shell, tmp_path: Path, key: str
) -> None:
    with (tmp_path / "testferry.toml").open("a") as file:
        file.write(key)
    refusal = {"id": 2, "error": "forbidden"}
    service.answer = (201, {"rows": [{"id": 1}, refusal]})
    assert shell("upload", "sink", "r.xml", "--rate", "none", "--output", "json") == 6
    counts = shell.json["results"]
    assert (counts["accepted"], counts["in_doubt"]) == (0, 2)
    reason = shell.json["refused"][0]["reason"]
    assert '"error": "forbidden"' in reason
    assert 'answer = { items = "/rows", failed = "/error" }' in reason
    assert len(service.seen) == 1


def test_a_2xx_that_speaks_of_none_is_accepted(service: type[Service], shell: Shell) -> None:
    service.answer = (200, {"accepted": 2, "errors": []})
    assert shell("upload", "sink", "r.xml", "--rate", "none") == 0, shell.err
    assert json.loads(service.seen[0]["body"])["results"][0]["name"] == "a"


TABLE = """batch = { max_results = 100 }
status = { failed = "FAIL" }
set = { project = "DE MO" }
item = { id = "{key}", title = "{title}", status = "{status|status}", took = "{elapsed|ms}" }
[targets.sink.send]
request = "PUT /v2/{set.project}/results?x=1"
json = { source = "ferry", data = { entries = "{results}" } }
headers = { X-Batch = "{batch.key}" }
[targets.sink.answer]
items = "/entries"
failed = "/error"
status = "/status"
reason = "/error"
already = ["conflict"]
"""


def describe(folder: Path, text: str) -> None:
    with (folder / "testferry.toml").open("a") as file:
        file.write(text)


def test_a_body_is_made_as_the_table_says_and_each_result_answered_for_itself(
    service: type[Service], shell: Shell, tmp_path: Path
) -> None:
    describe(tmp_path, TABLE)
    service.answer = (
        207,
        {"entries": [{"status": 200}, {"status": 422, "error": "no such title"}]},
    )
    assert shell("upload", "sink", "r.xml", "--rate", "none", "--output", "json") == 6, shell.err
    counts = shell.json["results"]
    assert (counts["accepted"], counts["rejected"]) == (1, 1)
    assert [(row["name"], row["reason"]) for row in shell.json["refused"]] == [
        ("b", "no such title")
    ]
    (seen,) = service.seen
    assert seen["path"] == "/bulk/v2/DE%20MO/results?x=1"
    body = json.loads(seen["body"])
    assert body["source"] == "ferry"
    first, second = body["data"]["entries"]
    assert (first["title"], first["status"], second["status"]) == ("c › a", "passed", "FAIL")
    assert len({first["id"], second["id"], seen["headers"]["X-Batch"]}) == 3


def test_what_is_there_already_is_accepted_and_a_wrong_number_is_doubt(
    service: type[Service], shell: Shell, tmp_path: Path
) -> None:
    describe(tmp_path, TABLE)
    service.answer = (200, {"entries": [{"status": 201}, {"status": 409, "error": "conflict"}]})
    assert shell("upload", "sink", "r.xml", "--rate", "none") == 0, shell.err
    service.answer = (200, {"entries": [{"status": 201}]})
    words = ("upload", "sink", "r.xml", "--again", "--rate", "none", "--output", "json")
    assert shell(*words) == 6
    assert shell.json["results"]["in_doubt"] == 2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('item = { a = "{nmae}" }', "did you mean name?"),
        ('send = { requets = "POST /" }', "did you mean request?"),
        ('answer = { itmes = "/x" }', "did you mean items?"),
        ('status = { faild = "x" }', "did you mean failed?"),
        ('send = { request = "POST /../x" }', "leaves the address"),
        ('send = { request = "POST /{name}" }', "has no place in an address"),
        ("send = { json = { a = 1 } }", "have no place in it"),
        ('answer = { already = ["("] }', "no regular expression"),
    ],
)
def test_a_wrong_table_sends_nothing(
    service: type[Service], shell: Shell, tmp_path: Path, wrong: str, said: str
) -> None:
    describe(tmp_path, wrong + "\n")
    assert shell("upload", "sink", "r.xml") == 2
    assert said in " ".join(shell.err.split())
    assert not service.seen


def test_lines_with_an_action_before_each(
    service: type[Service], shell: Shell, tmp_path: Path
) -> None:
    describe(
        tmp_path,
        """item = { name = "{name}" }
send = { request = "POST /_bulk", format = "ndjson", lines = [{ create = { _id = "{key}" } }] }
answer = { items = "/items", within = "*", failed = "/error", reason = "/error/reason" }
""",
    )
    bad = {"create": {"status": 400, "error": {"type": "x", "reason": "mapping"}}}
    service.answer = (200, {"errors": True, "items": [{"create": {"status": 201}}, bad]})
    assert shell("upload", "sink", "r.xml", "--rate", "none", "--output", "json") == 6, shell.err
    assert shell.json["refused"][0]["reason"] == "mapping"
    lines = [json.loads(line) for line in service.seen[0]["body"].splitlines()]
    assert [line.get("name") for line in lines] == [None, "a", None, "b"]
    assert lines[0]["create"]["_id"] != lines[2]["create"]["_id"]
    assert service.seen[0]["headers"]["Content-Type"] == "application/x-ndjson"


def test_doctor_says_what_becomes_of_a_lost_answer(
    service: type[Service], shell: Shell, tmp_path: Path
) -> None:
    shell("doctor", "sink")
    assert "a lost answer: kept in doubt" in shell.out
    describe(tmp_path, 'item = { id = "{key}" }\n')
    shell("doctor", "sink")
    assert "a lost answer: sent again (key in each item)" in shell.out


@pytest.mark.parametrize(
    ("auth", "name", "value"),
    [
        ('{ header = "X-API-Key: {token}" }', "X-API-Key", TOKEN),
        ('{ header = "Authorization: Token {token}" }', "Authorization", f"Token {TOKEN}"),
        ("{ bearer = true }", "Authorization", f"Bearer {TOKEN}"),
        (
            '{ basic = ":{token}" }',
            "Authorization",
            f"Basic {base64.b64encode(f':{TOKEN}'.encode()).decode()}",
        ),
    ],
)
def test_the_token_is_sent_as_the_table_says_and_stored_nowhere(
    service: type[Service], shell: Shell, tmp_path: Path, auth: str, name: str, value: str
) -> None:
    describe(tmp_path, f"auth = {auth}\n")
    service.answer = (200, {"ok": True})
    assert shell("upload", "sink", "r.xml", "--rate", "none") == 0, shell.err
    headers = {key.lower(): text for key, text in service.seen[0]["headers"].items()}
    assert headers[name.lower()] == value
    if name != "Authorization":
        assert "authorization" not in headers
    for path in (tmp_path / "home").rglob("*"):
        assert path.is_dir() or TOKEN.encode() not in path.read_bytes()
    assert TOKEN not in shell.out + shell.err


def test_a_way_to_send_a_token_that_there_is_not_is_told(
    service: type[Service], shell: Shell, tmp_path: Path
) -> None:
    describe(tmp_path, 'auth = { header = "X-API-Key" }\n')
    assert shell("upload", "sink", "r.xml") == 2
    assert "the token has no place in it" in shell.err


@pytest.mark.parametrize(
    ("taken", "states", "verdict"),
    [
        ([], ["stored", "refused", "ok"], {1: "bad"}),
        ([], ["stored", "saved", "created"], {}),
        (["kept"], ["kept", "stored", "kept"], {1: "bad"}),
        ([], ["stored", "perhaps", "ok"], None),
        ([], [201, "409 Conflict", "200"], {1: "bad"}),
    ],
)
def test_a_status_may_be_a_word(
    taken: list[str], states: list[object], verdict: dict[int, str] | None
) -> None:
    answer = answer_of({"items": "/rows", "status": "/state", "reason": "/why", "taken": taken})
    rows = [{"state": state, "why": "bad" if at == 1 else ""} for at, state in enumerate(states)]
    items = Items((b"1", b"2", b"3"), (Label("a", "", "passed"),) * 3)
    reply = Reply(Accepted(), 207, {}, json.dumps({"rows": rows}).encode())
    found = answer.read(reply, items, {}, keyed=False)
    if verdict is None:
        assert isinstance(found, InDoubt)
        assert "'perhaps'" in found.reason
    elif verdict:
        assert isinstance(found, Sorted)
        assert found.refused == verdict
    else:
        assert found == Accepted()


@pytest.mark.parametrize("rows", [["ok", "error", "ok"], [{"state": "ok"}, {}, {"state": "ok"}]])
def test_an_entry_that_does_not_say_how_it_went_is_in_doubt(rows: list[object]) -> None:
    reply = Reply(Accepted(), 200, {}, json.dumps({"rows": rows}).encode())
    for taken in ([], ["ok"]):
        answer = answer_of({"items": "/rows", "status": "/state", "taken": taken})
        assert isinstance(answer.read(reply, ITEMS, {}, keyed=False), InDoubt)


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b'{"s": "ok"}\n{"s": "error", "m": "taboo"}\n{"s": "ok"}\n', {"items": "/"}),
        (b'{"s": "ok"}\n{"s": "error", "m": "taboo"}\n{"s": "ok"}\n', {"items": "/lines"}),
        (
            b"<r><i s='ok'/><i s='error' m='taboo'/><i s='ok'/></r>",
            {"items": "/r/i"},
        ),
        (
            b"<r n='3'><i s='ok'/><i s='error' m='taboo'/><i s='ok'/></r>",
            {"items": "/r/i", "count": "/r/n"},
        ),
    ],
)
def test_an_answer_is_described_whatever_it_is_written_in(
    body: bytes, answer: dict[str, Any]
) -> None:
    described = answer_of({**answer, "status": "/s", "reason": "/m"})
    verdict = described.read(Reply(Accepted(), 200, {}, body), ITEMS, {}, keyed=False)
    assert isinstance(verdict, Sorted)
    assert verdict.refused == {1: "taboo"}


def test_one_element_of_xml_is_a_list_of_one() -> None:
    one = Items(ITEMS.wire[:1], ITEMS.labels[:1])
    described = answer_of({"items": "/r/i", "failed": "/bad"})
    good = Reply(Accepted(), 200, {}, b"<r><i id='1'/></r>")
    assert described.read(good, one, {}, keyed=False) == Accepted()
    assert isinstance(described.read(good, ITEMS, {}, keyed=False), InDoubt)


@pytest.mark.parametrize(
    ("states", "is_taken"),
    [
        ([True, "true", "OK", 201, "201 Created", "HTTP/1.1 201"], True),
        ([False, "False", "no", 422, "409 Conflict", "HTTP/1.1 500"], False),
        # Zero is a success to some and a failure to others; no number is longer than a status.
        ([0, 1, -1, 2001, "2001", 2.5, "²²²", "9" * 5000, [], {}], None),
    ],
)
def test_a_state_may_be_a_yes_a_number_or_nobody_knows_what(
    states: list[object], is_taken: bool | None
) -> None:
    answer = answer_of({"items": "/rows", "status": "/ok"})
    for state in states:
        rows = [{"ok": True}, {"ok": state, "why": "taboo"}, {"ok": True}]
        reply = Reply(Accepted(), 200, {}, json.dumps({"rows": rows}).encode())
        found = answer.read(reply, ITEMS, {}, keyed=False)
        if is_taken is None:
            assert isinstance(found, InDoubt)
            assert "`taken` has the words" in found.reason
        elif is_taken:
            assert found == Accepted()
        else:
            assert isinstance(found, Sorted)
            assert [*found.refused, *found.later] == [1]
            assert "taboo" in found.reason, "the entry's own words, where `reason` says no place"


def test_the_words_of_a_state_are_compared_as_json_writes_them() -> None:
    for taken in ([True], ["true"], [True, 0]):
        answer = answer_of({"items": "/rows", "status": "/ok", "taken": taken})
        reply = Reply(
            Accepted(), 200, {}, b'{"rows": [{"ok": true}, {"ok": "true"}, {"ok": true}]}'
        )
        assert answer.read(reply, ITEMS, {}, keyed=False) == Accepted()


def test_a_flag_over_all_has_the_words_of_the_answer_where_reason_says_no_place() -> None:
    answer = answer_of({"failed": "/failed"})
    for body, words in (
        ({"failed": True, "message": "quota is used up"}, "quota is used up"),
        ({"failed": "quota", "message": "x"}, "quota"),
    ):
        reply = Reply(Accepted(), 200, {}, json.dumps(body).encode())
        found = answer.read(reply, ITEMS, {}, keyed=False)
        assert isinstance(found, Rejected)
        assert words in found.reason


@pytest.mark.parametrize("said", ["²", "9" * 5000, "first"])
def test_a_culprit_that_is_no_number_is_nobody(said: str) -> None:
    refused = Reply(Rejected("no"), 400, {}, json.dumps({"e": [f"Row {said} is bad"]}).encode())
    for match in (r"Row (\S+)", "Row (x)?"):
        answer = answer_of({"culprits": {"path": "/e", "match": match}})
        assert answer.read(refused, ITEMS, {}, keyed=False) == Rejected("no")
    named = Reply(Rejected("no"), 400, {}, json.dumps({"e": {said: "bad"}}).encode())
    assert answer_of({"culprits": "/e"}).read(named, ITEMS, {}, keyed=False) == Rejected("no")


NAMED = Items(
    tuple(json.dumps({"id": key, "name": f"test {key}"}).encode() for key in "abc"),
    tuple(Label(f"test {key}", "s", "passed") for key in "abc"),
)


def _is_as_written(verdict: Verdict, wanted: Any) -> bool:
    """Whether a verdict is what somebody wrote down before; of words, a part is enough."""
    if isinstance(wanted, tuple):
        if not isinstance(verdict, Sorted):
            return False
        pairs = zip((verdict.refused, verdict.later), wanted, strict=True)
        return all(
            found.keys() == said.keys() and all(said[at] in found[at] for at in said)
            for found, said in pairs
        )
    if wanted == "D":
        return isinstance(verdict, InDoubt)
    if wanted == "A":
        return isinstance(verdict, Accepted)
    if not isinstance(verdict, Rejected):
        return False
    culprits = "".join(wanted.split("CULPRITS ")[1:])
    return ",".join(map(str, verdict.culprits)) == culprits


def test_what_a_table_describes_is_read_as_somebody_wrote_it_down_before() -> None:
    wrong = []
    for table, status, body, wanted in EXPLAINED:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        said: Verdict = Accepted()
        if status >= 400:
            said = Rejected("refused") if status < 500 else InDoubt("500")
        reply = Reply(said, status, {}, data)
        verdict = answer_of(table).read(reply, NAMED, {"a": 0, "b": 1, "c": 2}, keyed=True)
        if not _is_as_written(verdict, wanted):
            wrong.append((table, status, body, wanted, verdict))
    assert wrong == []
