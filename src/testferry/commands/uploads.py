"""``uploads``: what the journal knows, in a list, one by one, saved, or dropped by hand."""

from __future__ import annotations

import contextlib
import functools
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from testferry.commands.listed import HEADS, Listed, listed_of, row
from testferry.errors import JournalProblem, TestferryError, UsageProblem
from testferry.option import Form, option
from testferry.services import service_of, services
from testferry.settings.complete import upload_argument, upload_arguments
from testferry.settings.declare import Asked, Command, Group, Takes
from testferry.settings.options import Files, Place, Screen

if TYPE_CHECKING:  # start-up is a feature
    from testferry.journal import Journal, Store

STANDARD_OUTPUT = "-"
Readable = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Listing:
    """Which uploads are listed."""

    url: str = option(
        "Only the uploads to this address.",
        default="",
        metavar="URL",
        in_files=False,
    )


@dataclass(frozen=True, slots=True)
class Exporting:
    """What is saved, and where."""

    to: str = option(
        "Where to; - is standard output.",
        Form.OUTPUT,
        flags=("-o", "--to"),
        default=STANDARD_OUTPUT,
        metavar="FILE|-",
        in_environment=False,
        in_files=False,
    )
    state: tuple[str, ...] = option(
        "Only results in this state; repeatable.",
        Form.CHOICE,
        choices=("pending", "sending", "in_doubt", "rejected", "unmatched", "sent"),
        many=True,
        default=(),
        in_environment=False,
        in_files=False,
    )


@dataclass(frozen=True, slots=True)
class Pruning:
    """What is old enough to be dropped."""

    older: float = option(
        "Finished uploads that nothing happened to for so long.",
        Form.DURATION,
        default=30 * 86400.0,
        shown_default="30d",
        metavar="30d",
        in_environment=False,
        in_files=False,
    )


# --- the list


def show_all(asked: Asked) -> None:
    """What the journal knows."""
    from testferry.commands.shared import folder_of, show_json, with_words
    from testferry.journal import Store
    from testferry.outcome import Flags, placed
    from testferry.screen.lines import consoles, plain, show_error, table

    settings = asked.settings()
    place = with_words(Flags(), settings).place
    screen, wanted = settings.of(Screen), settings.of(Listing).url.rstrip("/")
    out, error = consoles(screen.color)
    store, code = Store(folder_of(settings)), 0
    listed: list[Listed] = []
    for upload_id in store.ids():
        try:
            with store.open(upload_id, write=False) as journal:
                if not wanted or _is_at(journal, wanted):
                    listed.append(listed_of(upload_id, journal))
        except TestferryError as problem:
            show_error(error, problem.message, placed(problem.hint, place))
            code = problem.exit_code
    if screen.json:
        show_json({"schema": "testferry.uploads/1", "uploads": listed})
    elif listed:
        listed.sort(key=lambda upload: upload["created"])
        table(out, HEADS, [row(upload) for upload in listed], cut=True)
    elif not code:
        plain(out, f"no uploads in {store.folder}")
    raise SystemExit(code)


def _is_at(journal: Journal, url: str) -> bool:
    """Whether it goes to this address, with or without the API's own path."""
    known = journal.header.url
    return url in (known, known + service_of(journal.header.type).address.api)


# --- one upload


def _chosen(asked: Asked) -> tuple[Store, str]:
    """The journals, and the whole id of an upload there. Raises UsageProblem."""
    from testferry.commands.shared import folder_of
    from testferry.journal import Store

    store = Store(folder_of(asked.settings()))
    return store, store.resolve(asked.word("upload_id"))


def show(asked: Asked) -> None:
    """One upload: what was rejected or is in doubt, result by result."""
    from testferry.commands.shared import show_json, with_words
    from testferry.engine.conclude import summarise
    from testferry.outcome import Flags, Outcome, Stop
    from testferry.screen.ending import show_outcome
    from testferry.screen.lines import consoles, plain, table

    settings = asked.settings()
    screen, flags = settings.of(Screen), with_words(Flags(), settings)
    store, upload_id = _chosen(asked)
    busy = store.is_busy(upload_id)
    with store.open(upload_id, write=False) as journal:
        listed = listed_of(upload_id, journal)
        outcome = summarise(journal, Outcome(), under_way=busy)
        outcome.stop = Stop(reason=journal.stopped(), closed=journal.closed())
        if busy:
            outcome.stop = Stop(reason="another process is at work on it")
        header = journal.header
        outcome.named.advice = service_of(header.type).advice(header.options)
    out, _ = consoles(screen.color)
    if screen.json:
        show_json(outcome.as_dict(flags))
    elif outcome.run.alone:
        table(out, HEADS, [row(listed)], cut=True)
        plain(out, listed["run_url"] or "")
    else:
        show_outcome(
            out,
            outcome,
            flags,
            verbose=1,
            listed=True,
        )


