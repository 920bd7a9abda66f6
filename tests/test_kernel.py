from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

import testferry
from testferry import kernel

SOURCE = Path(testferry.__file__).parent


def another() -> ModuleType:
    """The module once more, as this system seems to be now."""
    spec = importlib.util.spec_from_file_location("another_kernel", kernel.__file__)
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_a_lock_is_held_by_one_and_given_back_at_the_end(tmp_path: Path) -> None:
    first = kernel.open_private(tmp_path / "l", os.O_RDWR | os.O_CREAT)
    second = kernel.open_private(tmp_path / "l", os.O_RDWR)
    assert kernel.lock(first)
    assert not kernel.lock(second)
    os.close(first)
    assert kernel.lock(second)
    os.close(second)


def test_a_killed_process_gives_its_lock_back(tmp_path: Path) -> None:
    words = (
        "import os, sys, time; from testferry import kernel\n"
        "handle = kernel.open_private(sys.argv[1], os.O_RDWR | os.O_CREAT)\n"
        "print(kernel.lock(handle), flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", words, tmp_path / "l"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"True\n"
    handle = kernel.open_private(tmp_path / "l", os.O_RDWR)
    assert not kernel.lock(handle)
    child.kill()
    child.communicate()
    assert kernel.lock(handle)
    os.close(handle)


def test_a_private_file_is_ours_alone_and_no_link_is_followed(tmp_path: Path) -> None:
    os.close(kernel.open_private(tmp_path / "f", os.O_RDWR | os.O_CREAT))
    assert (tmp_path / "f").stat().st_mode & 0o777 == 0o600
    (tmp_path / "link").symlink_to(tmp_path / "f")
    with pytest.raises(OSError, match="symbolic"):
        kernel.open_private(tmp_path / "link", os.O_RDWR)


def test_owners_and_modes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "f"
    path.write_text("")
    path.chmod(0o644)
    assert kernel.ours(path.stat())
    assert not kernel.writable_by_others(path.stat())
    for mode in (0o664, 0o646):
        path.chmod(mode)
        assert kernel.writable_by_others(path.stat())
    owner = path.stat().st_uid
    monkeypatch.setattr(os, "getuid", lambda: owner + 1)
    assert not kernel.ours(path.stat())
    assert kernel.ours_or_the_systems(path.stat()) is (owner == kernel.SYSTEM)


def test_what_is_synced_is_a_file_or_a_folder(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    kernel.sync(tmp_path / "f")
    kernel.sync(tmp_path)
    with pytest.raises(FileNotFoundError):
        kernel.sync(tmp_path / "nothing")


@pytest.mark.skipif(not hasattr(os, "waitid"), reason="this Python cannot look without asking")
def test_who_is_alive() -> None:
    assert kernel.alive(os.getpid())
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not kernel.alive(child.pid), "it is dead, though nobody has asked how it ended"
    child.wait()
    assert not kernel.alive(child.pid)
    assert not kernel.alive(2**40)
    assert kernel.process_namespace()
    assert kernel.boot_id() == kernel.boot_id()


@pytest.fixture
def attended() -> Iterator[None]:
    """As if nobody had started the tests with ``nohup``."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("attended")
def test_the_end_of_the_terminal_is_heeded_unless_nohup_is_to_outlive_it() -> None:
    assert kernel.stopping_signals() == [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert kernel.stopping_signals() == [signal.SIGINT, signal.SIGTERM]
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize(
    ("sent", "heard"),
    [
        (signal.SIGINT, signal.SIGINT),
        (signal.SIGTERM, signal.SIGTERM),
        (signal.SIGHUP, signal.SIGTERM),
    ],
)
@pytest.mark.usefixtures("attended")
def test_signals_are_heeded_meanwhile(sent: int, heard: int) -> None:
    before = signal.getsignal(sent)
    seen: list[int] = []
    with kernel.heeding(kernel.stopping_signals(), seen.append):
        signal.raise_signal(sent)
    assert seen == [heard]
    assert signal.getsignal(sent) is before


def test_what_a_system_lacks_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("O_NOFOLLOW", "O_CLOEXEC", "O_NONBLOCK"):
        monkeypatch.delattr(os, name)
    found = another()
    assert (found.NO_FOLLOW, found.CLOSE_ON_EXEC, found.NON_BLOCKING, found.BINARY) == (0, 0, 0, 0)


class OneByte:
    """The locks of Windows, in one process: a byte of a file is somebody's."""

    LK_NBLCK = 2

    def __init__(self) -> None:
        self.held: set[tuple[int, int]] = set()
        self.trouble = PermissionError(13, "somebody has it")

    def locking(self, handle: int, mode: int, count: int) -> None:
        info = os.fstat(handle)
        if (info.st_dev, info.st_ino) in self.held:
            raise self.trouble
        self.held.add((info.st_dev, info.st_ino))


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module where these things are lacking."""
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "msvcrt", OneByte())
    for name in ("getuid", "O_DIRECTORY", "O_NOFOLLOW"):
        monkeypatch.delattr(os, name)
    return another()


def test_a_byte_is_locked_where_files_cannot_be(windows: ModuleType, tmp_path: Path) -> None:
    handle = os.open(tmp_path / "l", os.O_RDWR | os.O_CREAT)
    assert windows.lock(handle)
    assert not windows.lock(handle)
    windows._MSVCRT.trouble = OSError(9, "bad file descriptor")
    with pytest.raises(OSError, match="descriptor"):
        windows.lock(handle)
    os.close(handle)


def test_what_has_no_owner_is_ours(windows: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    (tmp_path / "f").chmod(0o666)
    info = os.stat(tmp_path / "f")
    assert windows.ours(info)
    assert not windows.writable_by_others(info)
    assert not windows.readable_by_others(info)
    assert windows.user_word()


def test_a_folder_that_cannot_be_opened_is_not_synced(
    windows: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    windows.sync(tmp_path)
    assert not synced
    (tmp_path / "f").write_text("")
    windows.sync(tmp_path / "f")
    assert len(synced) == 1


def test_no_way_leads_through_a_link_where_no_folder_can_be_held(
    windows: ModuleType, tmp_path: Path
) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "f").write_text("x")
    (tmp_path / "linked").symlink_to("d")
    (tmp_path / "link").symlink_to("d/f")
    seen = tmp_path / "seen"
    seen.symlink_to(tmp_path)
    os.close(windows.open_below(str(seen), ["d", "f"]))
    for parts in (["linked", "f"], ["link"]):
        with pytest.raises(OSError, match="symbolic"):
            windows.open_below(str(tmp_path), parts)


def test_a_lock_goes_before_it_is_given_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    close, unlink = os.close, Path.unlink

    def closed(handle: int) -> None:
        done.append("close")
        close(handle)

    def unlinked(path: Path, **more: bool) -> None:
        done.append("unlink")
        unlink(path, **more)

    monkeypatch.setattr(os, "close", closed)
    monkeypatch.setattr(Path, "unlink", unlinked)
    handle = kernel.open_private(tmp_path / "l", os.O_RDWR | os.O_CREAT)
    kernel.remove_lock(handle, tmp_path / "l")
    assert done == ["unlink", "close"]


def test_where_it_is_open_it_goes_last_and_somebody_may_have_taken_it(
    windows: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "l"
    windows.remove_lock(os.open(path, os.O_RDWR | os.O_CREAT), path)
    assert not path.exists()

    def taken(path: Path, **_: bool) -> None:
        raise PermissionError(13, "it is open")

    monkeypatch.setattr(Path, "unlink", taken)
    handle = os.open(path, os.O_RDWR | os.O_CREAT)
    windows.remove_lock(handle, path)
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(handle)


def test_a_program_is_called_as_the_user_calls_it_unless_it_has_another_ending() -> None:
    assert kernel.program("npm", "/usr/bin/npm") == "npm"
    assert kernel.program("npm", "C:/node/npm.CMD") == "C:/node/npm.CMD"
    assert kernel.program("npm.cmd", "C:/node/npm.CMD") == "npm.cmd"


def test_ctrl_break_counts_as_the_end_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "SIGBREAK", signal.SIGUSR1, raising=False)
    assert signal.SIGUSR1 in kernel.stopping_signals()


def test_a_mac_asks_the_drive_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def answers(fail: bool) -> Callable[..., int]:
        def fcntl(handle: int, what: int) -> int:
            asked.append(what)
            if fail:
                raise OSError(45, "not supported")
            return 0

        return fcntl

    synced: list[int] = []
    monkeypatch.setattr(os, "fsync", synced.append)
    for fail in (False, True):
        system = SimpleNamespace(F_FULLFSYNC=51, fcntl=answers(fail))
        monkeypatch.setitem(sys.modules, "fcntl", system)
        another().sync(tmp_path)
    assert asked == [51, 51]
    assert len(synced) == 1, "a file system that cannot do more does what it can"


def test_nobody_else_asks_the_system() -> None:
    for path in SOURCE.rglob("*.py"):
        if path.name != "kernel.py":
            text = path.read_text("utf-8")
            for word in ("fcntl.", "getuid(", "msvcrt"):
                assert word not in text, f"{path} asks for {word}"
