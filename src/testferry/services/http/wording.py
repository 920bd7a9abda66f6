"""What names of an answer say: of errors, of what was taken, of how many; and codes under them.

A name is read as its words: ``insertErrors``, ``insert-errors`` and ``INSERT_ERRORS`` are one. Pure
and total; what is done about it is for `suspicion` to say.
"""

from __future__ import annotations

import re
from functools import lru_cache

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")

# --- names

FAULT = re.compile(
    r"err(?:or)?s?|fail(?:s|ed|ure|ures)?|reject(?:s|ed|ion|ions)?|invalid|exceptions?|faults?"
    r"|dropped|discard(?:ed|s)?|denied|refused|conflicts?|conflicting|unprocess(?:ed|able)|missing"
    r"|skipped|ignored|problems?|violations?|partial|unsuccessful|bad|lost|quarantined?|truncated"
    r"|incomplete|unmatched|unknown|unresolved|unrecogni[sz]ed|dead|overflow(?:ed)?|blocked|not"
    r"|rollback|rolled|un(?:accepted|saved|stored|written|imported|indexed|delivered|authenticated)"
    r"|unauthori[sz]ed|forbidden|traceback|stacktrace|backtrace|exc|declined|throttled|nok|ko|exceeded"
)
# Names of lower case alone, in which no words can be told apart.
_JOINED = re.compile(
    r"(?:n|num|is|has|non|not)?(?:partial)?(?:errors?|errmsg|errno|fail(?:ed|ure|s$)|reject(?:ed|s$)"
    r"|fault(?:code|string|actor)|(?:stack|back)trace|limitreached|quotareached|over(?:limit|quota|load)|invalid|exceptions?|dropped|discard|denied|refused|conflict|unprocessed|notprocessed|missing"
    r"|skipped|ignored|problem|violation|unsuccessful|partial(?:success|failure))"
)
# A name with one of these says how errors are met, not that there are some.
_SETTING = frozenset({"on", "rate", "policy", "threshold", "handler", "handling", "timeout"})
_ADDRESS = frozenset({"url", "uri", "href", "link", "links", "page"})
_IMPERATIVE = frozenset({"ignore", "allow", "max", "min", "raise", "show", "hide", "retry"})

# A thing is in this state, or so many are: a name that says no more than that.
BAD_STATES = frozenset(
    {
        "aborted",
        "cancelled",
        "canceled",
        "suspended",
        "expired",
        "locked",
        "readonly",
        "maintenance",
    }
    | {
        "modelstate",
        "excluded",
        "omitted",
        "filtered",
        "loginrequired",
        "authrequired",
        "leftout",
        "ratelimited",
    }
)
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
    | {
        "existing",
        "unchanged",
        "duplicate",
        "duplicates",
        "inserts",
        "creates",
        "upserts",
        "updates",
    }
)
TESTS = frozenset({"tests", "cases", "total_tests", "totalTests", "test_count", "testCount"})
_CASES = frozenset({"test", "tests", "case", "cases"})
_AGAIN = frozenset({"updated", "modified", "replaced", "existing", "unchanged", "duplicates"})
_ONE_PART = frozenset({"insert", "create", "update", "upsert"})
# … and each of these is the whole.
_WHOLES = frozenset(
    {
        "accepted",
        "acks",
        "received",
        "processed",
        "stored",
        "saved",
        "imported",
        "written",
        "ingested",
    }
    | {"indexed", "succeeded", "successful", "success", "ok", "affected", "uploaded", "actual"}
    | {"ack", "acked", "acknowledged", "persisted", "committed", "taken", "handled", "delivered"}
    | {"consumed", "loaded", "appended", "recorded", "logged", "registered", "published", "merged"}
    | {"completed", "submitted", "matched", "collected", "posted", "pushed", "parsed", "kept"}
    | {"good", "valid", "got", "changes"}
)
# Words that end as those do, and count something else.
_OTHERS = frozenset(
    {"deleted", "removed", "retried", "cached", "closed", "linked", "started", "archived", "used"}
    | {"flagged", "attached", "moved", "renamed", "changed", "opened", "elapsed", "seed", "feed"}
    | {"speed", "need", "limited", "passed", "shared", "estimated", "executed", "red"}
)
_SENT = frozenset({"message", "sequence", "entry"})
_IDS = frozenset({"ids", "uuids", "keys"})
# A list under one of these names has an entry for each result.
_LISTS = frozenset(
    {"results", "items", "data", "entries", "records", "rows", "created", "inserted", "accepted"}
    | {"id", "uuid"}
    | {"responses", "value", "values", "docs", "documents", "tests", "events", "lines"}
)
_YES = frozenset(
    {"ok", "success", "succeeded", "successful", "accepted", "valid", "ack", "acknowledged"}
    | {"allowed", "authorized", "authenticated", "permitted", "successstatuscode"}
)
# False under one of these is a no, if nothing beside it says what was made instead.
_MAYBE = _PARTS - {"existing", "unchanged", "duplicate", "duplicates", "new"}
_MAYBE |= {"applied", "verified", "passed", "complete", "completed", "finished"}
# A job that goes on says so, too: under 202 that is no refusal.
_ENDED = frozenset({"done", "processed", "ready"})
_PROCESSES = frozenset(
    {"import", "upload", "validation", "ingestion", "processing", "operation", "request", "insert"}
    | {"batch", "job", "save", "delivery", "transaction", "call", "action", "overall", "response"}
    | {"result"}
)
_END = frozenset({"status", "result", "state", "outcome", "verdict", "decision", "disposition"})
STATE = _END | {"type", "kind", "level", "severity"}
_SPOKEN = frozenset(
    {"message", "messages", "msg", "detail", "details", "reason", "description", "text", "title"}
    | {"info", "warning", "warnings", "note", "notes", "notice", "redirect", "response", "results"}
    | {"summary", "stats", "statistics", "comment", "explanation", "why", "cause", "hint", "answer"}
    | {"log", "logs", "output", "report", "reply"}
)
# What an answer says of itself: none of it says what became of the results.
_ABOUT = frozenset(
    {"timestamp", "time", "date", "datetime", "path", "trace", "correlation", "instance", "version"}
    | {"documentation", "docs", "help", "server", "host", "took", "duration", "locale", "schema"}
    | {"type", "kind", "api", "request"}
)
_CODE = frozenset({"code", "errcode", "statuscode", "status", "httpstatus", "httpcode"})
OF_ERRORS = frozenset(
    {
        "errcode",
        "errno",
        "errorcode",
        "returncode",
        "retcode",
        "exit",
        "exitcode",
        "rc",
        "ret",
        "resultcode",
    }
    | {
        "responsecode",
        "respcode",
        "replycode",
        "subcode",
        "suberrorcode",
        "reasoncode",
        "grpcstatus",
    }
)
_LEFT = frozenset({"retry", "retries", "retryable", "resend", "leftover", "leftovers", "todo"})
_SHARES = frozenset({"progress", "percent", "percentage", "completion", "completeness"})
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


