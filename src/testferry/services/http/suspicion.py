"""What a 2xx says of errors, if nobody described its answers.

Counting a 2xx as success loses results: CouchDB's ``_bulk_docs`` answers 201 with ``forbidden`` for
one document, Elasticsearch's ``_bulk`` 200 with ``"errors": true``, OTLP 200 with a count of
``rejectedSpans``. So an answer that speaks of errors, or of fewer results than were sent, is
believed only for what a description of it (``answer``) says. Pure and total.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from testferry.engine.step import Reply
from testferry.services.http import codes, sayings, wording
from testferry.services.http.columns import leaves, unlike
from testferry.services.http.documents import NO_DOCUMENT, document_of, json_of, words_of_list
from testferry.services.http.hint import around_number, key_to_write
from testferry.services.http.naming import names_some
from testferry.services.http.pointers import put, without
from testferry.services.http.search import Search, shown
from testferry.services.http.statuses import OF_PARTS
from testferry.submission import Items

_SHOWN = 160  # characters of a body's words
_END_OF_LINE = re.compile(r"[:=,;|\t]")
_BINARY = re.compile(rb"[\x00-\x08\x0e-\x1a]")
# Headers of HTTP, of browsers and of proxies, whose words are no service's.
_OTHER_HEADERS = re.compile(
    r"(?:access-control|content|cf|sec|x-(?:ratelimit|rate-limit|cache|frame|content|xss|permitted"
    r"|robots|b3|amz-cf|error-id|cloud|amzn-trace)|ratelimit|report|nel|cache|strict|retry|referrer|permissions)\b.*"
)


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What speaks against a 2xx: where it stands (a JSON pointer), and its words; or in which
    header.
    """

    words: str
    pointer: str = ""
    header: str = ""
    hint: str = ""

    @property
    def key(self) -> str:
        """The key of a table that would explain it."""
        return self.hint or key_to_write(None, self.pointer, 0)

    @property
    def excuse(self) -> str:
        """The key that would say that it is no error; empty if there is none."""
        if self.header:
            return f'answer = {{ ignore = ["{self.header}"] }}'
        if not self.pointer or around_number(self.pointer)[1]:
            return ""
        return f'answer = {{ ignore = ["{self.pointer}"] }}'


def suspicion(
    reply: Reply,
    items: Items,
    explained: Iterable[str] = (),
    *,
    answered: bool = False,
    entries: tuple[str, list[object]] | None = None,
    told: int = 0,
    said: frozenset[str] = frozenset(),
) -> Suspicion | None:
    """What speaks against a 2xx, None if nothing does.

    ``explained``: pointers, or names of headers, that do not count; ``answered``: a description
    says what became of each result; ``entries``: what is left of the list at a pointer; ``told``
    results are known to have failed, which explains a flag, and counts and lists of so many;
    ``said``: texts that were sent.
    """
    explained = tuple(explained)
    search = Search(
        reply.status,
        items,
        said,
        told=told,
    )
    in_header = _of_headers(
        reply.headers,
        search,
        explained,
    )
    if in_header is not None:
        return in_header
    document = document_of(reply.body)
    if document is NO_DOCUMENT:
        found = _of_text(reply, items)
    else:
        if entries is not None:
            document = put(document, *entries)
        for pointer in explained:
            document = without(document, pointer)
        found = _of_document(
            document,
            search,
            items,
            answered=answered,
        )
    is_problem = "problem+" in reply.headers.get("content-type", "")
    if found is None and (is_problem or (reply.status in OF_PARTS and not answered)):
        return Suspicion(f"{reply.status}: {_excerpt(reply.body)}")
    return found


def _of_document(
    document: object,
    search: Search,
    items: Items,
    *,
    answered: bool,
) -> Suspicion | None:
    found = _first(
        search,
        document,
        answered=answered,
    )
    if found is None:
        some = None if answered else names_some(document, items)
        return some and Suspicion(*some)
    # What was sent may have been sent back: a failed test is no failed request.
    sent = tuple(map(json_of, items.wire))
    found = _first(
        search.knowing(items, sent),
        document,
        answered=answered,
    )
    if found is None:
        return None
    return replace(found, hint=key_to_write(document, found.pointer, len(items.wire)))


def _first(
    search: Search,
    document: object,
    *,
    answered: bool,
) -> Suspicion | None:
    found = next(search.of(document), None)
    if found is not None:
        return Suspicion(*found)
    if answered or not search.count:
        return None
    return _of_mere_words(document, search) or _of_a_mere_no(document, search.count)


def _of_mere_words(
    document: object,
    search: Search,
) -> Suspicion | None:
    """What an answer says that has nothing but texts for people: one of them has to say that
    results were taken.
    """
    if not isinstance(document, Mapping) or _has_more(document):
        return None
    texts = dict(leaves(document))
    about = {place for place in texts if wording.is_about_itself(place.rpartition("/")[2])}
    said = {place: text for place, text in texts.items() if place not in about}
    if not said:
        return None
    if any(_says_taken(place, text, search) for place, text in said.items()):
        return None
    if not all(_is_for_people(place, text) for place, text in said.items()):
        return None
    place, text = next(iter(said.items()))
    return Suspicion(
        f"it says no more than {shown(text)}",
        place,
    )


