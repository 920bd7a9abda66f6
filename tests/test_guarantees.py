"""Every line of README's "Guarantees" has the tests that hold it, named here."""

from __future__ import annotations

import re

from conftest import ROOT

HELD = {
    "Every request that changes something is on disk": (
        "test_the_mark_is_on_disk_before_the_request_is_on_the_wire",
        "test_it_is_on_the_disk_before_it_has_its_name_and_then_so_is_the_name",
        "test_fifty_kills",
        "test_killed_there_and_started_again",
    ),
    "A request whose answer is lost is *in doubt*": (
        "test_there_counts_at_the_first_look",
        "test_not_there_takes_two_looks_and_the_settling_time",
        "test_an_answered_500_takes_two_looks",
    ),
    "A refused batch is halved": (
        "test_one_poisonous_result_is_found_named_and_costs_only_itself",
        "test_the_bad_result_of_a_batch_is_found_and_the_others_arrive",
    ),
    "Nothing that was accepted is ever deleted": (
        "test_a_run_is_closed_only_when_nothing_is_missing",
        "test_nothing_is_closed_while_a_result_is_missing",
    ),
    "All processes of one user on one machine": (
        "test_two_processes_share_one_limit",
        "test_a_pause_holds_every_process",
        "test_a_named_file_may_be_shared_by_users_and_ones_own_may_not",
    ),
    "An outage is found once": (
        "test_a_service_that_is_down_is_asked_by_one_probe_at_a_time",
        "test_after_two_minutes_the_upload_ends_resumable",
        "test_one_outage_is_found_once_for_all_uploads_of_a_service",
    ),
    "A journal that was damaged": (
        "test_a_row_with_a_value_that_we_did_not_write_is_damage_not_a_defect",
        "test_held_results_that_are_damaged_or_missing_are_seen_before_anything_is_sent",
    ),
    "Tokens go to the configured address only": (
        "test_the_token_goes_to_no_other_address",
        "test_the_token_is_nowhere",
        "test_redirects_are_not_followed",
        "test_a_name_is_text",
    ),
}


def _guarantees() -> list[str]:
    text = (ROOT / "README.md").read_text("utf-8")
    part = text.split("## Guarantees and their limits", 1)[1].split("\n| a result is", 1)[0]
    return re.findall(r"^- (.*)$", part, re.MULTILINE)


def test_each_guarantee_has_its_tests() -> None:
    said = _guarantees()
    assert len(said) == len(HELD)
    for start in HELD:
        assert any(line.startswith(start) for line in said), start


def test_each_of_these_tests_is_there() -> None:
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").glob("test_*.py"))
    for names in HELD.values():
        for name in names:
            assert f"\ndef {name}(" in code, name
