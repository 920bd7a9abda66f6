"""Imports point down only, and each library has one home."""

from __future__ import annotations

import ast
from pathlib import Path

import testferry

SOURCE = Path(testferry.__file__).parent

# From the top down; rooms of one row do not import each other.
ROWS = [
    {"__main__"},
    {"cli"},
    {"commands"},
    {"beginning", "uploads"},
    {"command", "inspection", "sending"},
    {"route"},
    {"ending", "identity", "ingest", "screen", "sandbox", "settings"},
    {"services"},
    {"engine"},
    {"journal", "pace", "reports"},
    {"attachments", "cache", "dialects"},
    {"clock", "outcome"},
    {"events", "model", "option", "submission"},
    {"address", "caseids", "errors", "kernel", "text"},
    {"__init__"},
]
ROW = {name: at for at, row in enumerate(ROWS) for name in row}
ONLY_IN = {
    "rich": {"screen"},
    "click": {"cli", "commands", "settings"},
    "sqlite3": {"journal", "services", "pace"},
    "time": {"clock"},
    "httpx": {"engine"},
    "junitparser": {"reports"},
    "threading": {"engine", "sandbox"},
    "platformdirs": {"settings"},
    "fcntl": {"kernel"},
    "msvcrt": {"kernel"},
}


def _room(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def _imports(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"testferry.{name.name}" for name in node.names}
            found |= inner if node.module == "testferry" else {node.module}
    return found


FILES = sorted(SOURCE.rglob("*.py"))


def test_every_file_has_its_row() -> None:
    assert {_room(path) for path in FILES} == set(ROW)


def test_no_import_points_up_or_sideways() -> None:
    for path in FILES:
        here = _room(path)
        for name in _imports(path):
            if not name.startswith("testferry."):
                continue
            there = name.split(".")[1]
            there = there if there in ROW else "__init__"
            assert there == here or ROW[there] > ROW[here], f"{path} imports {name}"


def test_each_library_has_one_home() -> None:
    for path in FILES:
        for name in _imports(path):
            homes = ONLY_IN.get(name.split(".")[0])
            assert homes is None or _room(path) in homes, f"{path.name} imports {name}"


def test_the_sandbox_is_imported_by_the_command_line_alone() -> None:
    users = {
        _room(path)
        for path in FILES
        if any(name.startswith("testferry.sandbox") for name in _imports(path))
    }
    assert users == {"commands", "sandbox"}


def test_every_safeguard_of_the_mutation_script_is_still_there() -> None:
    """`python tests/mutations.py` takes each out; here only that their code is where the script
    looks for it.
    """
    import mutations

    for mutation in mutations.MUTATIONS:
        assert mutation.old in (SOURCE / mutation.file).read_text("utf-8"), mutation.safeguard
