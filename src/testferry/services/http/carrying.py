"""An unfinished upload whose table is another one now: which of its keys change what is sent?

What opens the run changes nothing once it is open; what closes it, or looks lost answers up, never
does. The number of requests does: each is a row of the plan.
"""

from __future__ import annotations

from collections.abc import Mapping

_OF_RESULTS = ("item", "status", "maps", "send")
_OF_THE_RUN = ("open", "close")


def compared(options: Mapping[str, object]) -> Mapping[str, object]:
    """The options of a target, each table among them by its own name."""
    found = {name: value for name, value in options.items() if name != "tables"}
    tables = _tables(options)
    for name in _OF_RESULTS:
        found[name] = tables.get(name, {})
    for name in _OF_THE_RUN:
        calls = _listed(tables.get(name))
        found[name] = [_without_look(call) for call in calls]
        found[f"{name}_requests"] = len(calls)
    return found


def with_requests(
    options: Mapping[str, object],
    now: Mapping[str, object],
    *,
    made: bool,
) -> dict[str, object]:
    """The options with what looks and closes of now; and with what opens, if no run is ``made``.

    Requests of another number stay as they were planned.
    """
    tables = {**_tables(options)}
    tables.pop("look", None)
    if "look" in now:
        tables["look"] = now["look"]
    for name in _OF_THE_RUN:
        before, after = _listed(tables.get(name)), _listed(now.get(name))
        if before and len(before) == len(after):
            if name == "open" and made:
                after = list(map(_with_look, before, after))
            tables[name] = after
    left = {name: value for name, value in options.items() if name != "tables"}
    return {**left, "tables": tables} if tables else left


def _tables(options: Mapping[str, object]) -> Mapping[str, object]:
    found = options.get("tables", {})
    return found if isinstance(found, Mapping) else {}


def _listed(calls: object) -> list[object]:
    if calls is None:
        return []
    return calls if isinstance(calls, list) else [calls]


def _with_look(before: object, after: object) -> object:
    """An opening as it was, and found as it is said now."""
    if not (isinstance(before, Mapping) and isinstance(after, Mapping) and "look" in after):
        return before
    return {**before, "look": after["look"]}


def _without_look(call: object) -> object:
    if not isinstance(call, Mapping):
        return call
    return {key: value for key, value in call.items() if key != "look"}
