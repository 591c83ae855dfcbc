"""Who is on call: made, swapped, ended; who may; and the one-time link between Slack and an account."""

from collections.abc import Callable
from datetime import timedelta

from bot.app import App
from bot.clock import HandClock
from bot.store import oncall, people
from bot.web import linking, slack_command
from tests.web.conftest import Browser, hire
from tests.web.seed import BRAND, Seed

Visit = Callable[[], Browser]


def signed_in(app: App, visit: Visit, login: str = "ruth@acme.example", role: str = "lead", *brands: str) -> Browser:
    hire(app, login, role, tuple(brands))
    browser = visit()
    browser.log_in(login)
    return browser


def crew(app: App) -> list[str]:
    return [str(hire(app, f"{name}@acme.example").id) for name in ("ada", "bo", "cy")]


def test_a_rota_is_made_and_shows_whose_turn_it_is(app: App, visit: Visit) -> None:
    lead = signed_in(app, visit)
    assert "There is no rota yet" in lead.get("/oncall").text
    form = {"name": "Days", "person": crew(app), "starts_on": "2026-10-12", "tz": "Europe/Berlin", "turn_days": "1"}
    assert lead.post("/oncall/rotas", form).status_code == 303
    page = lead.get("/oncall").text
    assert "on call now" in page
    assert "Wed 14 Oct 09:00 CEST" in page
    with app.db.read() as session:
        (now_on,) = oncall.called(session, "Acme", 1, app.clock.now())
    assert now_on.name == "Bo"


def test_what_does_not_fit_is_said(app: App, visit: Visit) -> None:
    lead = signed_in(app, visit)
    good = {"person": crew(app), "starts_on": "2026-10-12"}
    for change, said in (
        ({"starts_on": "soon"}, "Write the first day"),
        ({"handover": "25:00"}, "Write the first day"),
        ({"turn_days": "0"}, "1 to 90 days"),
        ({"turn_days": "x"}, "1 to 90 days"),
        ({"tz": "Mars/Olympus"}, "Mars/Olympus"),
        ({"person": ["4711"]}, "Choose people"),
        ({"person": []}, "at least one person"),
        ({"brand": "Nobody"}, "does not exist"),
    ):
        answer = lead.post("/oncall/rotas", good | change)
        assert answer.status_code == 422, change
        assert said in answer.text, change


def test_an_agent_takes_over_for_themselves_and_a_lead_for_anybody(app: App, visit: Visit, clock: HandClock) -> None:
    lead = signed_in(app, visit)
    first, second, _third = crew(app)
    lead.post("/oncall/rotas", {"person": [first, second], "starts_on": "2026-10-12"})
    with app.db.read() as session:
        (rota,) = oncall.rotas(session)
    agent = visit()
    agent.log_in("cy@acme.example")
    agent.get("/oncall")
    swap = {"until_at": "2026-10-14T09:00"}
    assert agent.post(f"/oncall/rotas/{rota.id}/swap", swap | {"person": first}).status_code == 422
    assert agent.post(f"/oncall/rotas/{rota.id}/swap", swap).status_code == 303
    with app.db.read() as session:
        (now_on,) = oncall.called(session, "Acme", 1, clock.now())
        (made,) = oncall.swaps(session, rota.id or 0, clock.now())
    assert now_on.name == "Cy"
    assert "instead of" in lead.get("/oncall").text
    assert (
        lead.post(f"/oncall/rotas/{rota.id}/swap", {"person": second, "until_at": "2026-10-12T09:00"}).status_code
        == 422
    )
    other = visit()
    other.log_in("ada@acme.example")
    other.get("/oncall")
    assert other.post(f"/oncall/swaps/{made.id}/end").status_code == 403
    assert agent.post(f"/oncall/swaps/{made.id}/end").status_code == 303
    assert lead.post(f"/oncall/rotas/{rota.id}/end").status_code == 303
    assert "There is no rota yet" in lead.get("/oncall").text


