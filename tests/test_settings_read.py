"""The reader: who wins, where a value comes from, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from testferry.dialects import Window
from testferry.errors import UsageProblem
from testferry.services import NAMES, service_of
from testferry.services.http import Batch
from testferry.services.testmo import Options as OfTestmo
from testferry.settings.files import Source, find
from testferry.settings.kind import type_of
from testferry.settings.options import Reading, Screen, Speed, Whereto, records_of_upload
from testferry.settings.read import Given, Said, Settings, read

USER = Path("home") / "testferry" / "config.toml"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def settings_of(
    kind: str = "testmo",
    name: str = "t",
    config: str | None = None,
    environment: dict[str, str] | None = None,
    **line: Said,
) -> Settings:
    service = service_of(kind)
    records = records_of_upload(service.options, embedded=service.embedded)
    given = Given(line, environment or {}, find(config))
    return read(given, records, name, service)


def width_and_source(**given: object) -> tuple[int, Source]:
    settings = settings_of(**given)  # type: ignore[arg-type]  # handed through
    return settings.of(Speed).width, settings.origin("width").source


def test_the_order_of_precedence() -> None:
    """Each source is put on top of those that it beats."""
    assert width_and_source() == (4, Source.DEFAULT)
    write(Path("testferry.toml"), "width = 5")
    assert width_and_source() == (5, Source.PROJECT)
    write(Path("testferry.toml"), "width = 5\n[targets.t]\nwidth = 6")
    assert width_and_source() == (6, Source.PROJECT)
    write(USER, "width = 7")
    assert width_and_source() == (7, Source.USER)
    write(USER, "width = 7\n[targets.t]\nwidth = 8")
    assert width_and_source() == (8, Source.USER)
    write(Path("c.toml"), "width = 9")
    assert width_and_source(config="c.toml") == (9, Source.CONFIG)
    more: dict[str, object] = {"config": "c.toml", "environment": {"TESTFERRY_WIDTH": "10"}}
    assert width_and_source(**more) == (10, Source.ENVIRONMENT)
    assert width_and_source(**more, width="11") == (11, Source.LINE)


def test_origins_name_the_flag_the_variable_the_file_and_line() -> None:
    write(Path("testferry.toml"), "\nwidth = 5\n[targets.t]\nsettle = 3\n")
    settings = settings_of(environment={"TESTFERRY_RATE": "3/s"}, in_doubt="drop")
    origins = {name: str(settings.origin(name)) for name in ("width", "settle", "rate", "in_doubt")}
    assert origins == {
        "width": "testferry.toml, line 2: width",
        "settle": "testferry.toml, line 4: settle",
        "rate": "TESTFERRY_RATE",
        "in_doubt": "--in-doubt",
    }
    assert str(settings.origin("format")) == "default"
    assert settings.origin("nonsense").source is Source.DEFAULT


def test_the_name_of_a_run_comes_from_ci_and_else_from_the_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    known = settings_of()
    assert known.origin("name").place == "the folder's name"
    monkeypatch.setenv("GITLAB_CI", "true")
    monkeypatch.setenv("CI_PROJECT_NAME", "app")
    monkeypatch.setenv("CI_PIPELINE_IID", "9")
    settings = settings_of()
    made = settings.of(OfTestmo)
    assert (made.name, made.source) == ("app pipeline #9", "app")
    assert settings.origin("name").source is Source.CI


def test_an_empty_text_is_as_good_as_none_but_an_empty_id_is_not() -> None:
    write(Path("testferry.toml"), "url = 'https://a.example'")
    assert settings_of(url="").of(Whereto).url == "https://a.example"
    assert settings_of(environment={"TESTFERRY_URL": ""}).of(Whereto).url == "https://a.example"
    with pytest.raises(UsageProblem, match="--run-id is empty"):
        settings_of(run_id="")


def test_the_services_own_variable_of_the_address_is_below_the_common_one() -> None:
    both = {"TESTMO_URL": "https://a.example", "TESTFERRY_URL": "https://b.example"}
    assert settings_of(environment=both).of(Whereto).url == "https://b.example"
    del both["TESTFERRY_URL"]
    assert settings_of(environment=both).of(Whereto).url == "https://a.example"
    assert settings_of("testrail", environment=both).of(Whereto).url == ""


def test_who_the_key_belongs_to_is_said_by_the_services_variable_and_else_by_the_file() -> None:
    write(Path("testferry.toml"), "[targets.t]\nuser = 'file@example.com'\n")
    assert settings_of("testrail").of(Whereto).user == "file@example.com"
    said = {"TESTRAIL_USER": "me@example.com", "TESTFERRY_USER": "nobody"}
    settings = settings_of("testrail", environment=said)
    assert settings.of(Whereto).user == "me@example.com"
    assert str(settings.origin("user")) == "TESTRAIL_USER"
    assert settings_of(environment=said).of(Whereto).user == "file@example.com"


def test_a_repeatable_option_takes_one_text_and_the_environment_a_value_a_line() -> None:
    write(Path("testferry.toml"), "rate = '60/min'")
    assert settings_of().of(Speed).rate == (Window(60, 60.0),)
    said = {"TESTFERRY_RATE": "60/min\n3/s\n", "TESTFERRY_TAG": "two words\r\n\n  a=b, c  "}
    settings = settings_of(environment=said)
    assert settings.of(Speed).rate == (Window(60, 60.0), Window(3, 1.0))
    assert settings.of(OfTestmo).tag == ("two words", "a=b, c")
    with pytest.raises(UsageProblem, match="TESTFERRY_RATE '60/min 3/s' is no rate") as wrong:
        settings_of(environment={"TESTFERRY_RATE": "60/min 3/s"})
    assert wrong.value.hint == "several values stand on a line each"
    http = service_of("http")
    more = settings_of("http", environment={"TESTFERRY_SET": "set.a=two words\nset.b=7"})
    assert more.of(http.options).set == {"a": "two words", "b": 7}


def test_what_a_target_is_made_of_may_be_said_in_the_table_and_on_top_of_it() -> None:
    write(
        Path("c.toml"),
        "[targets.t]\ntype = 'http'\nbatch = { max_results = 5, path = 'a' }\n",
    )
    http = service_of("http")
    assert settings_of("http", config="c.toml").of(http.options).batch == Batch(5, path="a")
    changed = settings_of("http", config="c.toml", overrides=("batch.path=b", "dialect=testmo"))
    assert changed.of(http.options).batch == Batch(5, path="b")
    assert changed.of(http.options).dialect == "testmo"
    assert settings_of("http", overrides=("batch.path=b",)).of(http.options).batch.path == "b"
    for wrong, said in (
        ("batch.most=1", "unknown key 'most'"),
        ("bogus=1", "unknown key 'bogus'"),
        ("bogus", "is not KEY=VALUE"),
        ("batch=1", "must be a table"),
    ):
        with pytest.raises(UsageProblem, match=said):
            settings_of("http", config="c.toml", overrides=(wrong,))


def test_keys_of_a_table_alone_are_no_general_keys() -> None:
    write(Path("c.toml"), "dialect = 'testmo'")
    with pytest.raises(UsageProblem, match="unknown key 'dialect'"):
        settings_of(config="c.toml")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("token-file", "'/etc/hostname'"),
        ("ca_bundle", "'evil.pem'"),
        ("proxy", "'http://127.0.0.1:9'"),
        ("journal", "'elsewhere'"),
        ("summary-file", "'.bashrc'"),
        ("attachments-root", "'/'"),
    ],
)
@pytest.mark.parametrize("above", ["", "[targets.t]\ntype = 'testrail'\n", "[targets.other]\n"])
def test_a_projects_file_sets_what_is_safe_and_nothing_else(
    key: str, value: str, above: str
) -> None:
    text = f"{above}{key} = {value}\n"
    write(Path("testferry.toml"), text)
    with pytest.raises(UsageProblem, match="is not for a project's file"):
        settings_of("testrail")
    Path("testferry.toml").unlink()
    write(USER, text.replace("'/'", "'.'").replace("'evil.pem'", "'home/testferry/config.toml'"))
    settings_of("testrail")


def test_safe_is_said_of_each_option_and_not_of_what_is_dangerous() -> None:
    from testferry.settings.options import every_option

    unsafe = {name for name, safe in every_option().items() if not safe}
    assert unsafe == {
        "token_file", "ca_bundle", "proxy",
        "resources", "thread_resources", "journal", "summary_file", "attachments_root", "budget", "log_file"
    }  # fmt: skip


def test_tables_of_one_name_lie_over_each_other_key_by_key() -> None:
    """One file may leave the type to another; each value knows where it comes from."""
    write(Path("testferry.toml"), "[targets.t]\ntype = 'testmo'\nname = 'P'\nsource = 'P'\n")
    write(USER, "[targets.t]\nsource = 'U'\nurl = 'https://u.example'\n")
    write(Path("c.toml"), "[targets.t]\nproject-id = 7\n")
    assert type_of(find("c.toml"), "t", NAMES) == "testmo"
    settings = settings_of(config="c.toml")
    made = settings.of(OfTestmo)
    assert (made.project_id, made.source, made.name) == (7, "U", "P")
    sources = [settings.origin(name).source for name in ("project_id", "source", "name", "url")]
    assert sources == [Source.CONFIG, Source.USER, Source.PROJECT, Source.USER]
    write(Path("testferry.toml"), "[targets.t]\nname = 'P'\n")
    with pytest.raises(UsageProblem, match=r"c.toml, line 1: \[targets.t\] has no type"):
        type_of(find("c.toml"), "t", NAMES)


def test_what_a_file_says_is_checked_whether_it_counts_or_not() -> None:
    """A table that is wrong is wrong, whatever the line and the environment say besides."""
    write(Path("c.toml"), "[targets.t]\nurl = 5\n")
    with pytest.raises(UsageProblem, match=r"c.toml, line 2: url 5 is no text"):
        settings_of(config="c.toml", url="https://a.example")
    write(Path("c.toml"), "[targets.t]\nca-bundle = '/on/another/machine'\n")
    assert settings_of(config="c.toml", ca_bundle="c.toml").given.line == {"ca_bundle": "c.toml"}


def test_what_cannot_be_meant_together_says_where_it_stands() -> None:
    write(Path("c.toml"), "[targets.t]\nproject = 1\nresult-field = { a = 1, case_id = 3 }\n")
    settings = settings_of("testrail", config="c.toml")
    with pytest.raises(UsageProblem, match=r"^c.toml, line 3: --result-field cannot set 'case_id'"):
        settings.configured()
    write(Path("c.toml"), "[targets.t]\nproject = 1\n[targets.t.result-field]\ncase_id = 3\n")
    with pytest.raises(UsageProblem, match=r"^c.toml, line 4: --result-field cannot set"):
        settings_of("testrail", config="c.toml").configured()
    said = {"TESTFERRY_PROJECT": "1", "TESTFERRY_CONFIG_IDS": "2"}
    with pytest.raises(UsageProblem, match=r"^TESTFERRY_CONFIG_IDS: --config-ids needs"):
        settings_of("testrail", environment=said).configured()
    with pytest.raises(UsageProblem, match=r"^--config-ids needs --plan-id"):
        settings_of("testrail", project="1", config_ids="2").configured()
    with pytest.raises(TypeError):
        read(Given(), (Reading,)).configured()


def test_a_problem_of_a_dialect_says_where_the_dialect_stands() -> None:
    write(Path("c.toml"), "width = 2\n[dialects.mine]\ncolour = 'red'\n")
    settings = settings_of(config="c.toml")
    for about, place in (
        (("dialects", "mine", "colour"), "c.toml, line 3: "),
        (("dialects", "x"), ""),
    ):
        with pytest.raises(UsageProblem, match=f"^{place}no colour$"), settings.placed():
            raise UsageProblem("no colour", "", about)


def test_what_is_missing_is_shown_as_help_has_it() -> None:
    shown = {setting.name: setting for setting in settings_of().listed()}
    assert shown["rate_share"].value == 0.8
    assert shown["batch_bytes"].value == 1_000_000
    assert shown["rate"].value == "as the dialect has it"
    assert shown["settle"].value == 90.0
    assert shown["batch_bytes"].origin.source is Source.DEFAULT


def test_a_wrong_value_names_its_place_the_allowed_values_and_the_nearest_word() -> None:
    write(Path("testferry.toml"), "[targets.t]\ntype = 'testmo'\nin-doubt = 'rsend'\n")
    with pytest.raises(UsageProblem) as problem:
        settings_of()
    assert problem.value.message == "testferry.toml, line 3: in-doubt 'rsend' is not known"
    assert problem.value.hint == "use keep, resend, drop or accept; did you mean resend?"
    with pytest.raises(UsageProblem, match="TESTFERRY_OUTPUT 'xml' is not known"):
        settings_of("testrail", "other", environment={"TESTFERRY_OUTPUT": "xml"})


def test_settings_without_a_target() -> None:
    write(Path("testferry.toml"), "quiet = true\nproject = 1\n[targets.t]\nbogus = 1\n")
    settings = read(Given({}, {}, find(None)), (Reading, Screen))
    assert settings.of(Screen).quiet
    assert next(settings.listed()).name == "format"


def test_a_word_that_the_ci_system_says_is_asked_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """``auto`` is the pipeline; without one nothing is made up."""
    with pytest.raises(UsageProblem, match="--run-key auto: no CI system says"):
        settings_of(run_key="auto")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_RUN_ID", "16523479")
    settings = settings_of(run_key="auto", project_id="1")
    assert settings.of(OfTestmo).run_key == "github-16523479"
    assert settings_of(run_key="word").of(OfTestmo).run_key == "word"
    with pytest.raises(UsageProblem):
        settings_of(run_key="")
