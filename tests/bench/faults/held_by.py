"""Rows whose play is a test of our own: each is held if every test named for it passes, on SQLite and PostgreSQL.

These rows name moments inside our own process (a claim in the second a lease ends, a purge cut by a crash), which only
a test that knows the code can meet. A row without a test says why.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.bench.faults.rows import Fate, lines

Tests = dict[str, tuple[str, ...]]
FORGET, ERASE, VANISH = "tests/flow/test_forgetting.py", "tests/flow/test_erasing.py", "tests/flow/test_vanishing.py"
CLAIMS, GOOD, TWICE = "tests/fault/test_claims.py", "tests/flow/test_goodwill.py", "tests/flow/test_twice_at_once.py"
PRESS = "tests/fault/test_presses.py"
COLUMNS, FOLLOW = "tests/flow/test_every_column.py", "tests/flow/test_following.py"
DELETIONS: Tests = {
    "del-001": (
        f"{COLUMNS}::test_a_deleted_posts_words_are_in_no_column_and_in_no_byte_of_the_file",
        f"{ERASE}::test_notes_and_answers_lose_what_they_quoted_of_a_deleted_post",
        f"{FORGET}::test_what_the_team_was_told_is_emptied_even_where_other_words_keep_the_case",
        f"{FORGET}::test_a_brand_unlearns_the_words_of_a_deleted_post",
    ),
    "del-002": ("tests/flow/test_more_deletions.py", "tests/flow/test_fading.py",
                f"{FORGET}::test_what_is_deleted_right_after_a_look_is_asked_about_again_within_the_day"),
    "del-003": (f"{VANISH}::test_an_account_that_leaves_takes_every_post_with_it_at_once",),
    "del-004": (f"{VANISH}::test_an_account_that_leaves_takes_every_post_with_it_at_once",),
    "del-005": (f"{VANISH}::test_mastodon_is_asked_whether_the_account_went_with_the_post",),
    "del-007": (f"{FORGET}::test_what_a_post_said_before_it_was_edited_is_in_no_row",
                f"{FORGET}::test_the_bytes_of_what_was_edited_away_leave_the_file"),
    "del-009": (ERASE, f"{COLUMNS}::test_an_erased_person_is_in_no_column_and_in_no_byte_of_the_file"),
    "del-010": (f"{ERASE}::test_the_console_copies_what_is_held_of_a_person_into_a_file_of_its_own",),
    "del-011": (f"{ERASE}::test_who_objects_is_not_kept_when_they_write_again",),
    "del-012": (f"{ERASE}::test_one_command_takes_a_whole_platform_out_once_nobody_hears_it",),
    "del-013": (f"{FORGET}::test_retention_takes_everything_that_is_old_and_not_only_one_batch",),
    "del-016": (f"{FORGET}::test_a_backup_put_back_does_not_bring_back_who_was_forgotten",
                f"{ERASE}::test_a_backup_from_before_does_not_bring_an_erased_person_back"),
    "del-017": (f"{FORGET}::test_a_search_of_the_raw_file_finds_nothing",),
    "del-018": (f"{FORGET}::test_a_search_of_the_raw_file_finds_nothing",),
    "del-020": (f"{FORGET}::test_a_deleted_posts_words_are_in_no_row_of_any_table",),
}  # fmt: skip
PRESSES: Tests = {
    "conc-001": (f"{CLAIMS}::test_of_two_who_press_at_once_one_gets_the_case",
                 "tests/flow/test_answer.py::test_the_first_claim_wins_and_the_second_is_told_who"),
    "conc-002": (f"{CLAIMS}::test_of_fifty_who_press_at_once_one_gets_the_case",),
    "conc-003": (f"{PRESS}::test_of_fifty_who_press_next_at_once_each_gets_a_case_of_their_own",),
    "conc-004": (f"{PRESS}::test_processes_that_take_until_nobody_waits_share_the_queue_and_none_fails",),
    "conc-005": (f"{PRESS}::test_processes_that_take_until_nobody_waits_share_the_queue_and_none_fails",),
    "conc-006": (f"{CLAIMS}::test_a_claim_in_the_second_its_lease_ends_leaves_one_holder",),
    "conc-007": (f"{CLAIMS}::test_claiming_a_post_while_it_is_deleted_leaves_no_words",),
    "conc-008": ("tests/flow/test_consent.py::test_what_the_lead_saw_is_what_is_sent",
                 f"{TWICE}::test_two_presses_of_send_in_one_instant_queue_one_reply"),
    "conc-009": (f"{GOOD}::test_ten_who_spend_the_last_of_it_never_overspend",),
    "conc-010": (f"{GOOD}::test_of_two_who_give_to_one_customer_the_second_is_told",),
    "conc-011": (f"{TWICE}::test_one_post_heard_by_two_sources_at_once_is_stored_once",
                 f"{TWICE}::test_two_processes_open_one_case_for_one_mention"),
    "conc-012": (f"{ERASE}::test_an_erased_person_does_not_come_back_by_the_next_poll",
                 f"{VANISH}::test_a_purged_post_that_is_heard_again_stays_away_until_its_platform_says_it_is_there"),
    "conc-013": (f"{FOLLOW}::test_of_eight_that_ask_at_once_one_gets_the_lease",
                 f"{TWICE}::test_a_step_done_by_two_at_once_is_done_once"),
    "conc-014": ("tests/fault/test_standing_still.py",),
    "conc-015": (f"{PRESS}::test_of_two_admins_who_save_one_policy_at_once_the_second_is_told_to_reload",
                 "tests/web/test_quicker.py"),
    "conc-016": ("tests/web/test_people.py::test_a_lower_role_acts_on_the_next_click",),
    "conc-017": (f"{PRESS}::test_merging_each_into_the_other_at_once_leaves_one_open",),
    "conc-018": (f"{PRESS}::test_who_opens_a_case_second_does_not_get_it_and_a_rule_gives_it_once",),
    "conc-019": (f"{PRESS}::test_a_snooze_in_the_second_its_warning_fires_warns_once_at_most",),
    "conc-020": ("tests/fault/test_several_clocks.py::test_an_export_shows_one_moment_whatever_is_heard_meanwhile",),
}  # fmt: skip
WHY = {
    "del-006": "no platform we read tells us the countries a post is withheld in",
    "del-008": "we store no place of a post",
    "del-014": "there is no legal hold (docs/decisions/0011)",
    "del-015": "a loop that does not work is told by the watchdog (`bot/steps/watch.py`); nobody played 20 h of it",
    "del-019": "PostgreSQL's autovacuum is the operator's; `forget.scrub` asks for it",
    "del-021": "no model is trained on stored posts and kept (docs/data.md)",
}


def deletions(folder: Path) -> Iterator[Fate]:
    """deletion_cases.jsonl."""
    return _played(folder, "deletion_cases", DELETIONS)


def presses(folder: Path) -> Iterator[Fate]:
    """concurrency.jsonl."""
    return _played(folder, "concurrency", PRESSES)


def kills(folder: Path) -> Iterator[Fate]:
    """crash_points.jsonl: `make crash` kills a real process at every numbered point of a flow, 200 times."""
    for row in lines(folder, "crash_points"):
        yield Fate(row["id"], unplayable=f"`make crash`, {row['flow']}: see “Kills” in docs/performance.md")


def _played(folder: Path, name: str, tests: Tests) -> Iterator[Fate]:
    wanted = sorted({test for named in tests.values() for test in named})
    failed = _failed(wanted)
    for row in lines(folder, name):
        if row["id"] not in tests:
            yield Fate(row["id"], unplayable=WHY.get(row["id"], "no test of ours plays just this"))
            continue
        yield Fate(row["id"], tuple(f"{test} failed" for test in tests[row["id"]] if _hit(test, failed)))


def _hit(test: str, failed: list[str]) -> bool:
    return any(one == test or one.startswith((f"{test}[", f"{test}::")) for one in failed)


def _failed(tests: list[str]) -> list[str]:
    """The tests of these that did not pass; one that is not there counts as failed."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-rfE", "--no-header", *tests]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    bad = (line for line in done.stdout.splitlines() if line.startswith(("FAILED ", "ERROR ")))
    told = [line.split(" ", 1)[1].split(" - ")[0] for line in bad]
    return told + [line.split("not found: ")[1].strip() for line in done.stderr.splitlines() if "not found: " in line]
