"""The one place that says where results and a token may go."""

from __future__ import annotations

from pathlib import Path

import pytest

from testferry.errors import UsageProblem
from testferry.services import service_of
from testferry.settings.address import allowed, check_each
from testferry.settings.files import Source, find
from testferry.settings.read import Origin


@pytest.mark.parametrize(
    ("kind", "url", "plain"),
    [
        ("testmo", "https://a.testmo.net/api/v1/", "https://a.testmo.net"),
        ("testmo", "https://a.testmo.net", "https://a.testmo.net"),
        ("testrail", "https://a.testrail.io/index.php?/runs/view/3", "https://a.testrail.io"),
        ("http", "https://a.example/api/v1", "https://a.example/api/v1"),
        ("http", "https://a.example/x?project=7", "https://a.example/x?project=7"),
        ("testmo", "http://127.0.0.1:80", "http://127.0.0.1:80"),
        ("testmo", "http://[::1]:80", "http://[::1]:80"),
        ("sandbox", "", "sandbox"),
        ("sandbox", "https://elsewhere.example", "sandbox"),
    ],
)
def test_an_address_that_is_taken(kind: str, url: str, plain: str) -> None:
    assert allowed(url, service_of(kind), "t") == plain


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "there is no address for t"),
        ("http://example.com", "in the clear to example.com"),
        ("http://127.0.0.1.example.com", "in the clear"),
        ("https://u:p@example.com", "must not hold credentials"),
        ("https://a.example/x?api_key=abcdef", "must not hold a secret"),
        ("https://a.example/x?token=abcdef", "must not hold a secret"),
        ("https://a.example/x?sig=abcdef", "must not hold a secret"),
        ("https://a.example/x#access_token=abcdef", "must not hold a secret"),
        ("https://a.example/x?v=glpat-abcdefgh1234", "must not hold a secret"),
        ("https://@a.example", "must not hold credentials"),
        ("ftp://example.com", "is no address"),
        ("https://exa mple.com", "is no address"),
        ("https://x:y", "is no address"),
        ("https://x:99999", "is no address"),
        ("http://[::1", "is no address"),
        ("https://", "is no address"),
        ("5", "'5' is no address"),
        ("https://5", "is no address"),
    ],
)
def test_an_address_that_is_refused(url: str, said: str) -> None:
    with pytest.raises(UsageProblem, match=said):
        allowed(url, service_of("testmo"), "t")


def test_who_named_it_is_said() -> None:
    origin = Origin(Source.PROJECT, "testferry.toml, line 3: url")
    with pytest.raises(UsageProblem, match=r"testferry\.toml, line 3: url: http:// would send"):
        allowed("http://example.com", service_of("testmo"), "t", origin)


def test_an_address_that_a_file_says_is_looked_at_whether_it_counts_or_not(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("url = 'https://a.example/?token=abcdefgh'\n")
    (file,) = find("c.toml")
    good: object = "https://a.example"
    of_file = Origin(Source.CONFIG, file=file, keys=("url",))
    service = service_of("testmo")
    check_each([(good, Origin(Source.LINE)), (good, of_file), (5, of_file)], service, "t")
    sayings = [(good, Origin(Source.LINE)), (file.options["url"], of_file)]
    with pytest.raises(UsageProblem, match=r"^c.toml, line 1: url: the address must not hold"):
        check_each(sayings, service, "t")


def test_a_missing_address_names_every_way_to_say_it() -> None:
    with pytest.raises(UsageProblem) as problem:
        allowed("", service_of("testrail"), "t")
    assert problem.value.hint.startswith("use --url, TESTRAIL_URL, TESTFERRY_URL or url in")