def test_a_chain_is_changed_for_a_brand_and_taken_back(app: App, visit: Visit) -> None:
    Seed(app).brand()
    lead = signed_in(app, visit)
    lead.get("/oncall")
    steps = {"brand": BRAND, "minutes": ["5", "10", "20", ""], "who": ["oncall", "next", "lead", "all"]}
    assert lead.post("/oncall/chain", steps).status_code == 303
    with app.db.read() as session:
        chain = oncall.chain(session, BRAND)
    assert [(step.after, step.who) for step in chain] == [
        (timedelta(minutes=5), "oncall"), (timedelta(minutes=10), "next"), (timedelta(minutes=20), "lead"),
    ]  # fmt: skip
    assert "after 5 min who is on call; after 10 min the next person in turn" in lead.get("/oncall").text
    for change in ({"minutes": ["5", "5"]}, {"minutes": ["x"]}, {"minutes": []}, {"who": ["nobody"]}):
        assert lead.post("/oncall/chain", steps | change).status_code == 422, change
    lead.post("/oncall/chain", {"brand": BRAND, "act": "usual"})
    with app.db.read() as session:
        assert len(oncall.chain(session, BRAND)) == 3


def test_a_walled_lead_sees_and_changes_only_their_brands(app: App, visit: Visit) -> None:
    seed = Seed(app)
    seed.brand()
    seed.brand("Secret Soap")
    boss = signed_in(app, visit)
    people_ = crew(app)
    boss.post("/oncall/rotas", {"name": "Hidden", "brand": "Secret Soap", "person": people_, "starts_on": "2026-10-12"})
    boss.post("/oncall/rotas", {"name": "Common", "person": people_, "starts_on": "2026-10-12"})
    walled = signed_in(app, visit, "otis@acme.example", "lead", BRAND)
    page = walled.get("/oncall").text
    assert "Hidden" not in page
    assert "Secret Soap" not in page
    with app.db.read() as session:
        ids = {row.name: row.id for row in oncall.rotas(session)}
    for key in (ids["Hidden"], ids["Common"], 4_711):
        assert walled.post(f"/oncall/rotas/{key}/end").status_code == 404
    assert walled.post("/oncall/chain", {"minutes": "5", "who": "all"}).status_code == 422
    assert walled.post("/oncall/chain", {"brand": "Secret Soap", "minutes": "5", "who": "all"}).status_code == 422


def test_slack_is_linked_by_a_link_that_works_once(app: App, visit: Visit, clock: HandClock) -> None:
    hire(app, "lena@acme.example")
    told = slack_command.command(app, {"text": "link", "user_id": "ULENA", "team_id": "T1"})["text"]
    path = told.partition("8484")[2].partition("|")[0]
    lena = visit()
    assert lena.get(path).status_code == 303  # sign in first
    lena.log_in("lena@acme.example")
    page = lena.get(path).text
    assert "ULENA" in page
    with app.db.read() as session:
        assert people.by_slack(session, "ULENA") is None  # looking changes nothing
    assert "Linked" in lena.post(path).text
    with app.db.read() as session:
        account = people.by_slack(session, "ULENA")
    assert account is not None
    assert account.login == "lena@acme.example"
    assert lena.post(path).status_code == 404
    again = slack_command.command(app, {"text": "link", "user_id": "ULENA", "team_id": "T1"})["text"]
    assert again == "You are linked to Lena already."


def test_a_link_to_slack_dies_after_ten_minutes_and_never_takes_a_member_over(
    app: App, visit: Visit, clock: HandClock
) -> None:
    mila = hire(app, "mila@acme.example")
    hire(app, "lena@acme.example")
    first, second = (
        slack_command.command(app, {"text": "link", "user_id": "UMILA", "team_id": "T1"})["text"] for _ in range(2)
    )
    path = second.partition("8484")[2].partition("|")[0]
    lena = visit()
    lena.log_in("lena@acme.example")
    lena.get(path)
    with app.db.begin() as session:
        people.change(session, mila.id or 0, slack_user="UMILA")
    assert lena.post(path).status_code == 409
    clock.move(timedelta(minutes=11))
    assert lena.get(first.partition("8484")[2].partition("|")[0]).status_code == 404
    assert linking.DEAD in lena.get("/me/slack/nonsense").text.replace("&#39;", "'")
