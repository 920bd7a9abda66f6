"""What a file is meant to be."""

from __future__ import annotations

import pytest

from testferry.reports.meant import (
    by_name,
    is_archive,
    is_hidden,
    is_hidden_folder,
    is_report,
    is_stranger,
)


@pytest.mark.parametrize(
    "name",
    ["r.xml", "R.XML", "r.Json", "e2e.TRX", "r.xml.gz", "r.json.zst", "a.ZIP", "a.tar.xz", "a.7z"],
)
def test_a_name_says_what_a_file_is_meant_to_be(name: str) -> None:
    assert by_name(f"some.folder/{name}")
    assert is_report("empty", name)


@pytest.mark.parametrize("name", ["r.txt", "photo.png", "cache.zst", "core.gz", "notes", "a.jar"])
def test_what_is_called_otherwise_is_told_only_if_it_is_a_report(name: str) -> None:
    assert not by_name(name)
    assert not is_report("empty", name)
    assert is_report("tap", name)


def test_an_xml_file_is_a_report_unless_it_is_known_to_be_none() -> None:
    assert is_report("boost", "log.XML")
    assert not is_report("coverage", "cobertura.xml")
    assert not is_report("boost", "log.json")


def test_packed_files_are_looked_into_by_their_names() -> None:
    assert all(map(is_archive, ("a.zip", "a.GZ", "r.xml", "artifact", "a.tgz", "a.tar.lzma")))
    assert not any(map(is_archive, ("a.jar", "a.docx", "python.whl")))


def test_what_is_hidden_in_an_archive_is_hidden_as_in_a_folder() -> None:
    assert all(map(is_hidden_folder, (".git", "node_modules")))
    assert all(map(is_hidden, (".git/r.xml", "a/.r.xml", "in.zip/node_modules/x/r.xml")))
    assert not any(map(is_hidden, ("./r.xml", "../a/r.xml", "a/venv.xml", "", "/")))


def test_json_that_is_no_report_is_a_stranger() -> None:
    assert is_stranger("json", "package.json")
    assert not is_stranger("json", "notes.txt")
    assert not is_stranger("coverage", "c.json")
