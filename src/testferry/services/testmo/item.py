"""How a result becomes a test of Testmo: as the vendor's CLI maps it, less its losses.

Facts (the vendor's CLI, its source, 1.5.0): text is sliced at 16,384 characters, strings at 750,
notes at 80, fields and artifacts at 24, steps at 99; a test's key is sha256hex(classname + "." +
name), or the name alone without a class: histories go on. http links are links here, steps are
escaped, and nothing is cut unseen.
"""

from __future__ import annotations

import hashlib
import html
import re

from testferry.model import Detail, Result, Status
from testferry.text import normal, shorten

# An artifact or a field of a test, as the service's documents have it.
Entry = dict[str, object]

STRING_LIMIT = 750
TEXT_LIMIT = 16_384
NOTE_LIMIT = 80
FIELD_LIMIT = 24
STEP_LIMIT = 99
STRING = 1
TEXT = 2
HTML = 3
CONSOLE = 4
URL = 5

_STATUS = {
    Status.PASSED: "passed",
    Status.FAILED: "failure",
    Status.ERROR: "error",
    Status.SKIPPED: "skipped",
}
_FIELD_NAMES = {"failure": "Failure", "error": "Error", "skipped": "Skipped"}
TYPED = {"string": STRING, "url": URL, "text": TEXT, "console": CONSOLE, "html": HTML}
_BLANK = r"[^\S\n]*+"  # of one line: `\s*` would eat line ends, again and again
_INLINE = re.compile(rf"^{_BLANK}\[\[PROPERTY\|([^=\]\n]+)=([^\n]*?)\]\]{_BLANK}$", re.MULTILINE)
_BLOCK = re.compile(
    rf"^{_BLANK}\[\[PROPERTY\|([^=\]\n]+)\]\]{_BLANK}\n"
    rf"((?:(?!{_BLANK}\[\[)[^\n]*\n)*+){_BLANK}\[\[/PROPERTY\]\]{_BLANK}$",
    re.MULTILINE,
)
_ATTACHMENT_LINE = re.compile(
    rf"^(?:{_BLANK}\n){{0,9}}+{_BLANK}\[\[ATTACHMENT\|[^\]\n]+\]\]{_BLANK}$\n?",
    re.MULTILINE,
)
_STEP = re.compile(r"step(?:\[([A-Za-z_-]+)\])?", re.IGNORECASE)


def test_of(result: Result) -> Entry:
    """One test as the append call takes it."""
    if result.classname:
        identity = f"{result.classname}.{result.name}"
    else:
        identity = result.name
    test: dict[str, object] = {
        "key": hashlib.sha256(normal(identity).encode("utf-8", "replace")).hexdigest(),
        "name": shorten(result.name, STRING_LIMIT),
        "status": _STATUS[result.status],
        "folder": shorten(result.folder or "Unnamed folder", STRING_LIMIT),
    }
    if result.elapsed is not None:
        test["elapsed"] = round(result.elapsed * 1e6)
    if result.file:
        test["file"] = shorten(result.file, STRING_LIMIT)
    if result.line is not None:
        test["line"] = result.line
    if result.assertions is not None:
        test["assertions"] = result.assertions
    if (
        result.details
        or result.properties
        or result.stdout
        or result.stderr
        or result.attachments
        or result.flaky
    ):
        test["artifacts"], test["fields"] = _artifacts_and_fields(result)
    return test


def text_field(name: str, value: str) -> Entry:
    """A field of one line, for a run as for a test."""
    return _field(STRING, name, value)


def typed_field(kind: str, name: str, value: str) -> Entry:
    """A field of one of the kinds that ``TYPED`` names, for a run."""
    return _field(TYPED[kind], name, value)


def _field(kind: int, name: str, value: str, **more: object) -> Entry:
    if kind in (STRING, URL):
        limit = STRING_LIMIT
    else:
        limit = TEXT_LIMIT
    return {
        "type": kind,
        "name": shorten(name, STRING_LIMIT),
        "value": shorten(value, limit),
        **more,
    }


