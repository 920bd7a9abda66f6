"""What names and texts of an answer say: of errors, of what was taken, of how many.

A name is read as its words (``insertErrors``, ``insert-errors`` and ``INSERT_ERRORS`` are one), a
text by the words in it. Pure and total; what is done about it is for `suspicion` to say.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

# --- names

_FAULT = re.compile(
    r"err(?:or)?s?|fail(?:s|ed|ure|ures)?|reject(?:s|ed|ion|ions)?|invalid|exceptions?|faults?"
    r"|dropped|discard(?:ed|s)?|denied|refused|conflicts?|conflicting|unprocess(?:ed|able)|missing"
    r"|skipped|ignored|problems?|violations?|partial|unsuccessful|bad|lost|quarantined?|truncated"
    r"|incomplete|unmatched|unknown|unresolved|unrecogni[sz]ed|dead|overflow(?:ed)?|blocked|not"
    r"|rollback|rolled"
)
# Names of lower case alone, in which no words can be told apart.
_JOINED = re.compile(
    r"(?:n|num|is|has|non|not)?(?:partial)?(?:errors?|errmsg|errno|fail(?:ed|ure|s$)|reject(?:ed|s$)"
    r"|invalid|exceptions?|dropped|discard|denied|refused|conflict|unprocessed|notprocessed|missing"
    r"|skipped|ignored|problem|violation|unsuccessful|partial(?:success|failure))"
)
# A name with one of these says how errors are met, not that there are some.
_SETTING = frozenset({"on", "rate", "policy", "threshold", "handler", "handling", "timeout"})
_ADDRESS = frozenset({"url", "uri", "href", "link", "links", "page"})
_IMPERATIVE = frozenset({"ignore", "allow", "max", "min", "raise", "show", "hide", "retry"})

# What only counts, and what is counted.
_COUNTING = frozenset({"n", "num", "number", "nr", "of", "total", "count", "size"})
_THINGS = frozenset(
    {"row", "rows", "record", "records", "item", "items", "result", "results", "test", "tests"}
    | {"doc", "docs", "document", "documents", "event", "events", "entry", "entries", "line"}
    | {"lines", "point", "points", "object", "objects", "case", "cases", "execution", "executions"}
)
# Counts of what was taken: these are parts of a whole, …
_PARTS = frozenset(
    {"created", "inserted", "added", "new", "updated", "modified", "replaced", "upserted", "queued"}
    | {"existing", "unchanged", "duplicate", "duplicates"}
)
# … and each of these is the whole.
_WHOLES = frozenset(
    {"accepted", "received", "processed", "stored", "saved", "imported", "written", "ingested"}
    | {"indexed", "succeeded", "successful", "success", "ok", "affected", "uploaded", "actual"}
    | {"ack", "acked", "acknowledged", "persisted", "committed"}
)
_IDS = frozenset({"ids", "uuids", "keys"})
# A list under one of these names has an entry for each result.
_LISTS = frozenset(
    {"results", "items", "data", "entries", "records", "rows", "created", "inserted", "accepted"}
    | {"id", "uuid"}
    | {"responses", "value", "values", "docs", "documents", "tests", "events", "lines"}
)
_YES = frozenset({"ok", "success", "succeeded", "successful", "accepted", "valid"})
# A job that goes on says so, too: under 202 that is no refusal.
_ENDED = frozenset({"done", "finished", "complete", "completed", "processed", "ready"})
_STATE = frozenset({"status", "result", "state", "outcome", "type", "kind", "level", "severity"})
_SPOKEN = frozenset(
    {"message", "messages", "msg", "detail", "details", "reason", "description", "text", "title"}
    | {"info", "warning", "warnings", "note", "notes", "notice", "redirect", "response", "results"}
)
_CODE = frozenset({"code", "errcode", "statuscode", "status", "httpstatus", "httpcode"})
_OF_ERRORS = frozenset({"errcode", "errno", "errorcode", "returncode", "retcode", "exitcode", "rc"})
_REHEARSED = frozenset({"dryrun", "simulated", "simulation", "preview", "validateonly", "testmode"})


@lru_cache(maxsize=4096)
def words_in(name: str) -> tuple[str, ...]:
    """The words of a name, in lower case."""
    return tuple(word.lower() for word in _WORD.findall(name))


@lru_cache(maxsize=4096)
def plain(name: str) -> str:
    """The name as one word, without what only says that it is, or is counted."""
    words = words_in(name)
    left = [word for word in words if word not in ("is", "was", "were", "has")]
    return "".join(left or words)


@lru_cache(maxsize=4096)
def is_of_errors(name: str) -> bool:
    """Whether what stands under a name is an error, or counts or lists them."""
    words = words_in(name)
    if not words or words[0] in _IMPERATIVE or words[-1] in _ADDRESS or _SETTING & set(words):
        return False
    return any(map(_FAULT.fullmatch, words)) or bool(_JOINED.match("".join(words)))


@lru_cache(maxsize=4096)
def counts(name: str) -> str:
    """Which count a name is: a ``part`` of what was taken, the ``whole``, or none (empty)."""
    words = words_in(name)
    left = [word for word in words if word not in _COUNTING and word not in _THINGS]
    if not left:
        said = set(words)
        is_count = bool(said & {"count", "n"}) or bool({"number", "num"} & said and said & _THINGS)
        return "whole" if is_count and "total" not in said else ""
    if len(left) > 1:
        return ""
    if left[0] in _PARTS:
        return "part"
    return "whole" if left[0] in _WHOLES else ""


@lru_cache(maxsize=4096)
def lists(name: str) -> str:
    """What a name lists of the results: ``ids``, or ``entries``, or nothing (empty)."""
    words = words_in(name)
    if not words:
        return ""
    above = set(words[:-1])
    if above - _PARTS - _WHOLES - _THINGS:  # ids of something else: config_ids
        return ""
    if words[-1] in _IDS:
        return "ids"
    return "entries" if words[-1] in _LISTS else ""


def is_yes(name: str) -> bool:
    """Whether true under it means that it was taken."""
    return plain(name) in _YES | _WHOLES


def is_plain_yes(name: str) -> bool:
    """Whether one under it may be a yes, and no count."""
    return plain(name) in _YES - {"accepted", "valid"}


def is_code(name: str) -> bool:
    """Whether it holds a code of errors, or a status."""
    return plain(name) in _CODE | _OF_ERRORS


def is_end(name: str) -> bool:
    """Whether true under it means that it is over."""
    return plain(name) in _ENDED


def is_state(name: str) -> bool:
    """Whether a word under it says how it went."""
    return plain(name) in _STATE


def is_spoken(name: str) -> bool:
    """Whether a text under it is for people."""
    return plain(name) in _SPOKEN


def is_rehearsal(name: str) -> bool:
    """Whether true under it means that nothing was done."""
    return plain(name) in _REHEARSED


def is_address(name: str) -> bool:
    """Whether it holds addresses: where failures are listed, not that there are some."""
    return name.strip("_").lower() in _ADDRESS


_MESSAGES = frozenset({"message", "msg", "errmsg", "error", "reason", "desc", "description"})
_REFUSED = range(400, 600)  # of HTTP's statuses


def is_bad_code(
    name: str,
    value: object,
    names: frozenset[str],
) -> bool:
    """Whether a code says that it went wrong. ``names``: those that stand beside it, as one word.

    Zero is none, and what begins as HTTP's successes do is one of them (200, 20000).
    """
    short = plain(name)
    if short not in _CODE | _OF_ERRORS:
        return False
    number = number_in(value)
    if number is None:
        return isinstance(value, str) and short not in _STATE and _is_bad_name(value)
    if number < 0 or number in _REFUSED:
        return True
    is_good = number == 0 or str(value).startswith("2")
    if short in _OF_ERRORS:
        return not is_good
    return short == "code" and not is_good and number > 1 and bool(names & _MESSAGES)


def _is_bad_name(text: str) -> bool:
    """``E_VALIDATION``, ``INVALID_TOKEN``; not ``DEMO``."""
    words = words_in(text)
    if " " in text or len(words) < 2:
        return bool(words) and bool(_FAULT.fullmatch(words[0]))
    return words[0] == "e" or bool(_BAD_WORDS.search(" ".join(words)))


def is_bad_status(value: object) -> bool:
    """Whether a number is an HTTP status of a refusal."""
    return isinstance(value, int) and not isinstance(value, bool) and value in _REFUSED


def are_statuses(values: Collection[object]) -> bool:
    """Whether all of these are numbers that HTTP's statuses may be."""
    return all(isinstance(value, int) and 200 <= value < 600 for value in values)


