"""Dialects: what each service's answers mean and how long to wait, as data, and the one
interpreter.

A dialect is a TOML file beside this one, or a table of the user's; there is no code per service.
"""

from __future__ import annotations

from testferry.dialects.dialect import Dialect, Rule, Window
from testferry.dialects.interpret import Decision, decide
from testferry.dialects.load import SHIPPED, build, load

__all__ = [
    "SHIPPED",
    "Decision",
    "Dialect",
    "Rule",
    "Window",
    "build",
    "decide",
    "load",
]
