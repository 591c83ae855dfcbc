"""GitHub obeys the kit; in our repositories everything is to us, members speak for us, machines are left out."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from connectors.errors import AuthFailed, PlatformError, RateLimited, Rejected, Unavailable
from connectors.github.connector import GitHub, names_of
from connectors.github.parse import listing
from connectors.github.settings import Settings
from connectors.http import Http
from connectors.testing import HttpConnectorContract, posts, refs
from connectors.types import Closed, Connector, Here, Native, PostRef, Want, powers
from tests.fakes.github import OURS, FakeGitHub
from tests.fakes.wire import Wire

ANSWER = json.loads((Path(__file__).parents[1] / "answers" / "github" / "issues.json").read_text("utf-8"))
NOW = HttpConnectorContract.now
WANT = Want(terms=("acme",), own=frozenset({"acme-care"}))


def ear(fake: FakeGitHub, **more: Any) -> GitHub:
    chosen = {"repositories": (OURS,), "search": False, **more}
    return GitHub(Settings(**chosen), http=Http(transport=Wire(fake), now=fake.now), now=fake.now)


@pytest.fixture
def fake() -> FakeGitHub:
    return FakeGitHub(now=lambda: NOW)


class TestGitHub(HttpConnectorContract):
    want = WANT
    secret = "SECRET"
    token: str | None = None

    def over(self, http: Http) -> Connector:
        return GitHub(Settings(repositories=(OURS,), token=self.token), http=http, now=self.clock)  # type: ignore[arg-type]

    def answers(self) -> httpx.BaseTransport:
        fake = FakeGitHub(now=self.clock)
        fake.issue("too long ago", at=self.now - timedelta(days=6))
        for number in range(110):
            fake.issue(f"broken {number}", "again", f"pat{number % 5}", at=self.now - timedelta(minutes=400 - number))
        for number in range(20):
            fake.comment(f"{OURS}#3", f"same {number}", at=self.now - timedelta(minutes=90 - number))
        fake.comment(f"{OURS}#3", "sorry!", "acme-care", at=self.now - timedelta(minutes=5))
        fake.issue("acme is down", repository="other/app", at=self.now - timedelta(minutes=7))
        fake.talk("How?", "how do I export", at=self.now - timedelta(minutes=6), below=("me too",))
        return Wire(fake)

    def saying(self, text: str) -> Connector:
        fake = FakeGitHub(now=self.clock)
        fake.issue("hm", text, at=self.now - timedelta(minutes=1))
        return self.over(Http(transport=Wire(fake), now=self.clock))

    def test_it_can_do_what_github_allows(self) -> None:
        assert powers(self.make()) == ["Rechecks", "Converses", "Routes", "Probes"]


class TestGitHubWithAToken(TestGitHub):
    """The same signed in: discussions are heard as well."""

    token = "ghp-SECRET"


def test_issues_and_comments_are_read_and_what_is_no_customers_word_is_left_out() -> None:
    told = listing(ANSWER, "1", {"acme/app"})
    issue, roadmap, comment = told.posts
    assert (issue.ref.id, issue.title, issue.text) == (
        "acme/app#12", "Export loses rows", "Every export since 4.1 is **empty**.",
    )  # fmt: skip
    assert (issue.author.id, issue.engagement, issue.to_us, issue.edited_at) == ("4711", 7, True, None)
    assert (roadmap.by_us, roadmap.text) == (True, "Roadmap")
    assert (comment.author.handle, comment.in_reply_to, comment.thread) == ("ghost", issue.ref, "acme/app#12")
    assert comment.edited_at == comment.created_at + timedelta(minutes=5)
    assert (len(told.poison), told.after, told.count) == (1, "", 6)
    assert listing(ANSWER[:1], "1", ()).posts[0].to_us is False


def test_an_unchanged_list_is_asked_with_its_etag(fake: FakeGitHub) -> None:
    fake.issue("broken", at=NOW - timedelta(hours=1))
    [page] = ear(fake).fetch(WANT)
    fake.now = lambda: NOW + timedelta(minutes=5)
    fake.log.clear()
    [again] = ear(fake).fetch(replace(WANT, cursor=page.cursor))
    assert all("if-none-match" in asked.headers for asked in fake.log)
    assert (again.posts, again.covered is not None, len(fake.log)) == ((), True, 2)


def test_members_stop_the_clock_and_are_no_mention(fake: FakeGitHub) -> None:
    issue = fake.issue("broken", at=NOW - timedelta(hours=1))
    fake.comment(issue, "fixed in 4.2", "lead", at=NOW - timedelta(minutes=5), role="MEMBER")
    heard = posts(ear(fake).fetch(WANT))
    assert [(post.by_us, post.kind) for post in heard] == [(False, "post"), (True, "comment")]


def test_discussions_are_heard_with_a_token_and_answered_on_github(fake: FakeGitHub) -> None:
    id_ = fake.talk("How?", "how do I export", at=NOW - timedelta(minutes=6), below=("me too",))
    assert list(posts(ear(fake).fetch(WANT))) == []
    connector = ear(fake, token="ghp-SECRET")
    below, talk = sorted(posts(connector.fetch(WANT)), key=lambda post: post.kind)
    assert (talk.ref.id, talk.to_us, below.in_reply_to, below.title) == (id_, True, talk.ref, "How?")
    assert isinstance(connector.route(talk), Native)
    gone = PostRef("github", "D_77")
    assert connector.recheck([talk.ref, gone]).gone == (gone,)
    assert [post.ref for post in connector.conversation(below.ref).posts] == [talk.ref, below.ref]
    assert connector.conversation(gone).gone == (gone,)


def test_a_reply_deep_in_a_long_discussion_is_heard(fake: FakeGitHub) -> None:
    id_ = fake.talk("Export", "how?", at=NOW - timedelta(days=90))
    said = [fake.say(id_, f"comment {n}", at=NOW - timedelta(days=80, minutes=-n)) for n in range(70)]
    connector = ear(fake, token="ghp-SECRET")
    [page] = connector.fetch(WANT)
    assert page.posts == ()
    asked = len(fake.asked_for("/graphql"))
    reply = fake.say(id_, "it still fails here", at=NOW + timedelta(minutes=1), to=said[2])
    fake.now = lambda: NOW + timedelta(minutes=2)
    [heard] = posts(connector.fetch(replace(WANT, cursor=page.cursor)))
    assert (heard.ref.id, heard.in_reply_to, heard.thread, heard.to_us) == (
        reply,
        PostRef("github", said[2]),
        id_,
        True,
    )
    assert len(fake.asked_for("/graphql")) - asked == 3  # the list, and two pages of this one discussion
    talk = connector.conversation(heard.ref)
    assert (len(talk.posts), talk.truncated, talk.posts[-1].ref) == (72, False, heard.ref)


def test_the_points_of_graphql_are_counted_beside_the_questions(fake: FakeGitHub) -> None:
    fake.points = 40
    [page] = ear(fake, token="ghp-SECRET").fetch(WANT)
    assert page.rate is not None
    assert (page.rate.left, page.rate.of, page.rate.resets_at) == (40, 5000, NOW + timedelta(minutes=30))
    fake.points = 5000
    [page] = ear(fake, token="ghp-SECRET").fetch(WANT)
    assert page.rate is not None
    assert page.rate.left == 4999


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        ({"type": "RATE_LIMITED", "message": "API rate limit exceeded"}, RateLimited),
        ({"message": "You have exceeded a secondary rate limit."}, RateLimited),
        ({"type": "FORBIDDEN", "message": "Resource not accessible by personal access token"}, AuthFailed),
        ({"type": "INSUFFICIENT_SCOPES", "message": "Your token has not been granted the scopes"}, AuthFailed),
        ({"type": "NOT_FOUND", "path": ["repository"], "message": "Could not resolve to a Repository"}, Rejected),
        ({"message": "Something went wrong while executing your query."}, Unavailable),
    ],
)
def test_half_an_answer_with_status_200_is_no_answer(
    fake: FakeGitHub, error: dict[str, Any], meaning: type[PlatformError]
) -> None:
    fake.wrong = {"data": {"nodes": [None], "repository": None}, "errors": [error]}
    with pytest.raises(meaning):
        list(ear(fake, token="ghp-SECRET").fetch(WANT))
    with pytest.raises(meaning):  # or a post that is still there would be taken for deleted
        ear(fake, token="ghp-SECRET").recheck([PostRef("github", "D_1")])


def test_the_limit_in_a_403_is_obeyed(fake: FakeGitHub) -> None:
    fake.spent = True
    with pytest.raises(RateLimited) as raised:
        list(ear(fake).fetch(WANT))
    assert raised.value.retry_after == timedelta(minutes=10)


def test_a_search_that_repeats_what_our_repository_told_gives_it_once(fake: FakeGitHub) -> None:
    fake.issue("acme is broken", at=NOW - timedelta(hours=1))
    heard = refs(ear(fake, search=True).fetch(WANT))
    assert heard == [PostRef("github", f"{OURS}#1")]


def test_what_became_of_a_post_is_looked_up(fake: FakeGitHub) -> None:
    issue = fake.issue("broken")
    comment = fake.comment(issue, "same")
    asked = [PostRef("github", id_) for id_ in (issue, comment, f"{OURS}#77", f"{OURS}#c77")]
    page = ear(fake).recheck(asked)
    assert ([post.ref for post in page.posts], page.gone) == (asked[:2], tuple(asked[2:]))


def test_the_issue_is_read_from_any_of_its_comments(fake: FakeGitHub) -> None:
    issue = fake.issue("broken", at=NOW - timedelta(hours=1))
    comment = fake.comment(issue, "same")
    page = ear(fake).conversation(PostRef("github", comment))
    assert [post.ref.id for post in page.posts] == [issue, comment]
    assert ear(fake).conversation(PostRef("github", f"{OURS}#c77")).gone


def test_who_may_answer_is_known_before_anybody_types(fake: FakeGitHub) -> None:
    fake.issue("broken", at=NOW - timedelta(hours=1))
    fake.locked = True
    fake.issue("locked", at=NOW - timedelta(minutes=1))
    free, locked = posts(ear(fake).fetch(WANT))
    assert isinstance(ear(fake).route(free), Native)
    assert ear(fake, token="ghp-SECRET").route(free) == Here("github")
    assert isinstance(ear(fake, token="ghp-SECRET").route(locked), Closed)


def test_the_probe_says_what_can_be_heard(fake: FakeGitHub) -> None:
    assert "60 reads an hour" in ear(fake).probe()
    assert "signed in as acme-care" in ear(fake, token="ghp-SECRET", search=True).probe()
    none = httpx.MockTransport(lambda request: httpx.Response(404))
    with pytest.raises(Rejected, match="no repository acme/app"):
        GitHub(Settings(repositories=(OURS,)), http=Http(transport=none), now=fake.now).probe()


def test_the_probe_says_when_the_token_may_not_read_discussions(fake: FakeGitHub) -> None:
    assert "discussions" not in ear(fake, token="ghp-SECRET").probe()
    fake.wrong = {"data": None, "errors": [{"type": "FORBIDDEN", "message": "Resource not accessible"}]}
    assert "no discussions: GitHub does not let" in ear(fake, token="ghp-SECRET").probe()
    assert "discussions" not in ear(fake, token="ghp-SECRET", discussions=False).probe()


def test_a_web_site_in_the_apis_place_is_no_github(fake: FakeGitHub) -> None:
    site = httpx.MockTransport(lambda request: httpx.Response(200, text="<html>Welcome</html>"))
    with pytest.raises(Unavailable, match="not JSON"):
        GitHub(Settings(repositories=(OURS,)), http=Http(transport=site), now=fake.now).probe()


def test_a_repository_without_issues_is_quiet(fake: FakeGitHub) -> None:
    off = httpx.MockTransport(lambda request: httpx.Response(410))
    [page] = GitHub(Settings(repositories=(OURS,), search=False), http=Http(transport=off), now=fake.now).fetch(WANT)
    assert (page.posts, page.covered is not None) == ((), True)


def test_a_discussion_in_another_shape_is_asked_for_again(fake: FakeGitHub) -> None:
    for body in ({"data": {"nodes": [{"id": "D_1"}]}}, {"data": {"nodes": 7}}, {"errors": [{"type": "NOT_FOUND"}]}):
        odd = httpx.MockTransport(lambda request, body=body: httpx.Response(200, json=body))  # type: ignore[misc]
        connector = GitHub(Settings(token="t"), http=Http(transport=odd), now=fake.now)  # type: ignore[arg-type]
        with pytest.raises(Unavailable):
            connector.recheck([PostRef("github", "D_1")])
    slow = httpx.MockTransport(lambda request: httpx.Response(200, json={"errors": [{"type": "RATE_LIMITED"}]}))
    with pytest.raises(RateLimited):
        GitHub(Settings(token="t"), http=Http(transport=slow), now=fake.now).recheck([PostRef("github", "D_1")])  # type: ignore[arg-type]


def test_names_and_repositories_are_taken_as_people_write_them() -> None:
    assert names_of(Want(terms=('Ac"me', "acme"), hashtags=("#AcmeFail",))) == ["ac me", "acme", "acmefail"]
    assert Settings(repositories=("https://github.com/Acme/App/",)).repositories == ("acme/app",)
    with pytest.raises(ValidationError, match="owner/name"):
        Settings(repositories=("acme",))
