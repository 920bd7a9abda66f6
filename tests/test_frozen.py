"""PyInstaller finds our hook, and the hook names what it cannot see."""

from __future__ import annotations

import runpy
import sys
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType

import pytest

from conftest import ROOT
from testferry.frozen import hook_dirs


def test_the_hook_is_found_by_its_entry_point() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    named = project["entry-points"]["pyinstaller40"]["hook-dirs"]
    assert EntryPoint("hook-dirs", named, "pyinstaller40").load() is hook_dirs
    (folder,) = hook_dirs()
    assert (Path(folder) / "hook-testferry.py").is_file()


def test_it_names_the_dialects_the_commands_and_what_junitparser_asks_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its three functions are PyInstaller's; what they are asked for is ours."""
    tools = ModuleType("PyInstaller.utils.hooks")
    for name in ("collect_data_files", "collect_submodules", "copy_metadata"):
        setattr(tools, name, lambda package, name=name: [(name, package)])
    for name in ("PyInstaller", "PyInstaller.utils"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, "PyInstaller.utils.hooks", tools)
    found = runpy.run_path(str(Path(hook_dirs()[0]) / "hook-testferry.py"))
    assert found["datas"] == [("collect_data_files", "testferry"), ("copy_metadata", "junitparser")]
    assert found["hiddenimports"] == [("collect_submodules", "testferry")]
