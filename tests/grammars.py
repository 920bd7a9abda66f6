"""What CI systems take for a command when it stands in a log, by their own grammars."""

from __future__ import annotations

import re

# GitHub: actions/runner, ActionCommand.cs: TryParseV2 looks at the trimmed beginning of a line,
# TryParse for "##[" anywhere in it. Azure: agent, Command.cs, "##vso[" anywhere. TeamCity: service
# messages, at the beginning and anywhere. GitLab: section_start:UNIX_TIME:NAME, CR, ESC[0K. Buildkite: the
# headings of its log's groups, at the beginning of a line, behind ANSI colours.
_GRAMMARS = (
    re.compile(r"^\s*::[^:\s]?.*", re.MULTILINE),
    re.compile(r"##\["),
    re.compile(r"##vso\[", re.IGNORECASE),
    re.compile(r"##teamcity\[", re.IGNORECASE),
    re.compile(r"section_(?:start|end):\d+:[\w.-]+(?:\[[^\]]*\])?[\r\n]\x1b\[0K"),
    re.compile(r"^(?:\x1b\[[0-9;]*m)*\s*(?:---|\+\+\+|~~~|\^\^\^)", re.MULTILINE),
    # a terminal: its title, its clipboard, its screen
    re.compile(r"\x1b(?!\[[0-9;]*m)"),
    re.compile(r"[\x90\x9b\x9d\x9f]"),
)


def commands(text: str) -> list[str]:
    """Everything in a log that one of them would act on."""
    lines = text.replace("\r", "\n")
    return [found[0] for grammar in _GRAMMARS for found in grammar.finditer(lines)]