def number_in(value: object) -> float | None:
    """A number, or a text that is one; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,15}", value):
        return int(value)
    return None


def is_no(value: object) -> bool:
    """Whether a value says no."""
    return value is False or (isinstance(value, str) and value.strip().lower() in ("false", "no"))


_NOTHING = frozenset({"", "0", "false", "no", "none", "null", "ok", "success", "[]", "{}", "n/a"})


def says_something(value: object) -> bool:
    """Whether a value under a name of errors says that there are some."""
    if isinstance(value, str):
        return value.strip().lower() not in _NOTHING
    if isinstance(value, Mapping):
        return any(map(says_something, value.values()))
    return bool(value)


# --- texts

_BAD_STATE = re.compile(
    r"(?:error|err|fail\w*|reject(?:ed|ion)|refused|invalid|partial\w*|nok|not[ _-]?ok|denied"
    r"|dropped|forbidden|bad\w*|unprocessable\w*|conflict|ko|nack|skipped|ignored|aborted|unknown"
    r"|[45][0-9]{2})\b.*",
    re.IGNORECASE | re.DOTALL,
)
_BAD_WORDS = re.compile(
    r"\b(?:errors?|fail(?:ed|s|ure|ures)?|faults?|invalid|reject(?:ed|s)?|refused|denied|forbidden"
    r"|unauthori[sz]ed|unauthenticated|unavailable|unknown|could not|can(?:no|')t|unable|aborted"
    r"|not (?!yet\b|be (?:visible|available|shown)\b|immediately\b)|\w{2,8}n't|exceed(?:s|ed)?"
    r"|too (?:many|large|long)|insufficient|expired|dropped|discarded|ignored|skipped"
    r"|partial(?:ly)?|missing|conflict|exception|malformed|unprocessable|incomplete|truncated|quarantined|nothing|none"
    r"|(?:quota|limit) reached|rolled back|rollback|maintenance|enable javascript"
    r"|log ?in|sign ?in|nack|HTTP/[0-9.]{1,3} [45][0-9]{2})\b",
    re.IGNORECASE,
)
_NO_ERRORS = re.compile(
    r"\b(?:(?:no|0|zero|without(?: any)?) (?:errors?|failures?|failed|problems?|rejected|conflicts?"
    r"|skipped|ignored|dropped|invalid|missing|exceptions?)"
    r"|(?:errors?|warnings?|failures?|failed|rejected|skipped|ignored|dropped|invalid|missing|conflicts?)"
    r"\s{0,3}[:=]\s{0,3}(?:0|none|no|null|false|\[\]))(?![\w.])",
    re.IGNORECASE,
)
_NO = re.compile(r"\W{0,3}(?:nok|ko|no|none|false|0)\W{0,3}", re.IGNORECASE)
_PAGE = re.compile(r"<(?:!doctype html|html|body|form)\b", re.IGNORECASE)
_THING = (
    r"(?:new |test )?(?:rows?|records?|items?|results?|tests?|docs|documents?|events?|entries"
    r"|lines?|points?)"
)
_TAKEN = (
    r"(?:inserted|created|stored|saved|imported|accepted|added|written|received|processed|ingested"
    r"|affected|uploaded|updated|unchanged|duplicates?)"
)
_SAID = (
    re.compile(
        rf"\b(?P<n>[0-9]{{1,9}}) (?:{_THING} )?(?:were |was |have been |has been )?{_TAKEN}\b",
        re.IGNORECASE,
    ),
    re.compile(rf"\b{_TAKEN}\s{{0,2}}[:=]?\s{{0,2}}(?P<n>[0-9]{{1,9}}) ?{_THING}\b", re.IGNORECASE),
    re.compile(r"^INSERT [0-9]{1,9} (?P<n>[0-9]{1,9})$", re.MULTILINE),  # PostgreSQL
)
_OF = re.compile(r"(?<![\w./-])([0-9]{1,9}) ?(?:/|of|out of) ?([0-9]{1,9})(?![\w/-])")
_LOOKED_THROUGH = 100_000  # characters of a text


def is_bad_state(word: str) -> bool:
    """Whether a word of a status says that something failed."""
    return bool(_BAD_STATE.fullmatch(word.strip()))


def speaks_badly(text: str, count: int) -> bool:
    """Whether a text speaks of errors, or of fewer than ``count`` that were taken."""
    looked = text[:_LOOKED_THROUGH]
    return bool(_BAD_WORDS.search(_NO_ERRORS.sub("", looked))) or _says_fewer(looked, count)


def is_refusal(text: str, count: int) -> bool:
    """Whether a whole body that is a text speaks of errors: a no, a web page, or such words."""
    is_no_more = bool(_NO.fullmatch(text.strip()))
    return is_no_more or bool(_PAGE.search(text[:2000])) or speaks_badly(text, count)


def _says_fewer(text: str, count: int) -> bool:
    for some, whole in _OF.findall(text):
        if int(whole) == count > int(some):
            return True
    for pattern in _SAID:
        numbers = [int(found["n"]) for found in pattern.finditer(text)]
        if numbers and sum(numbers) < count:
            return True
    return False