def export(asked: Asked) -> None:
    """Save an upload's results, a line of JSON each, also out of a journal that is damaged."""
    from testferry.screen.lines import consoles, plain
    from testferry.text import count

    settings = asked.settings()
    screen, exporting = settings.of(Screen), settings.of(Exporting)
    store, upload_id = _chosen(asked)
    damage = _damage(store, upload_id)
    try:
        with contextlib.ExitStack() as stack:
            file: IO[str] = sys.stdout
            if exporting.to != STANDARD_OUTPUT:
                file = stack.enter_context(open(exporting.to, "x", encoding="utf-8"))
            saved = _save(store.path(upload_id), file, exporting.state, _reader(store, upload_id))
    except BrokenPipeError:
        raise
    except OSError as problem:
        raise UsageProblem(
            f"{exporting.to} cannot be written: {problem.strerror}",
            "name a file that is not there yet",
        ) from None
    if damage is not None:
        raise JournalProblem(
            f"{damage.message}; {count(saved, 'result')} saved, others may be missing, and what "
            "is said of their state may be old",
            "compare them with what the service has before you send any of them again",
        )
    if not screen.quiet:
        plain(consoles(screen.color)[1], f"{count(saved, 'result')} saved")


def _damage(store: Store, upload_id: str) -> TestferryError | None:
    """What is wrong with a journal, None if nothing is."""
    try:
        with store.open(upload_id, write=False) as journal:
            journal.check_bodies()
    except TestferryError as problem:
        return problem
    return None


def _reader(store: Store, upload_id: str) -> Readable:
    """How a result is shown as it leaves; as it lies there if the journal does not say more."""
    from testferry.services.service import loaded

    try:
        with store.open(upload_id, write=False) as journal:
            header = journal.header
        readable = service_of(header.type).readable
    except TestferryError:
        return _as_it_is
    if not readable:
        return _as_it_is
    make = loaded(readable)
    return lambda wire: make(wire.encode(), header.marker).decode()


def _as_it_is(wire: str) -> str:
    return wire


def _save(
    path: Path,
    file: IO[str],
    states: tuple[str, ...],
    readable: Readable,
) -> int:
    """Write the results that are in one of the states, or all; returns how many."""
    from testferry.journal import salvage
    from testferry.text import inert_json

    saved = 0
    for result in salvage(path):
        if not states or result["state"] in states:
            if isinstance(result["sent"], str):
                result["sent"] = readable(result["sent"])
            file.write(inert_json(json.dumps(result)) + "\n")
            saved += 1
    return saved


def forget(asked: Asked) -> None:
    """Remove uploads from the journal; what was not sent is not sent any more."""
    from testferry.commands.shared import folder_of
    from testferry.journal import Store
    from testferry.screen.lines import consoles, plain

    settings = asked.settings()
    screen, store = settings.of(Screen), Store(folder_of(settings))
    # A word that names none of them, or several, is refused before any is gone.
    named = dict.fromkeys(store.resolve(begun) for begun in asked.arguments["upload_id"])
    for upload_id in named:
        left = _left(store, upload_id)
        store.forget(upload_id)
        if not screen.quiet:
            plain(consoles(screen.color)[1], f"upload {upload_id} is forgotten{left}")


def _left(store: Store, upload_id: str) -> str:
    """Say what nobody will send any more: ``: 340 results not sent``; empty for nothing."""
    from testferry.text import count

    try:
        with store.open(upload_id, write=False) as journal:
            counts = journal.counts()
    except TestferryError:  # it cannot be read: that is why it goes
        return ""
    parts = []
    if counts.pending:
        parts.append(f"{count(counts.pending, 'result')} not sent")
    if counts.in_doubt:
        parts.append(f"{count(counts.in_doubt, 'result')} in doubt")
    return f": {', '.join(parts)}" if parts else ""


def prune(asked: Asked) -> None:
    """Drop finished uploads by their age; what was rejected or is in doubt is kept.

    Nothing knows any more that they were uploaded: the same command sends the same files again.
    """
    from testferry.clock import SystemClock
    from testferry.commands.shared import folder_of
    from testferry.journal import Store
    from testferry.screen.lines import consoles, plain
    from testferry.text import count

    settings = asked.settings()
    screen, older = settings.of(Screen), settings.of(Pruning).older
    gone = Store(folder_of(settings)).prune(older, SystemClock().wall())
    if not screen.quiet:
        words = f"{count(len(gone), 'finished upload')} dropped"
        if gone:
            words += "; the commands that sent them would send the same files again"
        plain(consoles(screen.color)[1], words)


# --- the commands


def _of(
    name: str,
    run: Callable[[Asked], None],
    argument: Callable[[], click.Argument],
    *own: type,
) -> Callable[[], Command]:
    def make() -> Command:
        takes = Takes((*own, Place, Files, Screen))
        return Command(f"uploads {name}", _with_place(run), takes, [argument()])

    return make


def _with_place(run: Callable[[Asked], None]) -> Callable[[Asked], None]:
    """The same, with cures that find the journals where they are."""

    @functools.wraps(run)
    def carried_out(asked: Asked) -> None:
        try:
            run(asked)
        except TestferryError as problem:
            from testferry.commands.shared import with_words
            from testferry.outcome import Flags, placed

            place = with_words(Flags(), asked.settings()).place
            problem.hint = placed(problem.hint, place)
            raise

    return carried_out


def command() -> click.Command:
    """The command, as click has it."""
    return Group(
        "uploads",
        {
            "show": _of("show", show, upload_argument),
            "export": _of("export", export, upload_argument, Exporting),
            "forget": _of("forget", forget, upload_arguments),
            "prune": lambda: Command(
                "uploads prune",
                prune,
                Takes((Pruning, Place, Files, Screen)),
            ),
        },
        Takes((Listing, Place, Files, Screen), tuple(service.options for service in services())),
        about="What the journal knows.",
        run=show_all,
    )
