from __future__ import annotations

import json

import pytest

from fakes import of, parse
from testferry.reports import decode as decode_module


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        ("<testsuite><testcase name='é'/></testsuite>".encode("cp1252"), "é", "not UTF-8"),
        (
            "<?xml version='1.0' encoding='iso-8859-1'?><testsuite><testcase name='é'/></testsuite>".encode(
                "latin-1"
            ),
            "é",
            "",
        ),
        (
            "<?xml version='1.0' encoding='utf-8'?><testsuite><testcase name='é'/></testsuite>".encode(
                "utf-16"
            ),
            "é",
            "",
        ),
        ("<testsuite><testcase name='é'/></testsuite>".encode("utf-16-le"), "é", ""),
        ("<testsuite><testcase name='é'/></testsuite>".encode("utf-16-be"), "é", ""),
        ("<testsuite><testcase name='é'/></testsuite>".encode("utf-8-sig"), "é", ""),
        (
            "<?xml version='1.0' encoding='bogus'?><testsuite><testcase name='é'/></testsuite>".encode(),
            "é",
            "",
        ),
        (
            "<?xml version='1.0' encoding='base64'?><testsuite><testcase name='é'/></testsuite>".encode(),
            "é",
            "",
        ),
        (
            "<?xml version='1.0' encoding='ascii'?><testsuite><testcase name='é'/></testsuite>".encode(),
            "é",
            "",
        ),
        (
            b"<testsuite><testcase name='\x1b[31mred&#27;&#x1b;&#65;'/></testsuite>",
            "\ufffd[31mred\ufffd\ufffdA",
            "3 characters",
        ),
        (
            b"<testsuite><testcase name='&#99999999999999999999;'/></testsuite>",
            "\ufffd",
            "1 character",
        ),
    ],
)
def test_every_encoding_and_illegal_characters(data: bytes, name: str, words: str) -> None:
    found, summary = parse(data)
    assert found[0].name == name
    assert [
        problem.message for problem in summary.problems if words and words in problem.message
    ] or not words


def test_a_character_reference_cut_by_a_chunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decode_module, "FIRST_CHUNK", 16)
    monkeypatch.setattr(decode_module, "HEAD", 16)
    for pad in range(20):
        found, _ = parse(f"<testsuite><testcase name='{'x' * pad}&#27;&amp;é'/></testsuite>")
        assert found[0].name == "x" * pad + "\ufffd&é"


@pytest.mark.parametrize(
    ("declared", "written", "name"),
    [
        ("gb2312", "gbk", "价格為零 ①"),
        ("gbk", "gb18030", "退款 €"),
        ("shift_jis", "cp932", "①髙"),
        ("euc-kr", "cp949", "뷁"),
        ("big5", "cp950", "碁"),
        ("big5", "big5hkscs", "啫"),
        ("euc-jp", "euc_jis_2004", "①"),
        ("Windows-31J", "cp932", "①髙"),
        ("x-sjis", "cp932", "①髙"),
        ("x-gbk", "gbk", "镕基"),
        ("iso-8859-1", "cp1252", "€ “x”"),
        ("iso-8859-9", "cp1254", "ş €"),
        ("us-ascii", "utf-8", "é"),
    ],
)
def test_a_declared_encoding_is_read_as_its_superset(
    declared: str, written: str, name: str
) -> None:
    text = f"<?xml version='1.0' encoding='{declared}'?><testsuite><testcase name='{name}'/></testsuite>"
    found, summary = parse(text.encode(written))
    assert found[0].name == name
    assert not summary.problems


def test_bytes_that_an_encoding_does_not_have_are_told() -> None:
    data = b"<?xml version='1.0' encoding='gb2312'?><testsuite><testcase name='a\xff\xffb'/></testsuite>"
    _, summary = parse(data)
    assert [problem.code for problem in summary.problems] == ["encoding"]


def test_a_lone_euro_sign_of_windows_code_pages() -> None:
    data = (
        b"<?xml version='1.0' encoding='gb2312'?><testsuite><testcase name='a \x80 b'/></testsuite>"
    )
    assert parse(data)[0][0].name == "a € b"


@pytest.mark.parametrize(
    "name", ["idna", "punycode", "undefined", "unicode_escape", "rot13", "utf-7", "utf-32", "cp037"]
)
def test_what_is_no_encoding_of_a_text_that_says_its_own_is_utf_8(name: str) -> None:
    text = f"<?xml version='1.0' encoding='{name}'?><testsuite><testcase name='\\x41+ADw-é'/></testsuite>"
    found, _ = parse(text.encode())
    assert [result.name for result in found] == ["\\x41+ADw-é"]


def test_a_declaration_behind_a_banner_counts_and_one_in_a_message_does_not() -> None:
    declared = "<?xml version='1.0' encoding='gbk'?>"
    document = f"{declared}<testsuite><testcase name='退款'/></testsuite>"
    found, _ = parse(f"npm test\n{document}".encode("gbk"))
    assert [result.name for result in found] == ["退款"]
    quoted = json.dumps(
        {
            "numTotalTests": 1,
            "numFailedTests": 1,
            "testResults": [
                {
                    "assertionResults": [
                        {"title": "é", "status": "failed", "failureMessages": [declared]}
                    ]
                }
            ],
        },
        ensure_ascii=False,
    )
    found, _ = of(quoted)
    assert [result.name for result in found] == ["é"]


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-32"])
@pytest.mark.parametrize(
    "text",
    [
        "<?xml version='1.0' encoding='utf-8'?><testsuite><testcase name='é'/></testsuite>",
        '{"numTotalTests": 1, "numFailedTests": 0, "testResults": [{"assertionResults": [{"title": "é", "status": "passed"}]}]}',
    ],
)
def test_zeros_beside_letters_show_the_encoding_of_any_format(name: str, text: str) -> None:
    found, summary = of(text.encode(name))
    assert [result.name for result in found] == ["é"]
    assert not summary.problems
