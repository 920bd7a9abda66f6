"""``--set KEY=VALUE``: a value for a hole of the target's table, or one of the table's keys."""

from __future__ import annotations

import re
from collections.abc import Mapping

from testferry.settings.files import plain

_SET = "set"  # the table of values for holes
_MOST_DIGITS = 18  # of a value that is a number


def put(table: dict[str, object], text: str, holes: str) -> None:
    """Put what one ``--set`` says where it belongs: ``holes`` has the words of the target's table,
    a ``{set.KEY}`` among them makes KEY a value.
    """
    dotted, equals, value = text.partition("=")
    if not equals:
        return  # the option itself says that it is wrong
    name = dotted.strip().removeprefix(f"{_SET}.")
    if name != dotted.strip() or re.search(rf"\{{{_SET}\.{re.escape(name)}[}}|]", holes):
        values = table.setdefault(_SET, {})
        if isinstance(values, dict):
            values[name] = _typed(value, values.get(name))
        return
    *above, last = (plain(key) for key in name.split("."))
    for key in above:
        inner = table.get(key)
        inner = dict(inner) if isinstance(inner, Mapping) else {}
        table[key] = inner
        table = inner
    table[last] = _typed(value, table.get(last))


def _typed(value: str, before: object) -> object:
    """A number where it is written as one: 7 is, 007 is a text; a text where the table has one."""
    if isinstance(before, str):
        return value
    if re.fullmatch(rf"0|[1-9][0-9]{{0,{_MOST_DIGITS - 1}}}", value, re.ASCII):
        return int(value)
    return value
