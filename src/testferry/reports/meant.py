"""What a file that is only found is meant to be: by what it holds, and by how it is called.

Whatever is meant to be a report or an archive of them is read, or told by name.
"""

from __future__ import annotations

import os

from testferry.reports.formats import READERS
from testferry.reports.kinds import NO_REPORTS

# A file of such a name is meant to be a report.
_REPORTS = (".xml", ".json", ".jsonl", ".ndjson", ".trx", ".tap")
# A file of such a name is meant to be unpacked, unlike a .jar or a .docx.
_ARCHIVES = (".zip", ".tar", ".tgz", ".txz", ".tbz2", ".tzst", ".7z", ".rar")
# What packs one file, and is written behind its name.
_PACKERS = frozenset({".gz", ".xz", ".bz2", ".lzma", ".zst", ".lz4", ".lz", ".z", ".br"})
# Heads that cannot be told.
_UNDECIDED = frozenset({"text", "empty", "html", "xml", "cut", "packed"})
# Folders that hold other people's reports and no results of this run.
_OTHERS = frozenset({"node_modules", "__pycache__", "site-packages", "venv"})


def by_name(path: str) -> bool:
    """Return whether a file is called like a report, or like an archive."""
    return _bare(path).endswith((*_REPORTS, *_ARCHIVES))


def is_report(kind: str, path: str) -> bool:
    """Return whether a file of that format is read, be it to tell that it cannot be."""
    if kind in READERS:
        return True
    bare = _bare(path)
    if bare.endswith(".xml"):
        return kind not in NO_REPORTS
    return kind in _UNDECIDED and by_name(path)


def is_stranger(kind: str, path: str) -> bool:
    """Return whether a file is called like a report, and holds JSON that is none: tools keep much
    else in JSON.
    """
    return kind == "json" and by_name(path)


def is_archive(path: str) -> bool:
    """Return whether a file whose bytes are packed is looked into: its name says what it is, or
    nothing.
    """
    _, suffix = os.path.splitext(os.path.basename(path).lower())
    return suffix in _PACKERS or not suffix or by_name(path)


def is_hidden_folder(name: str) -> bool:
    """Return whether a folder is not looked at."""
    return name.startswith(".") or name in _OTHERS


def is_hidden(inside: str) -> bool:
    """Return whether a member of an archive lies where nobody looks in a folder."""
    parts = [part for part in inside.split("/") if part not in ("", ".", "..")]
    return any(map(is_hidden_folder, parts[:-1])) or "".join(parts[-1:]).startswith(".")


def _bare(path: str) -> str:
    """Return the name of what is in ``report.xml.gz``, in small letters."""
    name, suffix = os.path.splitext(path.lower())
    if suffix in _PACKERS:
        return name
    return path.lower()
