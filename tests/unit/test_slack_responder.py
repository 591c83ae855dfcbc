"""What Slack's answers mean, over real sockets: posted once, edited in place, never retried, never redirected."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from config.settings import Slack as SlackSettings
from connectors.errors import AuthFailed, PlatformError, RateLimited, Rejected, Unavailable, Unsure
from responders.slack.responder import Place, Slack
from responders.types import Message, PlaceGone, Receipt, Responder, Updates
from tests.conftest import NOW
from tests.fakes.slack import Call, FakeSlack, slack

TOKEN = "xoxb-canary-51"
SAY = Message(key="new:case:7", address="#care", text="Ada waits.", blocks=({"type": "divider"},))


@pytest.fixture
def fake() -> Iterator[FakeSlack]:
    with slack() as running:
        yield running


@pytest.fixture
def by_token(fake: FakeSlack) -> Iterator[Slack]:
    responder = Slack(SlackSettings(bot_token=SecretStr(TOKEN), room="#care", base_url=fake.url))
    yield responder
    responder.close()


@pytest.fixture
def by_webhook(fake: FakeSlack) -> Iterator[Slack]:
    responder = Slack(SlackSettings(webhook_url=SecretStr(fake.webhook)))
    yield responder
    responder.close()


def test_it_meets_the_contract(by_token: Slack) -> None:
    assert isinstance(by_token, Responder)
    assert isinstance(by_token, Updates)


def test_a_message_is_posted_with_its_blocks_and_key(fake: FakeSlack, by_token: Slack) -> None:
    receipt = by_token.send(SAY)
    said = fake.calls[0].said
    assert receipt.id.startswith("C0CARE:")
    assert receipt.sent_at is not None
    assert said["blocks"] == [{"type": "divider"}]
    assert said["metadata"]["event_payload"] == {"key": "new:case:7"}
    assert (said["unfurl_links"], said["unfurl_media"]) == (False, False)
    assert fake.calls[0].headers["authorization"] == f"Bearer {TOKEN}"


def test_a_message_is_changed_in_place(fake: FakeSlack, by_token: Slack) -> None:
    receipt = by_token.send(SAY)
    again = by_token.update(receipt, Message(key="k", address="#care", text="Lena has it."))
    assert again.id == receipt.id
    assert [message.text for message in fake.messages.values()] == ["Lena has it."]
    assert len(fake.posts) == 1


def test_a_thread_reply_is_shown_to_the_room_too(fake: FakeSlack, by_token: Slack) -> None:
    by_token.send(Message(key="k", address="C0CARE@17.1", text="At risk."))
    assert (fake.calls[0].said["thread_ts"], fake.calls[0].said["reply_broadcast"]) == ("17.1", True)


def test_a_whisper_reaches_one_person_only(fake: FakeSlack, by_token: Slack) -> None:
    receipt = by_token.send(Message(key="k", address="C0CARE!U7", text="Lena has it."))
    assert receipt == Receipt("")
    assert fake.whispers[0].said["user"] == "U7"
    assert not fake.posts


@pytest.mark.parametrize(
    ("address", "place"),
    [("#care", Place("#care")), ("C1@12.5", Place("C1", "12.5")), ("C1!U2", Place("C1", reader="U2"))],
)
def test_an_address_names_a_room_a_thread_or_a_reader(address: str, place: Place) -> None:
    assert Place.of(address) == place


@pytest.mark.parametrize(
    ("mood", "error"),
    [
        ("down", Unsure),
        ("lost", Unsure),
        ("html", Unsure),
        ("500", Unsure),
        ("503", Unsure),
        ("error:fatal_error", Unsure),
        ("error:internal_error", Unsure),
        ("error:service_unavailable", Unavailable),
        ("429:30", RateLimited),
        ("error:ratelimited", RateLimited),
        ("401", AuthFailed),
        ("error:invalid_auth", AuthFailed),
        ("error:token_revoked", AuthFailed),
        ("error:account_inactive", AuthFailed),
        ("error:is_archived", PlaceGone),
        ("error:channel_not_found", PlaceGone),
        ("error:invalid_blocks", Rejected),
        ("error:something_new", Rejected),
        ("redirect:http://127.0.0.1:9/elsewhere", AuthFailed),
    ],
)
def test_each_answer_is_one_of_the_five_errors(
    fake: FakeSlack, by_token: Slack, mood: str, error: type[PlatformError]
) -> None:
    fake.mood = lambda _call: mood
    with pytest.raises(PlatformError) as raised:
        by_token.send(SAY)
    assert type(raised.value) is error
    assert TOKEN not in str(raised.value) + repr(raised.value) + repr(by_token)


def test_nothing_listening_means_that_nothing_was_sent(fake: FakeSlack) -> None:
    responder = Slack(SlackSettings(bot_token=SecretStr(TOKEN), base_url="http://127.0.0.1:9/api/"))
    with pytest.raises(Unavailable):
        responder.send(SAY)


def test_a_lost_answer_is_not_tried_again_behind_our_back(fake: FakeSlack, by_token: Slack) -> None:
    fake.mood = lambda _call: "lost"
    with pytest.raises(Unsure):
        by_token.send(SAY)
    assert len(fake.calls) == len(fake.posts) == 1


def test_the_time_slack_asks_for_is_passed_on(fake: FakeSlack, by_token: Slack) -> None:
    fake.mood = lambda _call: "429:47"
    with pytest.raises(RateLimited) as raised:
        by_token.send(SAY)
    assert raised.value.retry_after == timedelta(seconds=47)


def test_blocks_that_slack_would_refuse_are_left_out_and_the_words_arrive(fake: FakeSlack, by_token: Slack) -> None:
    wide = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3_001}}
    by_token.send(Message(key="k", address="#care", text="Ada waits.", blocks=(wide,)))
    assert fake.posts[0].text == "Ada waits."
    assert not fake.posts[0].blocks


def test_the_probe_says_who_we_are_and_changes_nothing(fake: FakeSlack, by_token: Slack) -> None:
    assert by_token.probe() == "signed in as @earshot in Northwind"
    assert by_token.workspace() == "T1"
    fake.mood = lambda _call: "503"
    with pytest.raises(Unavailable):
        by_token.probe()
    assert not fake.posts


def test_a_webhook_posts_and_has_no_place_to_edit(fake: FakeSlack, by_webhook: Slack) -> None:
    assert by_webhook.send(SAY) == Receipt("")
    assert fake.posts[0].text == "Ada waits."
    with pytest.raises(Rejected):
        by_webhook.update(Receipt("C1:1.1"), SAY)


@pytest.mark.parametrize(
    ("mood", "error"),
    [("404:no_service", AuthFailed), ("410:channel_is_archived", AuthFailed), ("403:invalid_token", AuthFailed),
     ("400:invalid_payload", Rejected), ("500", Unsure), ("429:5", RateLimited), ("html", Unsure)],
)  # fmt: skip
def test_a_webhooks_answers_are_sorted_too(
    fake: FakeSlack, by_webhook: Slack, mood: str, error: type[PlatformError]
) -> None:
    fake.mood = lambda _call: mood
    with pytest.raises(PlatformError) as raised:
        by_webhook.send(SAY)
    assert type(raised.value) is error
    assert "secretsecret" not in str(raised.value) + repr(raised.value)


def test_no_secret_and_no_word_of_a_customer_is_logged(
    fake: FakeSlack, by_token: Slack, by_webhook: Slack, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    by_token.send(SAY)
    by_webhook.send(SAY)
    fake.mood = lambda _call: "error:invalid_auth"
    with pytest.raises(AuthFailed):
        by_token.send(SAY)
    assert not [word for word in (TOKEN, "secretsecret", "Ada waits") if word in caplog.text]


def test_without_token_and_webhook_it_says_what_is_missing() -> None:
    with pytest.raises(ValueError, match="EARSHOT_SLACK__BOT_TOKEN"):
        Slack(SlackSettings())


def test_the_probe_says_when_lost_messages_cannot_be_looked_up(fake: FakeSlack, by_token: Slack) -> None:
    fake.scopes = "chat:write,commands"
    assert "without the scope channels:history" in by_token.probe()
    fake.scopes = "chat:write, groups:history"
    assert by_token.probe() == "signed in as @earshot in Northwind"


def test_it_says_which_of_our_messages_a_room_shows_since_then(fake: FakeSlack, by_token: Slack) -> None:
    fake.may_look, fake.page = True, 2
    told = {key: by_token.send(Message(key=key, address="#care", text="Said.")) for key in ("a", "b", "c")}
    fake.act(Call("chat.postMessage", {"channel": "#care", "text": "Somebody else's"}, {}))
    since = datetime.fromtimestamp(fake.clock(), UTC)
    found = by_token.said("C0CARE", since)
    assert {key: receipt.id for key, receipt in found.items()} == {key: receipt.id for key, receipt in told.items()}
    assert by_token.said("C0CARE", since + timedelta(hours=1)) == {}


def test_where_it_may_not_look_or_does_not_know_the_rooms_id_it_says_so(fake: FakeSlack, by_token: Slack) -> None:
    for room in ("C0CARE", "#care", "U0LENA"):
        with pytest.raises(Rejected):
            by_token.said(room, NOW)
    assert [call.method for call in fake.calls] == ["conversations.history"]


def test_a_room_too_full_to_be_sure_is_not_taken_for_one_without_our_message(fake: FakeSlack, by_token: Slack) -> None:
    fake.may_look, fake.page = True, 1
    for number in range(12):
        by_token.send(Message(key=str(number), address="#care", text="Said."))
    with pytest.raises(Rejected, match="too many"):
        by_token.said("C0CARE", datetime.fromtimestamp(fake.clock(), UTC))
