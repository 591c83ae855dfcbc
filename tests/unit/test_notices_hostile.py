"""Whatever a customer writes, is called, or makes us think: no message calls anybody, links anywhere, or breaks."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.core.house_words import clock_leapt, late_calls, source_trouble
from bot.core.notices import Notice, repeated, shown, told
from bot.core.standing import SEVERITY
from bot.core.summaries import together
from responders.slack.limits import TEXT, broken
from tests.unit.test_notices import CASE, NOW

NASTY = st.one_of(
    st.text(max_size=300),
    st.lists(
        st.sampled_from(
            [
                "<!channel>", "<!here|x>", "<@U1>", "<#C1>", "<https://evil.example|pay>", "&lt;", "&", "<", ">", "|",
                "\n", "\u202e", "\u200b", "`", "*", "_", "~", "\ud800", "\x00", "👩‍👩‍👧", "﷽", ":fire:", "mailto:a@b.c",
                "x" * 200,
            ]
        ),
        max_size=60,
    ).map("".join),
)  # fmt: skip
OURS = re.compile(r"<(?:!date\^\d+\^[^>]*|https://earshot\.[^>|]*\|[^>]*)>")


def texts(thing: Any) -> list[str]:
    """Every text that Slack reads as mark-up."""
    if isinstance(thing, dict):
        own = [thing["text"]] if thing.get("type") == "mrkdwn" else []
        return own + [text for value in thing.values() for text in texts(value)]
    return [text for one in thing for text in texts(one)] if isinstance(thing, list | tuple) else []


def sound(notice: Notice, ours: str = "") -> None:
    assert broken(notice.blocks) == []
    assert len(notice.text) <= TEXT
    json.dumps(notice.blocks).encode()
    for text in [*texts(notice.blocks), notice.text]:
        left = OURS.sub("", text.replace(ours, "")) if ours else OURS.sub("", text)
        assert "<" not in left, left
        assert ">" not in re.sub(r"^> ?", "", left, flags=re.MULTILINE).replace("&gt;", ""), left


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(words=NASTY, name=NASTY, why=NASTY, brand=NASTY, holder=NASTY, platform=st.sampled_from(["x", "lemmy"]))
def test_no_case_breaks_its_message(words: str, name: str, why: str, brand: str, holder: str, platform: str) -> None:
    link = "https://earshot.northwind.example/cases/4127"
    case = replace(CASE, words=words, customer=name, why=why, brand=brand, platform=platform, link=link)
    for kind in SEVERITY:
        sound(told(kind, case, NOW, "<!here>"), "<!here>")
        sound(repeated(told(kind, replace(case, holder=holder), NOW)))
    for change in (
        {}, {"holder": holder, "lease_until": NOW}, {"gone": True}, {"state": "resolved", "ended": why},
        {"state": "snoozed", "snoozed_until": NOW}, {"answered_at": NOW, "answered_by": holder},
    ):  # fmt: skip
        sound(shown(replace(case, **change), NOW))
    sound(together(why or "x", [case] * 12, list(range(5_000)), 5_012, link, NOW))


@settings(max_examples=30, deadline=None)
@given(name=NASTY, why=NASTY)
def test_no_trouble_of_ours_breaks_its_message(name: str, why: str) -> None:
    link = "https://earshot.northwind.example/sources"
    sound(source_trouble(name, NOW, why, link, "UTC", NOW))
    sound(clock_leapt(timedelta(days=3650), link))
    sound(late_calls([f"case:{n}" for n in range(1, 400)] + ["incident:7"], "They wait.", link))