def _left(name: str) -> list[str]:
    """The words of a name, without what only counts and what is counted."""
    return [word for word in words_in(name) if word not in _COUNTING and word not in _THINGS]


@lru_cache(maxsize=4096)
def is_of_errors(name: str) -> bool:
    """Whether what stands under a name is an error, or counts or lists them."""
    words = words_in(name)
    if not words or words[0] in _IMPERATIVE or words[-1] in _ADDRESS:
        return False
    if "".join(_left(name)) in BAD_STATES:
        return True
    if _SETTING & set(words):
        return False
    whole = (*words, "".join(words))
    return any(map(FAULT.fullmatch, words)) or any(map(_JOINED.match, whole))


@lru_cache(maxsize=4096)
def counts(name: str) -> str:
    """Which count a name is: a ``part`` of what was taken, the ``whole``, or none (empty)."""
    words, left = words_in(name), _left(name)
    if not left:
        said = set(words)
        is_count = bool(said & {"count", "n"}) or bool({"number", "num"} & said and said & _THINGS)
        # One test may have several results.
        is_count = is_count or (len(said) == 1 and said <= _THINGS and name.lower()[-1] == "s")
        is_count = is_count and not said <= {"tests", "cases"}
        return "whole" if is_count and "total" not in said else ""
    if len(left) > 1:
        return ""
    if left[0] in _PARTS or (left[0] in _ONE_PART and "count" in words):
        return "part"
    return "whole" if left[0] in _WHOLES else ""


def is_beside(name: str, number: float | None) -> bool:
    """Whether a part is no part of results: of their cases, or none that was there before."""
    words = set(words_in(name))
    return bool(words & _CASES) or (not number and bool(words & _AGAIN))


@lru_cache(maxsize=4096)
def may_count(name: str) -> bool:
    """Whether a name is a word for what became of things, and not one that is known."""
    left = _left(name)
    if len(left) != 1 or counts(name):
        return False
    return left[0].endswith("ed") and left[0] not in _OTHERS


@lru_cache(maxsize=4096)
def lists(name: str) -> str:
    """What a name lists of the results: ``ids``, or ``entries``, or nothing (empty)."""
    words = words_in(name)
    if not words:
        return ""
    above = set(words[:-1])
    if above - _PARTS - _WHOLES - _THINGS - _SENT:  # ids of something else: config_ids
        return ""
    if words[-1] in _IDS:
        return "ids"
    if words[-1] in _LISTS:
        return "entries"
    return "entries" if len(words) == 1 and words[0] in _WHOLES else ""


