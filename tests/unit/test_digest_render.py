"""The week as a page and as a mail: complete, safe, small, readable without pictures or styles."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from importlib.resources import files
from typing import Any

import html5lib
import pytest

from bot.core.beside import Surge
from bot.core.themes import Quote
from bot.digest import letter, message, render, styles, tables, words
from bot.digest.document import Document, hidden, lists
from responders.slack.limits import broken
from tests.unit.week_documents import BASE, MONDAY, empty, full

HOSTILE = '</q><script>alert(1)</script><img src="https://canary.invalid/x" onerror=go()> \u202eevil\x07 &amp; =1+1'
CLIPPED = 102_400  # bytes from which Gmail clips a mail


def tree(html: str) -> Any:
    return html5lib.parse(html, namespaceHTMLElements=False)


def text_of(html: str) -> str:
    return " ".join(" ".join(tree(html).itertext()).split())


def quoting(text: str) -> Document:
    document = full()
    figures = document.digest.figures
    quote = Quote("1", text, "mastodon", MONDAY)
    themes = tuple(replace(theme, quotes=(quote,), name=text[:60]) for theme in figures.themes)
    turns = tuple(replace(turn, before=quote, after=quote) for turn in document.turns)
    figures = replace(figures, themes=themes)
    return replace(document, digest=replace(document.digest, figures=figures), turns=turns)


# ---- the page


def test_the_page_says_what_there_is_to_say_in_order():
    page = text_of(str(render.body(full())))
    parts = [
        "Lumo, week 41, 5–11 October 2026",
        "Four in ten complaints were about “voucher page fails”",
        "Answer the 5 people who still wait",
        "Complaints 60",
        "80% 40 of 50",
        "Spoke better of us afterwards 62%",
        "What it was about",
        "Half had an answer in 20 minutes",
        "8 people speak better of us than before",
        "three weeks for a refund. THREE.",
        "of the talk was about us",
        "What we did not hear",
        "Lost: 1 hour 5 minutes of YouTube, Mon 10:00–11:05.",
        "Every count of this week opens the posts behind it.",
    ]
    places = [page.find(part) for part in parts]
    assert -1 not in places, parts[places.index(-1)]
    assert places == sorted(places)


def test_every_list_the_page_links_to_has_posts():
    document = full()
    known = lists(document)
    linked = set(re.findall(r"/weeks/Lumo/2026-W41/posts\?claim=([\w-]+)", str(render.body(document))))
    assert {"headline", "todo-1", "complaints", "late", "kept", "waiting", "recovered", "theme-1", "closed"} <= linked
    assert all(known[name].posts for name in linked)


def test_the_page_needs_no_style_and_no_script_of_its_own():
    body = str(render.body(full()))
    assert " style=" not in body
    assert "<script" not in body
    assert not re.search(r"\son\w+=", body)


def test_every_chart_has_words_for_those_who_cannot_see_it():
    for svg in tree(str(render.body(full()))).iter("svg"):
        assert svg.get("aria-hidden") == "true" or (svg.get("role") == "img" and svg.find("title") is not None)


def test_no_drawing_leaves_its_frame():
    for rect in tree(str(render.body(full()))).iter("rect"):
        for name in ("x", "y", "width", "height"):
            assert float(rect.get(name, "0").rstrip("%")) >= 0
        if rect.get("width", "").endswith("%"):
            assert float(rect.get("x", "0%").rstrip("%")) + float(rect.get("width").rstrip("%")) <= 100.5


def test_too_few_mentions_leave_only_that_and_what_was_not_heard():
    page = text_of(str(render.body(empty(9))))
    assert "9 mentions, all complaints: too few for figures, few enough to read." in page
    assert "What we did not hear" in page
    assert "What it was about" not in page
    assert "Answered in time" not in page


def test_no_mention_at_all_is_a_page_too():
    page = text_of(str(render.body(empty(0))))
    assert "Nobody was heard to speak of Lumo." in page
    assert "No source of ours says that it listened in this week." in page
    assert "imported" not in page


def test_a_week_that_runs_is_marked_in_every_form():
    now = MONDAY + timedelta(hours=14)
    document = replace(full(now=now), made_at=now)
    assert "This week is not over: figures until Mon 16:00." in text_of(str(render.body(document)))
    _, html, plain, _ = render.email(document, BASE)
    assert "Not over yet: until Mon 16:00." in text_of(html)
    assert "This week is not over: figures until Mon 16:00." in plain


def test_cases_imported_without_our_answers_are_said_to_be():
    document = full()
    bare = replace(document.digest.figures.attained, kept=(), late=(), waiting=(), unheard=())
    waits = replace(document.digest.figures.waits, n=0)
    figures = replace(document.digest.figures, attained=bare, waits=waits)
    page = text_of(
        str(render.body(replace(document, digest=replace(document.digest, figures=figures), unanswerable=12)))
    )
    assert "12 cases of this week were imported without our answers." in page
    assert "imported without our answers" in page


def test_what_strangers_wrote_makes_no_element_anywhere():
    document = quoting(HOSTILE)
    _, mail, plain, _ = render.email(document, BASE)
    for html in (render.html(document, BASE), mail):
        parsed = tree(html)
        assert all(node.get("src", "").startswith("cid:") for node in parsed.iter("img"))
        assert not list(parsed.iter("script"))
        assert all(not name.startswith("on") for node in parsed.iter() for name in node.attrib)
        assert "\u202e" not in html
        assert "⇆evil" in html
    assert "\u202e" not in plain
    assert "\x07" not in plain


def test_a_page_as_a_file_carries_its_looks_and_asks_the_web_for_nothing():
    html = render.html(full(), BASE)
    assert "light-dark(" in html
    assert f'href="{BASE}/weeks/Lumo/2026-W41/posts?claim=complaints"' in html
    assert not re.search(r"(?:src|srcset)=|@import|url\((?!#)", html)
    assert "default-src 'none'" in html


# ---- the mail


def test_a_mail_is_tables_with_inline_styles_and_fits():
    subject, html, _, _ = render.email(full(), BASE)
    assert subject.startswith("Lumo, week 41: Four in ten complaints were about “voucher page fails”")
    assert len(html.encode()) < CLIPPED / 2
    parsed = tree(html)
    tags = {node.tag for node in parsed.iter() if isinstance(node.tag, str)}
    assert not tags & {"svg", "script", "link", "iframe", "form"}
    assert all(node.get("role") == "presentation" for node in parsed.iter("table"))
    for tag in ("p", "h1", "h2", "a"):
        assert all("font-family" in node.get("style", "") for node in parsed.iter(tag)), tag


def test_a_mail_reads_without_its_style_sheet():
    _, html, _, _ = render.email(full(), BASE)
    bare = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    assert bare.count("color:") > 50
    assert bare.index("voucher page fails") < bare.index("What it was about")


def test_a_mail_asks_for_dark_colours_where_it_has_light_ones():
    _, html, _, _ = render.email(full(), BASE)
    assert "prefers-color-scheme:dark" in html
    used = set(re.findall(r'class="(\w+)"', html)) - {"half", "pad", "light", "dark"}
    assert used <= set(styles.LOOKS)
    assert all(f".{look}{{" in html for look in used)


def test_the_mails_colours_are_those_of_the_pages():
    sheet = files("bot").joinpath("web", "static", "tokens.css").read_text("utf-8")
    tokens = dict(re.findall(r"--([\w-]+):\s*light-dark\((#\w{6},\s*#\w{6})\)", sheet))
    for name, pair in styles.COLOURS.items():
        assert tuple(re.split(r",\s*", tokens[name])) == pair, name


def test_a_mails_plain_text_says_the_same():
    _, _, plain, _ = render.email(full(), BASE)
    for part in (
        "WHAT TO DO",
        "1. Answer the 5 people who still wait.",
        f"{BASE}/weeks/Lumo/2026-W41/posts?claim=todo-1",
        "Answered in time: 80% (40 of 50)",
        "Tue    33 (29+4), 33 (29+4), −100",
        "voucher page fails",
        "AFTERWARDS: of 22 answered in week 40, 8 recovered, 3 unchanged, 2 worse, 9 silent (counted as nothing).",
        "Lost: 1 hour 5 minutes of YouTube",
    ):
        assert part in plain
    assert "<" not in plain
    assert "\n\n\n" not in plain


def test_a_subject_is_one_line_whatever_a_brand_is_called():
    document = full()
    figures = replace(document.digest.figures, brand="x\r\nBcc: everybody@lumo.example")
    document = replace(document, digest=replace(document.digest, figures=figures))
    assert "\n" not in render.subject(document)
    assert "\r" not in render.subject(document)


def test_a_whole_mail_opens_in_a_mail_program():
    document = full()
    mail = message_from_bytes(letter.of(document, BASE), policy=policy.default)
    kinds = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", *["image/png"] * 6, "text/csv"]
    shown = {f"<{src}>" for src in re.findall(r'src="cid:([^"]+)"', mail.get_body(("html",)).get_content())}
    assert shown == {part["Content-ID"] for part in mail.walk() if part["Content-ID"]}
    assert [part.get_content_type() for part in mail.iter_attachments()] == ["text/csv"]
    assert mail["Subject"] == render.subject(document)
    assert mail["To"] is None
    assert "WHAT TO DO" in mail.get_body(("plain",)).get_content()


# ---- personal data


def test_personal_data_is_masked_in_names_sentences_and_quotes():
    document = quoting("write to ada@mail.example")
    claim = replace(document.digest.headline, sentence="“write to ada@mail.example” was in half of all complaints.")
    rose = Surge(7, "Lumo", "complaints", 60.0, 5.0, timedelta(minutes=15), "high", {"x": 60},
                 ("write ada@mail.example",), MONDAY, None)  # fmt: skip
    document = replace(document, digest=replace(document.digest, headline=claim, todo=(claim,)), surges=(rose,))
    safe = hidden(document)
    for form in (str(render.body(safe)), *render.email(safe, BASE)[:3]):
        assert "ada@mail" not in form
        assert "▇▇▇" in form


# ---- words of the headings


@pytest.mark.parametrize(
    ("said", "parts"),
    [
        ("Answer the 5 people who still wait. They wrote.", ("Answer the 5 people who still wait.", "They wrote.")),
        ("Look into “gate”: 20 complaints, 3 before.", ("Look into “gate”.", "20 complaints, 3 before.")),
        ("Mend it", ("Mend it", "")),
        ("Mend it now.", ("Mend it now.", "")),
    ],
)
def test_a_thing_to_do_has_a_bold_beginning(said, parts):
    assert words.parted(said) == parts


@pytest.mark.parametrize(
    ("length", "said"),
    [(1.2, "1 minute"), (25, "25 minutes"), (119, "119 minutes"), (240, "4 hours"), (60 * 72, "3 days")],
)
def test_waits_are_said_as_people_say_them(length, said):
    assert words.minutes(length) == said


def test_whom_words_were_addressed_to_is_left_out_of_a_quote():
    assert words.quoted(Quote("1", "@lumo_help, @them: where is\nit?", "x", MONDAY)) == "where is it?"
    assert words.quoted(Quote("1", "@lumo_help", "x", MONDAY)) == "@lumo_help"
    assert words.quoted(Quote("1", "ask @lumo_help", "x", MONDAY)) == "ask @lumo_help"


def test_dates_and_numbers_are_written_in_the_chosen_language_and_the_mail_says_which_week():
    document = replace(full(), locale="de")
    assert "5.–11. Oktober 2026" in text_of(render.body(document, BASE))
    _subject, html, plain, _files = render.email(document, BASE)
    assert "5.–11. Oktober 2026" in plain
    assert "Mo 10 (7 untagged)" in html
    assert "5–11 October 2026" in render.email(full(), BASE)[2]


def test_a_share_is_written_with_the_space_of_its_language_in_every_form():
    for locale, space in (("de", "\u00a0"), ("fr", "\u202f"), ("it", ""), ("en", "")):
        document = replace(full(), locale=locale)
        _subject, html, plain, _files = render.email(document, BASE)
        slack = json.dumps(message.slack(document, BASE), ensure_ascii=False)
        for form in (str(render.body(document, BASE)), html, plain, slack):
            assert f"80{space}%" in form, locale
        assert set(re.findall(r"\d(\s?)%", plain)) == {space}, locale


def test_a_day_of_which_an_import_holds_nothing_is_not_shown_as_a_day_without_complaints() -> None:
    document = full()
    figures = document.digest.figures
    first = replace(figures.days[0], tagged=(), untagged=(), complaints_tagged=(), complaints_untagged=())
    imported = replace(figures, heard=(), days=(first, *figures.days[1:]))
    document = replace(document, digest=replace(document.digest, figures=imported))
    assert "Mon     – not heard" in render.email(document, BASE)[2]
    assert "Complaints a day: Mon not heard, " in text_of(render.html(document, BASE))


def test_what_rose_stands_in_every_form_with_its_count_and_interval_and_opens_its_posts() -> None:
    rose = Surge(7, "Lumo", "complaints about <b>bags</b> <!channel>", 60.0, 5.0, timedelta(minutes=15), "high",
                 {"x": 60}, ("bag drop", HOSTILE), MONDAY, None)  # fmt: skip
    none_usual = replace(rose, id=8, what="mentions", expected=0.2, severity="extreme")
    document = replace(full(), surges=(rose, none_usual))
    _subject, html, plain, (sheet,) = render.email(document, BASE)
    slack, blocks = message.slack(document, BASE)
    said = ", Mon 02:00; about 5 are usual at this hour: 12 times as many (9.3 to 15)"
    for form in (text_of(str(render.body(document, BASE))), text_of(html), plain, json.dumps(blocks),
                 message.plain(document, BASE)):  # fmt: skip
        assert said in form
        assert "60 mentions in 15 minutes" in form
        assert ", Mon 02:00; hardly any are usual at this hour" in form
    for form in (str(render.body(document, BASE)), html, plain, json.dumps(blocks)):
        assert f"{BASE}/spikes/7" in form
        assert "<!channel>" not in form or form is plain
    assert "<b>bags" not in html
    assert broken(blocks) == []
    assert slack
    assert 'rose,"complaints about' in sheet.content.decode(
        "utf-8-sig"
    ) or "rose,complaints about" in sheet.content.decode("utf-8-sig")
    (one, _other) = json.loads(tables.as_json(document, BASE))["spikes"]
    assert (one["seen"], one["usual"], one["low"], one["high"]) == (60, 5.0, 46.6, 77.2)
    german = replace(document, locale="de")
    assert "12 times as many (9,3 to 15)" in text_of(render.email(german, BASE)[1])
