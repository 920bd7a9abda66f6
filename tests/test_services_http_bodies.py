"""A body is made around results that were encoded once; what is known late is put in when it
leaves.
"""

from __future__ import annotations

import gzip
import json

from testferry.model import Result, Status
from testferry.services.http.bodies import (
    SEPARATOR,
    address,
    content,
    fill,
    fill_wire,
    headers_of,
    key_of,
    numbered,
    readable,
    results_of,
    unnumbered,
    zipped,
)
from testferry.services.http.table import described
from testferry.services.http.target import Http
from testferry.services.http.template import Known, compiled
from testferry.services.http_json import encode
from testferry.submission import Items, Label

LABEL = Label("n", "s", "passed")
RESULT = Result("adds", Status.PASSED)
VALUES = {("key", ""): "0-1-2-3-4-5-6-7", ("upload", "name"): 'N "1"', ("run", "id"): 7}


def look(scope: str, name: str) -> object:
    return VALUES[(scope, name)]


def known() -> Known:
    return Known(names={"upload": ("name",), "run": ("id",)})


def test_a_key_is_the_same_in_any_batch_and_another_in_any_upload() -> None:
    assert unnumbered(numbered(3, b"{ }")) == b"{ }"
    assert key_of("mark", b"1") == key_of("mark", b"1")
    assert len({key_of("mark", b"1"), key_of("mark", b"2"), key_of("other", b"1")}) == 3


def test_a_result_in_a_journal_is_shown_as_it_leaves() -> None:
    target = Http(tables={"item": {"id": "{key}", "no": "k-{key|max 15}", "run": "{upload.id}"}})
    wire = target.item(RESULT)
    shown = json.loads(readable(wire, "m"))
    whole = key_of("m", b"1")
    assert shown == {"id": whole, "no": f"k-{whole.replace('-', '')[:15]}", "run": "{upload.id}"}
    assert readable(b'{"name": "12 monkeys"}', "m") == b'{"name": "12 monkeys"}'


def test_what_is_known_late_keeps_its_type_or_is_part_of_a_text() -> None:
    words = known()
    template = {
        "id": "{key}",
        "short": "{key|max 12}",
        "run": "{run.id}",
        "text": "run {run.id} of {upload.name}",
        "name": "{upload.name|upper}",
        "quoted": '"{upload.name}"',
    }
    made = {
        "id": "0-1-2-3-4-5-6-7",
        "short": "01234567",
        "run": 7,
        "text": 'run 7 of N "1"',
        "name": 'N "1"',
        "quoted": '"N "1""',
    }
    plan = compiled(template, "item", words)(RESULT, None)
    assert fill(plan, words.later, look) == made
    assert json.loads(fill_wire(encode(plan), words.later, look)) == made


def test_a_key_is_as_long_when_it_is_planned_as_when_it_is_sent() -> None:
    planned = encode(compiled("{key}", "item", known())(RESULT, None))
    assert len(planned) == len(encode(key_of("m", b"1")))


def body(tables: dict[str, object], results: bytes) -> tuple[bytes | None, str]:
    description = described(tables)
    return content(description.send, results, description.laters, look, "b0")


def test_the_results_stand_where_the_template_has_them() -> None:
    items = Items((b'{"a":1}', b'{"a":2}'), (LABEL, LABEL))
    listed = results_of("json", items, as_object=False)
    assert listed == b'[{"a":1},{"a":2}]'
    send = {"json": {"for": "{set.p}", "data": {"rows": "{results}"}}}
    made, kind = body({"set": {"p": "x"}, "send": send}, listed)
    assert json.loads(made or b"") == {"for": "x", "data": {"rows": [{"a": 1}, {"a": 2}]}}
    assert kind == "application/json"
    assert body({"send": {"request": "POST /"}}, listed)[0] == listed
    assert results_of("ndjson", items, as_object=False) == b'{"a":1}\n{"a":2}\n'
    assert results_of("json", items, as_object=True) == b'{"a":1,"a":2}'


def test_a_line_is_one_line_whatever_is_in_it() -> None:
    items = Items((encode("m,t=x f=1\nm,t=y f=2"), encode("z")), (LABEL, LABEL))
    assert results_of("lines", items, as_object=False) == b"m,t=x f=1 m,t=y f=2\nz\n"
    two = Items((SEPARATOR.join((b"{1}", b"{2}")),), (LABEL,))
    assert results_of("ndjson", two, as_object=False) == b"{1}\n{2}\n"


def test_a_form_has_texts_as_they_are_and_everything_else_as_json() -> None:
    fields = {"tests": "{results}", "who": "me", "metadata": {"job": 1}}
    made, kind = body({"send": {"format": "multipart", "json": fields}}, b'{"a":1}')
    assert kind == "multipart/form-data; boundary=b0"
    parts = (made or b"").split(b"--b0")
    assert [part.partition(b"\r\n\r\n")[2] for part in parts[1:4]] == [
        b'{"a":1}\r\n',
        b"me\r\n",
        b'{"job":1}\r\n',
    ]
    assert parts[4] == b"--\r\n"


def test_a_value_cannot_leave_its_place_in_an_address_or_a_header() -> None:
    tables = {
        "set": {"p": "../a?b"},
        "send": {"request": "POST /v/{set.p}/x:y?$top=1", "headers": {"X-P": "ü\r\nX: {set.p}"}},
    }
    description = described(tables)
    assert address(description.send.path, {}, look) == "v/%252E%252E%2Fa%3Fb/x:y?$top=1"
    for leading in (".", ".."):
        made = described({"set": {"p": leading}, "send": {"request": "POST /v/{set.p}/x"}})
        assert address(made.send.path, {}, look) == f"v/{leading.replace('.', '%252E')}/x"
    for inner in ("a/../b", "a\\..\\b", "a/.."):
        made = described({"set": {"p": inner}, "send": {"request": "POST /v/{set.p}/x"}})
        assert ".." not in address(made.send.path, {}, look)
    assert headers_of(description.send, {}, look) == (("X-P", "%C3%BC%0D%0AX: ../a?b"),)


def test_a_packed_body_is_the_same_at_any_time() -> None:
    assert gzip.decompress(zipped(b"x")) == b"x"
    assert zipped(b"x") == zipped(b"x")