@lru_cache(maxsize=4096)
def is_yes(name: str) -> bool:
    """Whether true under it means that it was taken."""
    return plain(name) in _YES | _WHOLES


def is_plain_yes(name: str) -> bool:
    """Whether one under it may be a yes, and no count."""
    return plain(name) in _YES - {"accepted"}


@lru_cache(maxsize=4096)
def is_code(name: str) -> bool:
    """Whether it holds a code of errors, or a status."""
    return plain(name) in _CODE | OF_ERRORS


def is_maybe(name: str) -> bool:
    """Whether false under it is a no, if nothing beside it says what was made instead."""
    return plain(name) in _MAYBE


def is_strict_yes(name: str) -> bool:
    """Whether nothing under it is a no, too."""
    return plain(name) in _YES


def is_outcome(name: str) -> bool:
    """Whether a word under it says how all of it ended."""
    return plain(name) in _END


def is_about_itself(name: str) -> bool:
    """Whether it says something of the answer, and nothing of the results."""
    return bool(_ABOUT & set(words_in(name)))


@lru_cache(maxsize=4096)
def is_plain_list(name: str) -> bool:
    """Whether it is a list of the results, and not of some of them: ``items``, ``resultRows``."""
    words = words_in(name)
    return bool(words) and set(words) <= _THINGS and words[-1][-1] == "s"


@lru_cache(maxsize=4096)
def identifies(name: str) -> bool:
    """Whether what stands under a name is what a result is called at the service."""
    words = words_in(name)
    is_id = bool(words) and words[-1] in ("id", "uuid", "guid")
    return is_id and set(words[:-1]) <= _THINGS - _CASES


@lru_cache(maxsize=4096)
def names_something(name: str) -> bool:
    """Whether what stands under a name says which thing it is about."""
    words = words_in(name)
    return bool(words) and words[-1] in _NAMING


@lru_cache(maxsize=4096)
def tallies(name: str) -> str:
    """Which ending of tests a name counts: ``passed``, ``failed``, ``error``, ``skipped``, another
    (``other``), or none (empty).
    """
    words = _left(name)
    left = "".join(words)
    if len(words) > 1 and words[0] != "not":
        return ""
    return next((status for begin, status in _ENDINGS if left.startswith(begin)), "")


def is_end(name: str) -> bool:
    """Whether true under it means that it is over."""
    return plain(name) in _ENDED


@lru_cache(maxsize=4096)
def is_state(name: str) -> bool:
    """Whether a word under it may say how it went."""
    words = words_in(name)
    of_process = bool(words) and set(words[:-1]) <= _PROCESSES and words[-1] in _PROCESSES | STATE
    return of_process or plain(name) in STATE


def is_of_a_thing(name: str) -> bool:
    """Whether a text under it is the text of a thing that was made, if there is one."""
    return plain(name) in ("title", "description", "comment", "summary", "note")


def is_type(name: str) -> bool:
    """Whether it names the type of what is answered."""
    return plain(name) in ("typename", "type", "class", "classname")


def is_known(name: str) -> bool:
    """Whether a name is one that an answer is read by."""
    says = is_yes(name) or is_state(name) or is_code(name) or is_of_errors(name)
    return says or bool(counts(name) or lists(name) or identifies(name))


@lru_cache(maxsize=4096)
def is_read(name: str) -> bool:
    """Whether a word or a number under a name may speak against an answer."""
    says = is_known(name) or is_spoken(name) or is_type(name) or is_end(name) or is_maybe(name)
    return says or may_count(name) or is_about_itself(name)


def is_spoken(name: str) -> bool:
    """Whether a text under it is for people."""
    return plain(name) in _SPOKEN or "redirect" in words_in(name)


def is_rehearsal(name: str) -> bool:
    """Whether true under it means that nothing was done."""
    return plain(name) in _REHEARSED


def is_left(name: str) -> bool:
    """Whether what is listed under it has to be sent again, or is not done."""
    return bool(_LEFT & set(words_in(name)))


def is_share(name: str) -> bool:
    """Whether a number under it says how much is done."""
    return bool(_SHARES & set(words_in(name)))


def is_address(name: str) -> bool:
    """Whether it holds addresses: where failures are listed, not that there are some."""
    return name.strip("_").lower() in _ADDRESS


_NAMING = frozenset({"id", "uuid", "guid", "key", "ref", "number", "url", "href", "self", "token"})
_ENDINGS = (
    *(("pass", "passed"), ("fail", "failed"), ("err", "error"), ("skip", "skipped")),
    *(("block", "other"), ("ignor", "other"), ("untest", "other"), ("retest", "other")),
    *(("notapplicable", "other"), ("notexecuted", "other"), ("notrun", "other")),
    *(("incomplete", "other"), ("inconclusive", "other")),
)
