"""Buildkite: groups of the log; an annotation and meta-data by its agent.

``buildkite.com/docs``: "Managing log output" (``---`` and ``+++`` at the beginning of a line),
"buildkite-agent annotate" (Markdown on standard input, at most 1 MiB), "buildkite-agent meta-data".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from testferry.exit_codes import FORGIVEN
from testferry.outcome import Flags, exit_code
from testferry.runners import Call, Ended, Telling
from testferry.runners.facts import facts
from testferry.text import clean

_AGENT = "buildkite-agent"


def tell(ended: Ended, environment: Mapping[str, str]) -> Telling:
    """What the agent is asked to do; it may not be there."""
    return Telling(calls=tuple(_calls(ended)))


def fold(title: str, now: float) -> tuple[str, str]:
    """A group that is folded, and one that is open for what follows."""
    return f"--- {clean(title)}", "+++ testferry"


def _calls(ended: Ended) -> Iterator[Call]:
    context = f"testferry-{ended.outcome.upload_id or 'upload'}"
    words = (_AGENT, "annotate", "--context", context, "--style", _style(ended))
    yield Call(words, ended.summary)
    for name, value in facts(ended.outcome, ended.flags).items():
        if value:
            yield Call((_AGENT, "meta-data", "set", f"testferry:{name}"), value)


def _style(ended: Ended) -> str:
    code = exit_code(ended.outcome, Flags())
    if code == 0:
        return "success"
    if code in FORGIVEN:
        return "warning"
    return "error"
