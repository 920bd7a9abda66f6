"""The face of a service: everything that is particular about it, as one value.

The commands, the reader of settings, ``doctor``, the engine, the emulator and the tests of
conformance read this value; no word of a service stands anywhere else. What an upload needs at work
(its target, its emulator) is loaded when it is asked for: start-up is a feature.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from importlib import import_module
from typing import TYPE_CHECKING, Any

from testferry.option import flag_of, options_of

if TYPE_CHECKING:  # start-up is a feature
    from testferry.engine.step import Target


@dataclass(frozen=True, slots=True)
class Address:
    """How a service is reached.

    ``api`` is put behind the address that people know; ``pasted`` is what they copy along with it
    from a browser or from the documents, and is taken off.
    """

    variable: str = ""  # of the environment, besides TESTFERRY_URL
    example: str = ""
    api: str = ""
    pasted: str = ""  # a regular expression

    def plain(self, url: str) -> str:
        """The address of the service without its API's own path."""
        return re.sub(self.pasted, "", url) if self.pasted else url


@dataclass(frozen=True, slots=True)
class SecretNames:
    """Where the secret of a service is looked for in the environment, and whose it is."""

    token: str = "TESTFERRY_TOKEN"  # noqa: S105 - the name of a variable
    user: str = ""  # the variable that names the user; empty: the service asks for none
    public: str = ""  # a documented token that is no secret: the embedded sandbox's


def _makes_nothing(_: Mapping[str, object]) -> Sequence[object]:
    return ()


def _nothing(_: Mapping[str, object]) -> Mapping[str, str]:
    return {}


def _in_run(options: Mapping[str, object], run_id: str) -> dict[str, object]:
    return {**options, "run_id": run_id}


@dataclass(frozen=True, slots=True)
class Service:
    """One service. ``options`` is its record of options (``testferry.option``).

    ``configured`` takes such a record, checks what cannot be meant together, and returns what the
    target is made of (plain values: they are kept in the journal). It raises UsageProblem.

    One record: everything that is particular about a service is said here or behind it.
    """

    name: str
    title: str
    options: type
    configured: Callable[[Any], dict[str, Any]]
    target: str  # "module:Class"
    dialect: str
    address: Address
    secret: SecretNames
    emulator: str = ""  # "module:Class"
    # "module:function": what its options mean, for people: ``targets show``
    shown: str = "testferry.services.service:plain_lines"
    embedded: bool = False  # served by testferry itself for as long as an upload lasts
    has_runs: bool = False  # `run create`, `run complete`
    bare_run: Mapping[str, object] = field(default_factory=dict)  # told to the target by `run`
    merges_attempts: bool = False  # it has a use for every entry of a test in a report
    # The places where an upload makes what two at once would make twice, none if it makes nothing
    # such, in the order in which all go into them. What ``configured`` returned is asked.
    makes_in: Callable[[Mapping[str, object]], Sequence[object]] = _makes_nothing
    examples: tuple[str, ...] = ()  # lines to type, for its page of help
    asks: tuple[str, ...] = ()  # options that `init` asks for, by the names of their fields
    # What an older client was told, as `migrate` reads it: its name, and "module:function".
    migrates: tuple[str, str] = ("", "")
    # Options for results that it has no place for, by the names of their fields, with what they do,
    # where such options were said.
    for_unmatched: Callable[[Mapping[str, object]], Mapping[str, str]] = _nothing
    # Options and commands of the service's other clients, and what does the same here.
    foreign: Mapping[str, str] = field(default_factory=dict)
    # What of a journal's options stands for what a table does not say (``said`` are its keys), if
    # an upload is read again by the user's own table; None if none is.
    reread: Callable[[Mapping[str, Any], Collection[str]], dict[str, Any]] | None = None
    # "module:function": a result as it leaves, of the wire form in a journal and the upload's mark;
    # empty if a journal has it so.
    readable: str = ""
    # The same options for a run that is there already.
    in_run: Callable[[Mapping[str, object], str], dict[str, object]] = _in_run

    def variable(self, name: str) -> str:
        """The service's own variable for an option that every service has; empty if it has none."""
        if name == "url":
            return self.address.variable
        if name == "user":
            return self.secret.user
        return ""

    def advice(self, said: Mapping[str, object]) -> str:
        """What to do about results that the service has no place for, in words; an option that was
        said already is none.
        """
        known = options_of(self.options)
        return ", ".join(
            f"{flag_of(name, known[name])} {does}"
            for name, does in self.for_unmatched(said).items()
            if name in known and not said.get(name)
        )

    def make(self, options: Mapping[str, object]) -> Target:
        """The target with the options that ``configured`` or a journal gave."""
        made: Target = loaded(self.target)(**options)
        return made


def plain_lines(service: Service, options: Any) -> list[tuple[str, str]]:
    """What a target is told, a line for each of its options that somebody said."""
    lines = [("service", service.title)]
    if service.address.example:
        lines.append(("address", f"like {service.address.example}"))
    for each in fields(options):
        value = getattr(options, each.name)
        if value not in (None, "", (), {}, False):
            lines.append((each.name.replace("_", "-"), str(value)))
    return lines


def loaded(name: str) -> Any:
    """The object of ``module:Name``."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)
