"""A lost answer, looked up: the service is asked for the keys of what it has.

"Not there" is believed only of a look that shows everything: what is known to have been taken must
be seen in it. A list that lags, or that the service cuts, proves nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass

from testferry.engine.step import Looking, Reply, Request
from testferry.engine.verdict import CannotTell, Finding, NotThere, PartlyThere, There
from testferry.services.http.bodies import Laters, address, headers_of
from testferry.services.http.pointers import at, every
from testferry.services.http.table import Look, Paged
from testferry.services.http.values import Values
from testferry.services.http_json import LARGEST_LIST

MOST_PAGES = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for: each result by the forms that its key has in the table."""

    keys: tuple[frozenset[str], ...]
    batch_key: str
    known: Callable[[], Iterable[frozenset[str]]]  # what must be seen, because it was taken

    def found_in(
        self,
        shown: set[str],
    ) -> frozenset[int]:
        """The places of the results that are shown."""
        if self.batch_key in shown:
            return frozenset(range(len(self.keys)))
        return frozenset(place for place, forms in enumerate(self.keys) if forms & shown)


def settle(
    look: Look,
    values: Values,
    laters: Laters,
    wanted: Wanted,
    *,
    keyed: bool,
) -> Looking:
    """What a look finds of a batch. ``keyed``: what is there already is not made twice."""
    # Others' entries, which have no such key, are entries of the list all the same.
    head, star, rest = look.keys.rpartition("*")
    if not star:
        head, rest = look.keys, ""
    keys = yield from pages(
        look,
        values,
        laters,
        lambda document: every(document, head + star),
        lambda entry: every(entry, rest),
    )
    if isinstance(keys, CannotTell):
        return keys
    return _finding(wanted, set(map(str, keys)), keyed=keyed)


def pages(
    look: Paged,
    values: Values,
    laters: Laters,
    entries_of: Callable[[object], list[object]],
    kept_of: Callable[[object], list[object]],
) -> Generator[Request, Reply, list[object] | CannotTell]:
    """What is kept of each entry of a list, page after page: until one has none, or fewer, or
    nothing new.
    """
    shown: list[object] = []
    seen: set[int] = set()
    page: dict[str, object] = {"offset": 0, "number": 1, "next": ""}
    longest = 0
    size = 0
    for number in range(1, MOST_PAGES + 1):
        page["number"] = number
        reply = yield request_of(look, values.of_page(page), laters)
        size += len(reply.body)
        document = reply.json()
        problem = _problem(reply, document)
        if size > LARGEST_LIST:
            problem = CannotTell("what is there does not end", again=False)
        if problem:
            return problem
        entries = entries_of(document)
        listed = {hash(str(entry)) for entry in entries}
        is_last = not look.paged or not entries or len(entries) < longest or listed <= seen
        seen |= listed
        shown += [kept for entry in entries for kept in kept_of(entry)]
        longest = max(longest, len(entries))
        page["offset"] = int(str(page["offset"])) + len(entries)
        if look.next:
            following = at(document, look.next)
            is_last = following in (None, "", False, page["next"])
            page["next"] = following
            if "://" in str(following):
                return CannotTell("the look names an address as its next page", again=False)
        if is_last:
            break
    return shown


def request_of(
    look: Paged,
    values: Values,
    laters: Laters,
) -> Request:
    """One page, asked for at our own address: never what an answer names."""
    headers = headers_of(look.call, laters, values)
    return Request(look.call.method, address(look.call.path, laters, values), headers=headers)


def _problem(
    reply: Reply,
    document: object,
) -> CannotTell | None:
    if not reply.accepted:
        again = reply.status not in (400, 404, 405)
        return CannotTell(f"what is there cannot be read: {reply.message}", again=again)
    if not isinstance(document, Mapping | list):
        # One that was cut on its way may be whole the next time.
        words = "what is there cannot be read: the answer is not JSON"
        return CannotTell(words, again=document is None)
    return None


def _finding(
    wanted: Wanted,
    shown: set[str],
    *,
    keyed: bool,
) -> Finding:
    found = wanted.found_in(shown)
    if len(found) == len(wanted.keys):
        return There()
    if keyed:
        return PartlyThere(found) if found else NotThere(retry_at_once=True)
    missing = sum(1 for forms in wanted.known() if not forms & shown)
    if missing:
        words = f"the look does not show {missing} of the results that the service has taken"
        return CannotTell(words, lagging=True)
    return PartlyThere(found) if found else NotThere()