def _says_taken(
    place: str,
    text: str,
    search: Search,
) -> bool:
    """Whether a text says that results were taken, alone or under its name: ``Success: 4``."""
    if text in search.said:
        return True
    if sayings.says_taken(text):
        return not sayings.speaks_badly(text, search.count)
    return wording.is_yes(place.rpartition("/")[2]) and any(map(str.isdigit, text))


def _of_a_mere_no(
    document: object,
    count: int,
) -> Suspicion | None:
    """A no that stands alone, under a name that nobody knows, a size of so few, or a code:
    ``{"routed": false}``.
    """
    pointer, name, value = "", "", document
    while isinstance(value, Mapping) and len(value) == 1:
        (name, value), *_ = value.items()
        pointer = f"{pointer}/{name}"
    number = codes.number_in(value)
    is_few = number is not None and number < count and name.lower() in ("size", "length")
    # A success is zero, or begins as HTTP's do.
    is_code = number is not None and name.lower() == "code" and str(value)[0] not in "02"
    # As in {"errors": false} and {"duplicate": false}.
    is_else = wording.is_of_errors(name) or wording.is_rehearsal(name) or wording.counts(name)
    if is_few or is_code or (value is False and not is_else):
        return Suspicion(f"it says no more than {shown(document)}", pointer)
    return None


def _is_for_people(
    place: str,
    text: str,
) -> bool:
    name = next(part for part in reversed(place.split("/")) if not part.isdigit() or part == "")
    return wording.is_spoken(name) or " " in text.strip() or sayings.is_bad_state(text)


def _has_more(document: object) -> bool:
    """Whether there is a number or a yes that is not about the answer itself."""
    waiting = [("", document)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, Mapping):
            waiting += [(str(key), inner) for key, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(name, inner) for inner in value]
        elif isinstance(value, int | float) and not wording.is_about_itself(name):
            return True
    return False


# --- what is no table


def _of_headers(
    headers: Mapping[str, str],
    search: Search,
    explained: tuple[str, ...],
) -> Suspicion | None:
    """A service may count its refusals in a header: ``X-Rejected: 2``."""
    excused = {name.lower() for name in explained if not name.startswith("/")}
    counted: dict[str, object] = {}
    for name, value in headers.items():
        if name.lower() in excused or _OTHER_HEADERS.fullmatch(name.lower()):
            continue
        short = _short(name)
        speaks = short.endswith("warning") and sayings.speaks_badly(value, search.count)
        speaks = speaks or search.claims.speaks(short, value, {short: value})
        if speaks or search.claims.speaks_in_list(short, value):
            return Suspicion(
                f"{name}: {value[:_SHOWN]}",
                header=name,
            )
        if wording.counts(short) == "part":
            counted[short] = value
    few = next(
        search.of_whole(counted, "", ""),
        None,
    )
    if few is not None:
        return Suspicion(
            few[0],
            header=next(name for name in headers if _short(name) in counted),
        )
    return None


def _short(name: str) -> str:
    return name.lower().removeprefix("x-")


def _of_text(
    reply: Reply,
    items: Items,
) -> Suspicion | None:
    """What a body that is no document says."""
    if _BINARY.search(reply.body):
        return Suspicion("it is neither text nor JSON")
    text = reply.body.decode("utf-8", "replace").lstrip("\ufeff")
    excerpt = _excerpt(reply.body)
    begins = text.lstrip()[:1]
    if begins in ("{", "[") or "json" in reply.headers.get("content-type", ""):
        return Suspicion(f"it is not the JSON that it says: {excerpt}")
    if begins == "<":
        return Suspicion(f"it is a page, and no answer: {excerpt}")
    count = len(items.wire)
    words = words_of_list(text)
    is_bad = _is_bad_list(words, count) or _is_unlike(words, count)
    if is_bad or sayings.is_refusal(text, count):
        return Suspicion(excerpt)
    return None


def _is_bad_list(
    words: list[str],
    count: int,
) -> bool:
    """Whether a word for each result is a bad one, or there are fewer than there are results."""
    if len(words) < 2 or not all(map(_is_of_a_state, words)):
        return False
    return len(words) < count or any(map(sayings.is_bad_state, words))


def _is_unlike(
    lines: list[str],
    count: int,
) -> bool:
    """Whether one of several lines, for a result each, ends otherwise: ``t1: ok``, ``t2: no``."""
    if len(lines) == count + 1:  # the names of the columns
        lines = lines[1:]
    if len(lines) != count or count < 2:
        return False
    ends = [_END_OF_LINE.split(line.strip(" *-"))[-1].strip() for line in lines]
    return unlike(ends) is not None


def _is_of_a_state(word: str) -> bool:
    return sayings.is_bad_state(word) or (len(word) < 20 and sayings.says_taken(word))


def _excerpt(body: bytes) -> str:
    return " ".join(
        body[: 4 * _SHOWN]
        .decode(
            "utf-8",
            "replace",
        )
        .split()
    )[:_SHOWN]
