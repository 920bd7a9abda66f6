"""A lost answer to an opening: is there a run that carries what was written into it?

"Not there" is believed only of a list that was read to its end, or of one that was asked for this
very run and is empty. A list that may have been cut proves nothing.
"""

from __future__ import annotations

from testferry.engine.step import Looking
from testferry.engine.verdict import CannotTell, Finding, NotThere, There
from testferry.services.http.bodies import Laters
from testferry.services.http.looking import pages
from testferry.services.http.pointers import at
from testferry.services.http.table import Search
from testferry.services.http.values import Values
from testferry.services.http_json import is_word


def find_run(
    search: Search,
    values: Values,
    laters: Laters,
) -> Looking:
    """Look for the run, page by page."""
    entries = yield from pages(
        search,
        values,
        laters,
        lambda document: _listed(document, search),
        lambda entry: [entry],
    )
    if isinstance(entries, CannotTell):
        return entries
    marks = (str(values("upload", "id")), values.batch_key)
    ours = [entry for entry in entries if _has(entry, search.mark, marks)]
    if ours:
        return _kept(search, ours)
    if search.paged or search.next or (search.asks and not entries):
        return NotThere()
    return CannotTell("the look does not show our run, and may not show every run", again=False)


def _listed(
    document: object,
    search: Search,
) -> list[object]:
    found = at(document, search.items)
    if isinstance(found, list):
        return found
    return [] if found in (None, {}) else [found]


def _has(
    entry: object,
    mark: str,
    marks: tuple[str, ...],
) -> bool:
    written = at(entry, mark)
    return isinstance(written, str) and any(text and text in written for text in marks)


def _kept(
    search: Search,
    ours: list[object],
) -> Finding:
    if len(ours) > 1:
        return CannotTell(f"{len(ours)} runs carry what was written into ours", again=False)
    kept = {name: at(ours[0], pointer) for name, pointer in search.keep.items()}
    missing = [name for name, value in kept.items() if value in (None, "", [], {})]
    if missing:
        words = f"our run is there, and has nothing at {search.keep[missing[0]]}"
        return CannotTell(words, again=False)
    if not is_word(kept.get("id", "")):
        words = f"our run is there, and what stands at {search.keep['id']} is no id"
        return CannotTell(words, again=False)
    return There(kept)
