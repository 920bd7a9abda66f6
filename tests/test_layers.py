"""Imports point down only, each library has one home, and no word of a service stands outside of
the services' rooms.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

import testferry

SOURCE = Path(testferry.__file__).parent
TESTS = Path(__file__).parent

# From the top down; rooms of one row do not import each other.
ROWS = [
    {"__main__"},
    {"cli"},
    {"commands"},
    {"beginning", "uploads"},
    {"takeup"},
    {"work"},
    {"delivery", "forecast", "rehearsal"},
    {"attempts", "command", "inspection", "planning", "remains", "sending", "tidying"},
    {"interruption", "turn"},
    {"workplace"},
    {"route"},
    {"ending", "frozen", "identity", "ingest", "runners", "screen", "sandbox", "settings"},
    {"services"},
    {"engine"},
    {"journal", "pace", "reports"},
    {"attachments", "cache", "dialects", "repeats"},
    {"clock", "outcome"},
    {"events", "model", "option", "piped", "scratch", "sql", "submission"},
    {"address", "caseids", "defaults", "errors", "kernel", "suggest", "text"},
    {"exit_codes"},
    {"__init__"},
]

# The same inside a package: its modules and folders, from the top down.
ORDERS: dict[str, list[set[str]]] = {
    "commands": [
        {"budget", "completion", "config", "demo", "doctor", "explain", "help", "init", "inspect"}
        | {"login", "logout", "migrate"}
        | {"resume", "run", "upload", "uploads", "sandbox", "targets", "variables"},
        {"finish", "listed"},
        {"way"},
        {"shared"},
        {"__init__"},
    ],
    "runners": [
        {"azure", "buildkite", "github", "gitlab", "teamcity"},
        {"facts"},
        {"__init__"},
    ],
    "settings": [
        {"complete"},
        {"address", "declare", "schema", "voice"},
        {"page"},
        {"read"},
        {"kind"},
        {"check", "known", "overrides"},
        {"shipped"},
        {"ci", "files", "options", "secrets", "types"},
        {"places", "ring", "ways"},
        {"systems"},
        {"__init__"},
    ],
    "screen": [
        {"log", "markdown"},
        {"ending", "live"},
        {"named"},
        {"advance", "lines", "region", "waiting"},
        {"__init__"},
    ],
    "sandbox": [{"server"}, {"faults"}, {"__init__"}],
    # The registry above the folders; a folder knows no other one, but the sandbox is a Testmo at
    # another address.
    "services": [
        {"emulators"},
        {"__init__"},
        {"sandbox"},
        {"http", "testmo", "testrail"},
        {"runkey"},
        {"http_json"},
        {"checks", "emulation", "keyoptions", "migration", "service"},
    ],
    "services/testmo": [
        {"target"},
        {"keyed", "resources"},
        {"emulator", "item", "migrate", "settle"},
        {"__init__"},
    ],
    "services/testrail": [
        {"target"},
        {"check"},
        {"ask"},
        {"fill", "keyed"},
        {"make"},
        {"arrived", "plan", "settle", "suites", "told"},
        {"creations"},
        {"wish"},
        {"labels", "references"},
        {"additions", "fields", "named"},
        {"read"},
        {"emulator", "files", "item", "match", "migrate"},
        {"plain_yaml"},
        {"__init__"},
        {"foreign"},
    ],
    "engine": [
        {"conclude"},
        {"loop"},
        {"inquiry"},
        {"exchange"},
        {"effects", "tell"},
        {"book", "scheduler"},
        {"client", "gate", "queues"},
        {"conversation", "lanes", "trace", "worker"},
        {"actions", "doubt", "judge", "refusals", "step"},
        {"authorities", "batching", "broken", "outage", "payload", "tries", "verdict"},
        {"http", "nobook"},
        {"__init__"},
    ],
    "journal": [
        {"__init__"},
        {"store"},
        {"journal", "salvage"},
        {"file"},
        {"locks", "plan"},
        {"glance", "header", "migrate", "trouble"},
        {"names", "results", "rows", "seal"},
    ],
    "pace": [
        {"members"},
        {"fleet", "holders", "shared"},
        {"server", "slots"},
        {"pacer"},
        {"limits"},
        {"__init__"},
    ],
    "reports": [
        {"__init__"},
        {"find"},
        {"folder"},
        {"members"},
        {"found"},
        {"convert", "dart", "gotest", "libtest", "messages", "pytests", "read", "settle"},
        {"allure", "ctest", "ctrf", "cucumber", "gtest", "jest", "jsonlines", "junit"}
        | {"mocha", "nunit", "playwright", "robot", "rspec", "testng", "trx", "xunit"},
        {"failsafe", "jsonstream", "tap", "xmlstream"},
        {"between", "decode", "source", "tapline", "testcase", "xmldocument"},
        {"archive"},
        {"cutzip", "meant", "said", "store", "zips"},
        {"xz"},
        {"claims", "detect", "formats", "narrow", "pieces", "values", "words", "xmltext"},
        {"heads", "kinds", "noise"},
    ],
    "dialects": [{"__init__"}, {"interpret", "load"}, {"dialect"}, {"headers", "sent", "waits"}],
}

# A library, and the rooms or files that may import it.
HOMES = {
    "rich": {"screen"},
    "click": {"cli.py", "commands", "settings"},
    "sqlite3": {"sql.py", "journal", "pace"},
    "time": {"clock.py"},
    "httpx": {"engine/http.py"},
    "ssl": {"engine/client.py", "engine/broken.py", "engine/authorities.py"},
    "truststore": {"engine/authorities.py"},
    "redis": {"pace/fleet.py", "pace/members.py", "pace/server.py"},
    "junitparser": {"reports/convert.py"},
    "threading": {"engine/worker.py", "sandbox"},
    "subprocess": {"command.py"},
    "tempfile": {"scratch.py", "ending.py", "reports/source.py"},
    "platformdirs": {"settings/files.py"},
    "keyring": {"settings/ring.py"},
    # What one operating system has, and another has not.
    "fcntl": {"kernel.py"},
    "msvcrt": {"kernel.py"},
    "signal": {"kernel.py"},
    "ctypes": {"kernel.py"},
    "pwd": {"kernel.py"},
}
# Statements that do not end by themselves.
OPEN_STATEMENT = re.compile(r"sqlite3\.connect|\.cursor\(|import connect")
OF_ONE_SYSTEM = re.compile(
    r"\bos\.(getuid|geteuid|getgid|kill|killpg|fchmod|O_NOFOLLOW|O_NONBLOCK|O_BINARY|setsid)\b"
)

# Words that only a service's rooms know: names of services, and of their requests.
SERVICES = re.compile(r"testmo|testrail|trcli", re.IGNORECASE)
REQUESTS = frozenset(
    {"section", "case", "thread", "match", "append", "results", "extend run", "close run"}
    | {"complete run", "last look at the run"}
)
THEIR_ROOMS = ("services/", "dialects/", "sandbox/")
# What a file outside of them may say, and why.
MAY_SAY = {
    "caseids.py": (SERVICES, "ids that people write into reports, by the names they give them"),
    "cli.py": (SERVICES, "the help's first page shows two commands to type"),
    "commands/demo.py": (SERVICES, "the demo plays with one service's emulator"),
    "commands/migrate.py": (SERVICES, "its help shows three commands to type"),
    "commands/doctor.py": (SERVICES, "its help shows two commands to type"),
    "commands/explain.py": (SERVICES, "its help shows two commands to type"),
    "commands/inspect.py": (SERVICES, "what the ids in a report are good for"),
    "commands/sandbox.py": (SERVICES, "the emulators, and the variables that lead to them"),
    "reports/": (SERVICES, "properties that trcli's users write into their reports"),
    "journal/migrate.py": (re.compile("^match$"), "a row's name in journals of version 1"),
}
# In a document of the contract, and in reports, these are other things than requests.
OTHER_THINGS = {
    "outcome.py": {"results"},  # testferry.upload/1
    "reports/": {"results", "case", "section", "match", "thread"},  # names in report formats
    "commands/": {"results"},  # keys of JSON documents
    "inspection.py": {"results"},
    "screen/": {"results"},
    "model.py": {"results"},
    "events.py": {"results"},
    "engine/": {"results"},  # ids of results, as an answer told them
    "journal/": {"results"},
}


@cache
def sources() -> dict[str, str]:
    """Every module and its text."""
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        if "-" not in path.name:  # a name with a dash is no module: some tool's own
            found[path.relative_to(SOURCE).as_posix()] = path.read_text("utf-8")
    return found


@cache
def _modules() -> frozenset[str]:
    """The full name of every module and package."""
    found = set()
    for name in sources():
        whole = "testferry." + name.removesuffix(".py").replace("/", ".")
        found |= {whole, whole.rpartition(".")[0]}
    return frozenset(found)


@cache
def _nodes(text: str) -> tuple[ast.AST, ...]:
    """Every node of a module; most are the same in every variant."""
    return tuple(ast.walk(ast.parse(text)))


def _room(name: str, package: str = "") -> str:
    """The file or the folder of the package that a module is, or lies in."""
    return name.removeprefix(f"{package}/").split("/")[0].removesuffix(".py")


@cache
def _imports(text: str) -> frozenset[str]:
    """The full names of what is imported; what only a type checker sees counts for nothing."""
    nodes = _nodes(text)
    unseen: set[ast.AST] = set()
    for node in nodes:
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            unseen.update(ast.walk(node))
    found = set()
    for node in nodes:
        if node in unseen:
            continue
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                inner = f"{node.module}.{name.name}"
                found.add(inner if inner in _modules() else node.module)
    return frozenset(found)


def upward(files: Mapping[str, str]) -> Iterator[str]:
    """Every import that points up or sideways, between rooms and inside of packages."""
    for package, order in {"": ROWS, **ORDERS}.items():
        yield from _upward_in(package, order, files)


def _upward_in(package: str, order: list[set[str]], files: Mapping[str, str]) -> Iterator[str]:
    rank = {name: at for at, names in enumerate(order) for name in names}
    prefix = f"testferry/{package}".rstrip("/").replace("/", ".")
    for file, text in files.items():
        if package and not file.startswith(f"{package}/"):
            continue
        here = _room(file, package)
        for name in _imports(text):
            if name != prefix and not name.startswith(f"{prefix}."):
                continue
            there = name.removeprefix(prefix).lstrip(".").split(".")[0]
            there = there if there in rank else "__init__"
            if there != here and rank[there] <= rank[here]:
                yield f"{file} imports {name}"


def strangers(files: Mapping[str, str]) -> Iterator[str]:
    """Every word of a service in a string or a name outside of the services' rooms."""
    for name, text in files.items():
        if name.startswith(THEIR_ROOMS):
            continue
        allowed = [may for place, (may, _) in MAY_SAY.items() if name.startswith(place)]
        others = set().union(*(them for at, them in OTHER_THINGS.items() if name.startswith(at)))
        nodes = _nodes(text)
        docstrings = _docstrings(nodes)
        for node in nodes:
            for word in _words(node, docstrings):
                is_request = word in REQUESTS - others and isinstance(node, ast.Constant)
                if not is_request and not SERVICES.search(word):
                    continue
                if not any(may.search(word) for may in allowed):
                    yield f"{name}:{getattr(node, 'lineno', 0)} says {word!r}"