def _artifacts_and_fields(
    result: Result,
) -> tuple[list[Entry], list[Entry]]:
    """As the vendor's CLI maps them, less its losses: http links are links, steps are escaped,
    nothing is cut unseen.
    """
    fields = [_outcome(detail) for detail in result.details]
    if result.attempts > 1:
        fields.append(_field(STRING, "Attempts", str(result.attempts)))
    stdout, from_stdout = _take_properties(result.stdout)
    artifacts: list[dict[str, object]] = []
    steps: list[str] = []
    for name, value in (*result.properties, *from_stdout):
        if _STEP.match(name) and not name.lower().startswith("steps"):
            steps.append(_step(name, value))
        elif name.startswith("attachment"):
            _attach(value, artifacts, fields)
        else:
            fields.append(_property(name, value))
    for attachment in result.attachments:
        if not any(attachment == value for _, value in result.properties):
            _attach(attachment, artifacts, fields)
    if steps:
        listed = "".join(f"<li>{step}</li>" for step in steps[:STEP_LIMIT])
        fields.append({"type": HTML, "name": "Steps", "value": f"<ol>{listed}</ol>"})
    for name, output in (("Output", stdout), ("Errors", result.stderr)):
        if output.strip():
            fields.append(_field(CONSOLE, name, output))
    return _bounded(artifacts, "artifacts"), _bounded(fields, "fields")


def _outcome(detail: Detail) -> Entry:
    kind = _FIELD_NAMES.get(detail.kind, detail.kind)
    said = {
        "text": detail.text,
        "message": detail.message,
        "type": detail.type,
    }
    value = detail.text or detail.message or detail.type
    meta = {}
    for key, words in said.items():
        if words and words != value:
            meta[key] = shorten(words, TEXT_LIMIT)
    return _field(
        CONSOLE,
        kind,
        value,
        meta=meta,
        is_highlight=detail.kind in _FIELD_NAMES,
    )


def _property(name: str, value: str) -> Entry:
    prefix, colon, rest = name.partition(":")
    if colon and prefix in TYPED and rest:
        return _field(TYPED[prefix], rest, value)
    if "\n" in value:
        kind = TEXT
    else:
        kind = STRING
    return _field(kind, name or "property", value)


def _step(name: str, value: str) -> str:
    match = _STEP.match(name)
    status = ""
    if match and match[1]:
        status = f" <em>({html.escape(match[1])})</em>"
    return f"{html.escape(shorten(value, STRING_LIMIT))}{status}"


def _attach(
    value: str,
    artifacts: list[Entry],
    fields: list[Entry],
) -> None:
    """Testmo keeps links, not files: what is no link is told by name."""
    if re.match(r"https?://", value):
        name = value.rstrip("/").rpartition("/")[2] or value
        artifacts.append(
            {
                "name": shorten(name, NOTE_LIMIT),
                "url": value,
            }
        )
    else:
        fields.append(_field(STRING, "Attachment", value))


def _take_properties(output: str) -> tuple[str, list[tuple[str, str]]]:
    """``[[PROPERTY|k=v]]`` and ``[[PROPERTY|k]]…[[/PROPERTY]]`` of a test's output, and the output
    without them.
    """
    if "[[" not in output:
        return output, []
    found = [(name, value.strip("\n")) for name, value in _BLOCK.findall(output)]
    output = _BLOCK.sub("", output)
    found += _INLINE.findall(output)
    return _ATTACHMENT_LINE.sub("", _INLINE.sub("", output)), found


def _bounded(
    entries: list[Entry],
    what: str,
) -> list[Entry]:
    """At most as many as the service keeps; the last one says in words what else there was."""
    if len(entries) <= FIELD_LIMIT:
        return entries
    if what == "artifacts":
        return entries[:FIELD_LIMIT]
    left_out = entries[FIELD_LIMIT - 1 :]
    rest = "\n".join(f"{entry['name']}: {entry['value']}" for entry in left_out)
    return [*entries[: FIELD_LIMIT - 1], _field(TEXT, "More fields", rest)]
