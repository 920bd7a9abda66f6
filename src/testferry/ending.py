"""The three endings of a command line: a known error, Ctrl-C, a defect.

Each has its exit code and its line on standard error; a traceback is for a file.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable

from testferry import __version__, exit_codes
from testferry.errors import TestferryError

_NARROWEST = 20  # columns


def ended(call: Callable[[], object]) -> int:  # noqa: PLR0911 - a return for each ending
    """The exit code of a command line that was carried out."""
    try:
        call()
    except KeyboardInterrupt:
        return exit_codes.SIGINT
    except TestferryError as problem:
        complain(problem.message, problem.hint)
        return problem.exit_code
    except SystemExit as problem:
        return problem.code if isinstance(problem.code, int) else 1
    except BrokenPipeError:  # nobody reads any more
        return 0
    except MemoryError:
        return _too_little_memory()
    # Whatever it was, it is told in one line.
    except Exception as problem:  # noqa: BLE001
        return _defect(problem)
    return 0


def _too_little_memory() -> int:
    complain(
        "there is not enough memory",
        "nothing is lost; run it again with a smaller --batch-bytes",
    )
    return exit_codes.LATER


def complain(message: str, hint: str = "") -> None:
    """What happened, and the cure, on standard error."""
    _say("error: ", message)
    if hint:
        _say("       ", hint)


def warn(message: str) -> None:
    """What will not do what it was meant to do, on standard error."""
    _say("warning: ", message)


def _say(begin: str, words: str) -> None:
    from testferry.text import clean

    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(_wrapped(begin, clean(words)))


def _wrapped(begin: str, words: str) -> str:
    """On a terminal a long line is wrapped between words; elsewhere it is one line."""
    if not sys.stderr.isatty():
        return f"{begin}{words}\n"
    import shutil
    import textwrap

    width = max(_NARROWEST, shutil.get_terminal_size().columns)
    lines = textwrap.wrap(
        words,
        width - 1,
        initial_indent=begin,
        subsequent_indent="       ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join(lines) + "\n"


def flush() -> None:
    """Write out what is left. Nobody may be reading any more, and Python would end with 120 over
    it.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _defect(problem: BaseException) -> int:
    """The traceback goes to a file without locals: they may hold secrets."""
    import tempfile
    import traceback

    from testferry import scratch

    try:
        place = scratch.folder()
        handle, path = tempfile.mkstemp(prefix="testferry-", suffix=".traceback", dir=place)
        with open(handle, "w", encoding="utf-8") as file:
            file.write(f"testferry {__version__}, Python {sys.version}\n")
            file.write("".join(traceback.format_exception(problem)))
        where = f"please report it with {path}"
    except OSError:
        where = "please report it"
    complain(f"a defect in testferry ({type(problem).__name__}); nothing is lost", where)
    return exit_codes.DEFECT