def _docstrings(nodes: tuple[ast.AST, ...]) -> set[ast.AST]:
    return {
        node.value
        for node in nodes
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def _words(node: ast.AST, docstrings: set[ast.AST]) -> Iterator[str]:
    """Strings and names; docstrings may tell where a fact comes from."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and node not in docstrings:
            yield node.value
        return
    for part in ("id", "attr", "arg", "name", "module"):
        word = getattr(node, part, None)
        if isinstance(word, str):
            yield word


def test_every_file_has_its_row() -> None:
    assert {_room(name) for name in sources()} == set().union(*ROWS)
    for package, order in ORDERS.items():
        here = {_room(name, package) for name in sources() if name.startswith(f"{package}/")}
        assert here == set().union(*order), f"{package}: give it a row in ORDERS"


def test_no_import_points_up_or_sideways() -> None:
    assert list(upward(sources())) == []


def test_each_library_has_one_home() -> None:
    for name, text in sources().items():
        for imported in _imports(text):
            homes = HOMES.get(imported.split(".")[0])
            at_home = homes is None or name in homes or name.split("/")[0] in homes
            assert at_home, f"{name} imports {imported}"
        if name != "sql.py":
            assert not OPEN_STATEMENT.search(text), name
        if name != "kernel.py":
            assert not OF_ONE_SYSTEM.search(text), name


def test_the_sandbox_is_imported_by_the_command_line_alone() -> None:
    users = {
        _room(name)
        for name, text in sources().items()
        if any(imported.startswith("testferry.sandbox") for imported in _imports(text))
    }
    assert users == {"commands", "sandbox"}


def test_no_word_of_a_service_stands_outside_of_its_rooms() -> None:
    assert list(strangers(sources())) == []


LONGEST, LONGEST_OF_THE_ENGINE, LONGEST_FUNCTION = 450, 320, 50  # lines


def test_no_file_and_no_function_is_too_long_to_be_one_idea() -> None:
    for name, text in sources().items():
        longest = LONGEST_OF_THE_ENGINE if name.startswith("engine/") else LONGEST
        assert text.count("\n") <= longest, name
        for node in _nodes(text):
            if isinstance(node, ast.FunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                assert lines <= LONGEST_FUNCTION, f"{name}: {node.name}"


def test_commands_and_settings_know_their_types() -> None:
    for name, text in sources().items():
        if name.startswith(("commands/", "settings/")):
            words = {node.id for node in _nodes(text) if isinstance(node, ast.Name)}
            assert "Any" not in words, name


def _with_line(file: str, line: str) -> dict[str, str]:
    """The sources, and a further line in one of them."""
    return {**sources(), file: f"{sources()[file]}\n{line}\n"}


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("text.py", "from testferry.engine.verdict import Refused"),
        ("journal/rows.py", "from testferry.pace.limits import Rate"),
        ("engine/queues.py", "from testferry.engine.loop import Upload"),
        ("engine/verdict.py", "from testferry.services import testmo"),
        ("services/testrail/item.py", "from testferry.services.testmo.item import label"),
        ("services/service.py", "import testferry.services.testrail.target"),
    ],
)
def test_an_import_that_points_up_is_seen(file: str, line: str) -> None:
    assert any(found.startswith(file) for found in upward(_with_line(file, line)))


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("engine/scheduler.py", 'PART_OF_THE_WHOLE = frozenset({"section", "case"})'),
        ("engine/loop.py", 'MATCH = "match"'),
        ("journal/journal.py", 'LATER = "append"'),
        ("uploads.py", "def close_testrail_run() -> None: ..."),
        ("settings/options.py", 'URL = "TESTMO_URL"'),
    ],
)
def test_a_word_of_a_service_is_seen(file: str, line: str) -> None:
    assert any(found.startswith(file) for found in strangers(_with_line(file, line)))


# --- the tests themselves

# Modules that are tested by what stands on them, under another name, and why.
TESTED_BY = {
    "__init__": "test_cli.py",  # the version
    "__main__": "test_cli.py",
}


def test_every_module_has_its_test_file() -> None:
    missing = []
    for file, text in sources().items():
        name = file.removesuffix(".py")
        if name.startswith("services/testrail/emulator"):
            name = "services/testrail/emulator"
        tested = TESTED_BY.get(name)
        if tested is None:
            whole = name.removesuffix("/__init__").replace("/", "_")
            tested = f"test_{whole}.py"
        is_empty = name.endswith("__init__") and _is_empty(text)
        if not is_empty and not (TESTS / tested).is_file():
            missing.append(f"{name}: {tested}")
    assert not missing, "\n".join(missing)


def _is_empty(text: str) -> bool:
    """Whether it holds nothing but a docstring and imports."""
    kinds = (ast.Expr, ast.Import, ast.ImportFrom)
    body = ast.parse(text).body
    names = [node for node in body if isinstance(node, ast.Assign)]
    lists = [node for node in names if ast.unparse(node.targets[0]) == "__all__"]
    return all(isinstance(node, kinds) or node in lists for node in body)


def test_no_test_imports_from_a_test() -> None:
    tests = "|".join(path.stem for path in TESTS.rglob("test_*.py"))
    imports = re.compile(rf"^\s*(from|import)\s+({tests})\b", re.MULTILINE)
    for path in TESTS.rglob("*.py"):
        assert not imports.search(path.read_text("utf-8")), path.name


def test_every_safeguard_of_the_mutation_script_is_still_there() -> None:
    """`python tests/mutations.py` takes each out; here only that their code is where the script
    looks for it.
    """
    import mutations

    for mutation in mutations.MUTATIONS:
        assert mutation.old in (SOURCE / mutation.file).read_text("utf-8"), mutation.safeguard
        for name in mutation.tests.split():
            if name.endswith(".py"):
                assert (TESTS / name).is_file(), f"{mutation.safeguard}: no {name}"
