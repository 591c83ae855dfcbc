"""The words of the team's messages, and that no customer's words can break out of them."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.core import summaries
from bot.core.house_words import source_trouble
from bot.core.notices import CaseNotice, Notice, fingerprint, repeated, shown, state_of, told
from bot.core.standing import SEVERITY
from responders.slack.limits import broken

POSTED = datetime(2026, 11, 4, 13, 38, tzinfo=UTC)
NOW = POSTED + timedelta(minutes=2)
CASE = CaseNotice(
    id=4127, version=3, brand="Northwind Air", customer="Ada Marlow", platform="x", tagged=False,
    words="northwnd just left 140 of us at gate B14", why="stranded overnight with a child",
    link="https://earshot.example/cases/4127", zone="Europe/Oslo", spoke_at=POSTED,
    due_at=POSTED + timedelta(minutes=60), target=timedelta(minutes=60), left=timedelta(minutes=58),
    waited=timedelta(minutes=2),
)  # fmt: skip
LATE = replace(CASE, left=timedelta(minutes=-12), waited=timedelta(minutes=72))
HOSTILE = "<!channel> & <@U1> @here <https://evil.example|bank> *bold* `code`\n> quoted\n\u202etxt.exe\u202c\x00"


def first(notice: Notice) -> str:
    """The block that is the notification."""
    return str(notice.blocks[0]["text"]["text"])


def every_form(case: CaseNotice) -> list[Notice]:
    lena = {"holder": "Lena", "lease_until": NOW + timedelta(minutes=9), "state": "claimed"}
    states: list[dict[str, Any]] = [
        {}, lena, {"answered_at": NOW, "answered_by": "Lena", "outcome": "worse"},
        {"how": "native"}, {"state": "resolved", "ended": "not_us"},
        {"state": "snoozed", "snoozed_until": NOW + timedelta(hours=20)}, {"gone": True}, {"state": "merged"},
        {"state": "merged", "into": 7}, {"given": "Bert <!here>"},
    ]  # fmt: skip
    forms = [told(kind, case, NOW, "<!here>") for kind in SEVERITY] + [told("new", case, NOW, again=True)]
    forms += [shown(replace(case, **state), NOW) for state in states]
    forms.append(summaries.together(summaries.storm(40), [case] * 12, range(100, 128), 40, "https://e.example/", NOW))
    return [*forms, *map(repeated, forms)]


def test_a_new_case_says_who_where_when_and_why() -> None:
    notice = told("new", CASE, NOW)
    assert first(notice) == (
        "*Ada Marlow* on X, untagged. <!date^1793803080^Due {time}|Due 04 Nov 15:38 CET>, 60 minutes after they posted."
    )
    assert notice.text == (
        "Ada Marlow on X, untagged, due 15:38. “northwnd just left 140 of us at gate B14” "
        "stranded overnight with a child"
    )
    assert notice.blocks[1]["text"]["text"] == "> northwnd just left 140 of us at gate B14"


@pytest.mark.parametrize(
    ("how", "said", "shortly"),
    [
        ("here", "here. *Answer* opens a form", ""),
        ("native", "only natively. Your words open in X’s own reply box", "Only natively."),
        ("closed", "not at all", "Replies are closed."),
    ],
)
def test_how_it_can_be_answered_is_said_before_and_after_a_claim(how: str, said: str, shortly: str) -> None:
    case = replace(CASE, how=how)
    for notice in (told("new", case, NOW), shown(replace(case, holder="Lena", state="claimed"), NOW)):
        assert f"*How to answer:* {said}" in json.dumps(notice.blocks, ensure_ascii=False)
        assert broken(notice.blocks) == []
    assert told("new", case, NOW).text.endswith(shortly)
    assert "How to answer" not in json.dumps(told("new", CASE, NOW).blocks)


@pytest.mark.parametrize(
    ("outcome", "lead"),
    [("recovered", "*Recovered.*"), ("unchanged", "*Unchanged.*"), ("worse", "*Worse.*"), ("", "*Kept.*")],
)
def test_what_the_customer_said_after_our_answer_is_the_message_s_last_word(outcome: str, lead: str) -> None:
    answered = replace(CASE, answered_at=NOW, answered_by="Lena", outcome=outcome)
    assert first(shown(answered, NOW)).startswith(f"{lead} Lena answered Ada Marlow on X in 2 of 60 minutes.")
    assert (fingerprint(answered) != fingerprint(replace(answered, outcome=""))) is bool(outcome)


def test_what_is_late_already_when_it_is_heard_says_so() -> None:
    assert first(told("new", LATE, NOW)) == "*Ada Marlow* on X, untagged, 72 minutes ago; 60 minutes were promised."


def test_at_risk_says_how_much_of_the_window_has_passed() -> None:
    notice = told("at_risk", replace(CASE, left=timedelta(minutes=10)), NOW, "<!here>")
    assert first(notice).startswith("<!here> *At risk, and nobody has it.* Ada Marlow has waited 50 of 60 minutes.")


def test_late_says_who_has_it() -> None:
    assert "72 minutes; 60 minutes were promised. Nobody has it." in first(told("late", LATE, NOW))
    assert "Lena has it." in first(told("late", replace(LATE, holder="Lena"), NOW))


def test_a_due_time_of_another_day_names_the_day() -> None:
    notice = told("new", replace(CASE, due_at=NOW + timedelta(days=2)), NOW)
    assert "{date_short_pretty}, {time}" in first(notice)
    assert "due 06 Nov" in notice.text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Ada Marlow on X, untagged"),
        ({"holder": "Lena", "state": "claimed"}, "*Lena has it.*"),
        ({"answered_at": POSTED + timedelta(minutes=58), "answered_by": "Lena", "left": timedelta(minutes=2)},
         "*Kept.* Lena answered Ada Marlow on X in 58 of 60 minutes."),
        ({"answered_at": POSTED + timedelta(minutes=75), "answered_by": "Lena", "left": timedelta(minutes=-15),
          "waited": timedelta(minutes=75)},
         "*Answered late.* Lena answered Ada Marlow on X after 75 minutes; 60 minutes were promised."),
        ({"state": "resolved", "ended": "not_us"}, "*Resolved.* Ada Marlow on X, untagged. It was not about us."),
        ({"state": "snoozed", "snoozed_until": NOW + timedelta(minutes=15)}, "*Snoozed until 14:55.*"),
        ({"gone": True}, "*Gone.*"),
    ],
)  # fmt: skip
def test_the_one_message_follows_its_case(changes: dict[str, Any], said: str) -> None:
    assert said.replace("*", "") in first(shown(replace(CASE, **changes), NOW)).replace("*", "")


def test_a_deleted_posts_words_leave_the_message() -> None:
    notice = shown(replace(CASE, gone=True, words=""), NOW)
    assert "gate B14" not in json.dumps(notice.blocks) + notice.text + notice.body + notice.html


def test_the_buttons_carry_case_and_version_and_are_found_by_voice() -> None:
    buttons = [element for block in told("new", CASE, NOW).blocks for element in block.get("elements", ())
               if element["type"] == "button"]  # fmt: skip
    assert {button["value"] for button in buttons} == {"4127:3"}
    assert [button["text"]["text"] for button in buttons] == ["Claim", "Answer", "Open", "Not us"]
    assert all(button["accessibility_label"].startswith(button["text"]["text"]) for button in buttons)


def test_an_edit_is_due_when_something_shown_changes_and_not_otherwise() -> None:
    assert fingerprint(CASE) == fingerprint(replace(CASE, version=9, left=timedelta(), waited=timedelta(hours=1)))
    for change in ({"holder": "Lena"}, {"words": "edited"}, {"gone": True}, {"state": "resolved"}):
        assert fingerprint(CASE) != fingerprint(replace(CASE, **change))
    assert CASE.words not in fingerprint(CASE)


@pytest.mark.parametrize(
    "words", ["", "a" * 20_000, "&" * 5_000, "\n" * 5_000, "👩‍👩‍👧‍👦" * 900, HOSTILE * 200, "﷽" * 4_000]
)
def test_no_words_are_too_much_for_slack(words: str) -> None:
    long = replace(
        CASE, words=words, customer=words[:300], why=words, holder=words[:200], ended=words, brand=words[:99]
    )
    for notice in every_form(long):
        assert broken(notice.blocks) == []
        assert 0 < len(notice.text) <= 3_000


def test_no_words_can_call_the_room_or_make_a_link() -> None:
    hostile = replace(
        CASE, words=HOSTILE, customer=HOSTILE, why=HOSTILE, holder=HOSTILE, ended=HOSTILE, answered_by=HOSTILE
    )
    for notice in every_form(hostile):
        said = notice.text + json.dumps(notice.blocks, ensure_ascii=False)
        ours = re.sub(r"<!here>|<!date\^\d+\^[^>|]*\|[^>]*>|<https://e(arshot)?\.example/[^>|]*\|[^>]*>", "", said)
        assert "<" not in ours
        assert "@here" not in ours
        assert "\u202e" not in said
        assert "\x00" not in said


def test_html_of_a_mail_holds_no_markup_of_theirs() -> None:
    notice = told("new", replace(CASE, words="<img src=x onerror=alert(1)>", customer="<b>"), NOW)
    assert "<img" not in notice.html
    assert "<b>" not in notice.html
    assert "\n" not in notice.subject


def test_a_silent_source_is_named_with_the_time() -> None:
    notice = source_trouble("mastodon", POSTED, "signed <out>", "https://e.example/sources", "UTC", NOW)
    assert notice.text == "mastodon is not heard since 13:38. signed &lt;out&gt;"
    assert broken(notice.blocks) == []


# ---- many at once


def test_each_of_many_is_named_numbered_or_counted() -> None:
    notice = summaries.together(summaries.storm(2_000), [CASE] * 10, range(1, 1_991), 2_000, "https://e.example/", NOW)
    assert "2,000 cases at once." in first(notice)
    assert "And 1,990 more: #1–#1990." in json.dumps(notice.blocks, ensure_ascii=False)


def test_numbers_that_find_no_room_are_counted() -> None:
    ids = range(1_000_000, 1_040_000, 2)
    notice = summaries.together(summaries.storm(20_010), [CASE] * 10, ids, 20_010, "https://e.example/", NOW)
    said = json.dumps(notice.blocks, ensure_ascii=False)
    numbered = len(re.findall(r"#1\d{6}", said))
    more = int(re.findall(r"and ([\d,]+) others", said)[0].replace(",", ""))
    assert numbered + more + 10 == 20_010
    assert broken(notice.blocks) == []


def test_the_first_line_after_an_outage_says_how_long_it_was() -> None:
    said = summaries.back("Slack", POSTED, POSTED + timedelta(hours=6), 180, "UTC", POSTED + timedelta(hours=6))
    assert said == "Slack was away from 13:38 to 19:38. 180 cases still wait; the most overdue first."


def test_one_case_is_one() -> None:
    assert summaries.away("Slack", POSTED, "it is gone.", 1, "UTC", NOW).endswith("(it is gone). 1 case waits.")


def test_who_it_was_given_to_is_said_until_somebody_has_it() -> None:
    given = replace(CASE, given="Bert")
    assert "It was given to Bert." in told("new", given, NOW).text
    assert "*For:* Bert" in str(told("new", given, NOW).blocks)
    assert "It was given to Bert." in first(told("escalation1", given, NOW, "<!here>"))
    assert fingerprint(given) != fingerprint(CASE)
    assert "Bert" not in str(shown(replace(CASE, holder="Lena", state="claimed"), NOW).blocks)


def test_a_joined_case_says_with_which_and_an_ended_one_leads_to_itself() -> None:
    assert "Joined with case #7." in first(shown(replace(CASE, state="merged", into=7), NOW))
    for ended in ({"state": "merged", "into": 7}, {"state": "resolved", "ended": "heard"}):
        assert CASE.link in str(shown(replace(CASE, **ended), NOW).blocks)


@pytest.mark.parametrize(
    ("changes", "state"),
    [({}, "new"), ({"state": "claimed", "holder": "Lena"}, "claimed"), ({"state": "snoozed"}, "snoozed"),
     ({"answered_at": NOW}, "answered")],
)  # fmt: skip
def test_a_fingerprint_tells_the_state_it_was_made_of(changes: dict[str, Any], state: str) -> None:
    assert state_of(fingerprint(replace(CASE, **changes))) == state
