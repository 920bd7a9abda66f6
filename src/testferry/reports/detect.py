"""Which tool wrote a report, told by its content and never by its name."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from testferry.reports.heads import decode_head, packer_of
from testferry.reports.kinds import (
    BROKE_OFF,
    JSON_KEYS,
    LINE_KEYS,
    MARKS_OF,
    OTHERS_READ,
    REPORT_ROOTS,
    XML_ROOTS,
)
from testferry.reports.noise import COLOURS, STAMP

HEAD = 64 * 1024
_APPLE_DOUBLE = b"\0\5\x16\7"

# A name in XML, with its prefix; no name is that long, and a bound keeps the search linear.
_PREFIX = r"(?:[\w.-]{1,60}:)?"
_KNOWN_ROOT = re.compile(
    rf"<{_PREFIX}(testsuites?|test-run|test-results|testng-results|assemblies)\b([^<>]{{0,4000}})"
)
_START_TAG = re.compile(rf"<{_PREFIX}([A-Za-z_][\w.-]{{0,200}})([^<>]{{0,4000}})")
_DOCTYPE = re.compile(r"<!DOCTYPE(?:[^<>\[]++|\[[^\]]{0,8000}+\])*+>")
_SPACE = re.compile(r"\s*")
# What opens it -> what closes it.
_NOISE = {"<!--": "-->", "<?": "?>"}

_BLANKS = "\ufeff \t\r\n\x00"
_STAMP = rf"(?:{STAMP}[ \t]{{1,8}})?"
_TAP = re.compile(rf"^{_STAMP}(?:K?TAP version 1[234]?|1\.\.\d|(?:not )?ok \d+\b)", re.MULTILINE)
_SURELY_TAP = re.compile(
    rf"^{_STAMP}(?:K?TAP version 1[234]?|1\.\.\d{{1,18}}[ \t]*(?:#.*)?$"
    r"|(?:not )?ok \d{1,18}(?: -|[ \t]*#|[ \t]*$))",
    re.MULTILINE,
)
# testem's and others': a line for each test, without a hyphen, and a plan behind them
_PLAN = re.compile(r"^1\.\.\d{1,18}[ \t]*(?:#.*)?$", re.MULTILINE)
_LINE_OF_TAP = re.compile(r"^(?:ok|not ok) \d+ ", re.MULTILINE)
_UNBUILT = re.compile(r"^FAIL\t\S{1,400} \[(?:build|setup) failed\]", re.MULTILINE)
# Where a document may begin: an object, or an array of objects, at the start of a line.
_OPENING = re.compile(r"\{|\[(?=\s{0,200}(?:[{\]]|\Z))")
_BEGIN = re.compile(rf"^[ \t]{{0,40}}(?:{_OPENING.pattern})", re.MULTILINE)
_MOST_BEGINNINGS = 200
_TOKEN = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[{}\[\]:,]', re.DOTALL)
# An array of anything but objects; `[12:31:30] …` is none.
_ARRAY = re.compile(r"\[\s{0,200}(?:\"|\[|(?:true|false|null|-?[0-9.]{1,30})\s{0,200}[,\]])")
# What Cucumber's features have beside their elements.
_OF_FEATURES = frozenset({"*/keyword", "*/uri"})
_EMPTY_ARRAY = re.compile(r"\[\s*\]\s*\Z")
# The longest key of each kind: hardly anything else has it.
_KEYS = {max(sorted(keys), key=len).rpartition("/")[2] for keys, *_ in (*JSON_KEYS, *LINE_KEYS)}
# Without any of these no text is a report, or it is coloured.
_MARK = re.compile(
    rf'"(?:elements|{"|".join(map(re.escape, sorted(_KEYS)))})"|{_EMPTY_ARRAY.pattern}'
    r"|<|\x1b|ok \d|1\.\.\d|TAP version|FAIL\t"
)


@dataclass(frozen=True, slots=True)
class Format:
    """What a file is."""

    name: str
    title: str  # for people
    why: str
    known: bool = True
    # whether the first document of a file that is not known ends in its head
    ends: bool = True

    @property
    def refusal(self) -> str:
        """Why a file of this format is not read."""
        if self.name == "empty":
            return "is empty; did the test run die before it wrote its report?"
        if self.name == "cut":
            return f"is cut off before it says what it is: {self.why}"
        if self.name == "packed":
            return f"is {self.title}, which testferry does not unpack: do that, and name its folder"
        if self.name == "companion":
            return f"is {self.title}: it holds no results ({self.why})"
        if not self.known:
            return f"is no report that testferry knows: {self.why}"
        return f"is {self.title}, not a report that testferry reads ({self.why})"


def detect(head: bytes) -> Format:
    """Return the format of a file from its first 64 KiB."""
    if head.startswith(_APPLE_DOUBLE):
        return Format(
            "companion",
            "what macOS writes beside a file",
            "it has AppleDouble's first bytes",
        )
    if packer := packer_of(head):
        return Format("packed", f"packed by {packer}", "it has its first bytes", known=False)
    form = _told(decode_head(head).lstrip(_BLANKS))
    if form.name == "json" and not form.ends and len(head) < HEAD:
        return replace(form, name="cut")
    return form


def report_in(text: str) -> str:
    """Return the format of a report that begins in the first 64 KiB of a text, empty if none
    does.
    """
    text = text[:HEAD].lstrip(_BLANKS)
    if _MARK.search(text) is None:  # lines of a log, a hundred thousand of them
        return ""
    form = _told(text)
    if form.name in REPORT_ROOTS.values() or form.name in OTHERS_READ:
        return form.name
    return ""


def _told(text: str) -> Format:
    if not text:
        return Format(
            "empty",
            "empty",
            "there is nothing in it",
        )
    if text.startswith("<"):
        return _xml(text)
    if text[0] in "{[" and (whole := _json(text)).known:
        return whole
    return _behind_banner(text)


def _behind_banner(text: str) -> Format:
    """Return the format of a file that begins with something else than its document."""
    text = COLOURS.sub("", text)
    if _TAP.search(text) and (_SURELY_TAP.search(text) or _is_plain_tap(text)):
        return Format("tap", "TAP", "it has TAP's lines")
    if _UNBUILT.search(text):
        return Format(
            "go",
            "go test -json",
            "it has go's words for a package that did not build",
        )
    found = [form for form in (_lines(text), _first_json(text), _first_xml(text)) if form]
    for form in found:
        if form.known:
            return form
    if found:
        return found[0]
    if _ARRAY.match(text):
        return Format(
            "json",
            "JSON",
            "there is no object in it",
            known=False,
        )
    return Format(
        "text",
        "text",
        "there is no XML, no JSON and no TAP in it",
        known=False,
    )


def _first_json(text: str) -> Format | None:
    if found := _document(text):
        return found[1]
    return None


def _first_xml(text: str) -> Format | None:
    start = text.find("<")
    if start < 0:
        return None
    return _xml(text[start:])


def _is_plain_tap(text: str) -> bool:
    return bool(_PLAN.search(text) and _LINE_OF_TAP.search(text))


def may_begin(text: str) -> bool:
    """Return whether a text may begin with a JSON document."""
    return _OPENING.match(text) is not None


def document_start(text: str) -> int:
    """Return where a JSON document begins behind a banner, 0 if nothing else is known."""
    found = _document(text)
    if found:
        return found[0]
    if begin := _BEGIN.search(text):
        return begin.start()
    return 0


def _document(text: str) -> tuple[int, Format] | None:
    """Return the place and the format of the first document of a known kind, else of the first.

    Lines within a document that was looked at are no documents of their own.
    """
    first: tuple[int, Format] | None = None
    passed = 0
    for number, begin in enumerate(_BEGIN.finditer(text)):
        if number >= _MOST_BEGINNINGS:
            break
        if begin.start() < passed:
            continue
        found, passed = _by_keys(text, begin.end() - 1)
        if found.known:
            return begin.end() - 1, found
        first = first or (begin.end() - 1, found)
    return first


def _json(text: str) -> Format:
    return _lines(text) or _by_keys(text, 0)[0]


def _by_keys(text: str, at: int) -> tuple[Format, int]:
    """Return the format of the document that begins there, and where it ends."""
    keys, end, ends = _keys(text, at)
    for wanted, name, title in JSON_KEYS:
        if wanted <= keys:
            return Format(
                name,
                title,
                f"it has the keys {', '.join(sorted(wanted))}",
            ), end
    if text[at] == "[" and "*/elements" in keys and not keys.isdisjoint(_OF_FEATURES):
        return Format(
            "cucumber",
            "Cucumber JSON",
            "it is an array of features",
        ), end
    if _EMPTY_ARRAY.match(text, at):
        return Format(
            "cucumber",
            "Cucumber JSON",
            "it is an empty array",
        ), end
    top = sorted(key for key in keys if "/" not in key)[:5]
    said = "there is no object in it"
    if top:
        said = f"its keys are {', '.join(top)}"
    return Format(
        "json",
        "JSON of a kind that is no report",
        said,
        known=False,
        ends=ends,
    ), end


def _lines(text: str) -> Format | None:
    """Return the format of NDJSON: one of the first lines is an object with its keys."""
    for line in text.split("\n", 200)[:200]:
        stripped = line.strip().removeprefix("[").removesuffix("]")
        if not stripped.startswith("{"):
            continue
        keys, *_ = _keys(stripped)
        for wanted, name, title in LINE_KEYS:
            if wanted <= keys:
                return Format(
                    name,
                    title,
                    f"its lines have the keys {', '.join(sorted(wanted))}",
                )
    return None


def _keys(text: str, begin: int = 0) -> tuple[set[str], int, bool]:
    """Return the names at the first levels of a document that may be cut, where it ends, and
    whether it does.

    ``a`` and ``a/b`` are names; ``*`` stands for an array.
    """
    found: set[str] = set()
    path: list[str] = []
    last = ""
    for match in _TOKEN.finditer(text, begin):
        mark = match[0]
        if mark in "{[":
            path.append("")
            if mark == "[":
                path[-1] = "*"
        elif mark in "}]":
            if len(path) < 2:
                return found, match.end(), True
            path.pop()
        elif mark == ":" and path and path[-1] != "*":
            path[-1] = last
            if len(path) <= 3:
                found.add("/".join(filter(None, path)))
        elif mark.startswith('"'):
            last = mark[1:-1][:200]
    return found, len(text), False


def _xml(text: str) -> Format:
    tag = _first_tag(text)
    if tag is None:
        return Format(
            "text",
            "text",
            "no XML element starts in it",
            known=False,
        )
    root, attributes = tag[1], tag[2]
    if root in ("testsuites", "testsuite") and "check.sourceforge.net" in attributes:
        return Format(
            "check",
            "check's own XML, not JUnit",
            f"its root is <{root}> in check's namespace",
        )
    if root == "TestRun" and "microsoft.com" not in attributes:
        return Format(
            "cppunit",
            "a CppUnit report",
            "its root is <TestRun> without Visual Studio's namespace",
        )
    if root not in XML_ROOTS and (known := _KNOWN_ROOT.search(text)):
        root = known[1]
    if root.lower() == "html":
        root = "html"
    why = f"its root element is <{root[:80]}>"
    if root == "failsafe-summary" and BROKE_OFF.search(text.rstrip(_BLANKS)):
        return Format("failsafe", "Failsafe's summary of a run that broke off", why)
    mark = MARKS_OF.get(root)
    if root in XML_ROOTS and (mark is None or mark.search(text)):
        name, title = XML_ROOTS[root]
        return Format(name, title, why)
    return Format(
        "xml",
        "XML",
        why,
        known=False,
    )


def _first_tag(text: str) -> re.Match[str] | None:
    """Return the first start tag behind comments, instructions and the document type."""
    at = 0
    while 0 <= at < len(text):
        at = _SPACE.match(text, at).end()  # type: ignore[union-attr] # it matches always
        opening = next((mark for mark in _NOISE if text.startswith(mark, at)), "")
        if opening:
            end = text.find(_NOISE[opening], at + len(opening))
            if end < 0:
                return None
            at = end + len(_NOISE[opening])
        elif doctype := _DOCTYPE.match(text, at):
            at = doctype.end()
        elif tag := _START_TAG.match(text, at):
            return tag
        else:
            at = text.find("<", at + 1)
    return None
