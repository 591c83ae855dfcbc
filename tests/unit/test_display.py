"""A stranger's text, made safe for each exit."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.display import flags, one_line, safe_cell, slack_text, storable, visible
from bot.core.graphemes import count, cut, graphemes

ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()), max_size=120)
FORMULA_STARTS = set("=+-@\t\r\n\x00")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("plain <b>text</b> stays", "plain <b>text</b> stays"),
        ("line\nand\ttab stay", "line\nand\ttab stay"),
        ("dos\r\nbreak", "dos\nbreak"),
        ("lone\rreturn", "lone␍return"),
        ("nul\x00", "nul␀"),
        ("\x1b[31mred", "␛[31mred"),
        ("\x7f", "␡"),
        ("\x9b31m", "␦31m"),
        ("a\u202eb", "a⇆b"),
        ("ze\u200bro", "ze▫ro"),
        ("so\u00adft", "so▫ft"),
        ("tag\U000e0041", "tag▪"),
        ("lone \ud800 half", "lone \ufffd half"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("1\ufe0f\u20e3 ☀\ufe0f", "1\ufe0f\u20e3 ☀\ufe0f"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", None),
        ("क्\u200dष", "क्\u200dष"),
        ("a\ufe0f\ufe0f", "a▫▫"),
        ("नमस्ते, مرحبا, 你好", "नमस्ते, مرحبا, 你好"),
    ],
)
def test_what_hides_gets_a_sign_and_the_rest_stays(written: str, shown: str | None) -> None:
    assert visible(written) == (written if shown is None else shown)


def test_marks_are_cut_at_four_a_letter_in_lists_only() -> None:
    zalgo = "z" + "\u0301" * 60 + "a"
    assert visible(zalgo) == zalgo
    assert visible(zalgo, marks=4) == "z" + "\u0301" * 4 + "a"


@given(ANY_TEXT)
def test_nothing_that_hides_is_left(text: str) -> None:
    shown = visible(text)
    assert not set(shown) & set("\x00\x1b\r\u202e\u2066\ufeff\u200b")
    assert not any("\ud800" <= character <= "\udfff" for character in shown)


@given(ANY_TEXT)
def test_what_is_stored_can_be_encoded_and_has_no_nul(text: str) -> None:
    kept = storable(text)
    kept.encode("utf-8")
    assert "\x00" not in kept
    assert len(kept) == len(text)
    assert storable(kept) == kept


@given(ANY_TEXT)
def test_a_log_line_is_one_line(text: str) -> None:
    line = one_line(text, 60)
    assert len(line.splitlines()) <= 1
    assert len(line) <= 60
    assert "\t" not in line


def test_a_forged_log_line_stays_visible() -> None:
    assert one_line("late\r\n2026 INFO sent") == "late␤2026 INFO sent"


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+44 20", "-5", "@x", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠x", "  =1", "\u200b=1",
     "|cmd", "%x", "\ufeff=1", "\u3000@x"],
)  # fmt: skip
def test_a_cell_that_could_be_a_formula_is_quoted(cell: str) -> None:
    assert safe_cell(cell).startswith("'")


@pytest.mark.parametrize("cell", ["", "hello", "5.0", "'=1", "a=1", "{=1}", "שלום", 'say "hi"', "two\nlines", "   "])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert safe_cell(cell) == cell


@given(ANY_TEXT)
def test_after_parsing_no_cell_begins_as_a_formula(text: str) -> None:
    sheet = io.StringIO()
    csv.writer(sheet).writerow([safe_cell(text), "next"])
    (row,) = csv.reader(io.StringIO(sheet.getvalue(), newline=""))
    assert row[0][:1] not in FORMULA_STARTS
    assert row[1] == "next"


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("<!channel> & <@U1>", "&lt;!channel&gt; &amp; &lt;@U1&gt;"),
        ("@here now", "@\u2060here now"),
        ("@CHANNEL", "@\u2060CHANNEL"),
        ("@everyone's", "@\u2060everyone's"),
        ("@heretic", "@heretic"),
        ("&lt;!here&gt;", "&amp;lt;!here&amp;gt;"),
    ],
)
def test_slack_hears_no_command_from_a_post(written: str, sent: str) -> None:
    assert slack_text(written) == sent


@given(ANY_TEXT, st.integers(min_value=5, max_value=60))
def test_slack_text_fits_and_holds_no_markup(text: str, longest: int) -> None:
    sent = slack_text(text * 3, longest)
    assert len(sent.encode("utf-16-le", "surrogatepass")) // 2 <= longest
    assert not set(sent) & set("<>")
    rest = sent.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
    assert "&" not in rest


def test_slack_text_is_cut_between_entities_and_whole_characters() -> None:
    assert slack_text("&" * 100, 12) == "&amp;&amp;…"
    assert slack_text("👨\u200d👩\u200d👧" * 10, 18) == "👨\u200d👩\u200d👧" * 2 + "…"
    assert len(slack_text("x" * 5000)) == 3000


@pytest.mark.parametrize(
    ("text", "warned"),
    [
        ("plain", ()),
        ("naïve café", ()),
        ("Привет, как дела", ()),
        ("你好，世界", ()),
        ("Brand™ 2½ №5", ()),
        ("👨\u200d👩\u200d👧 🇩🇪 ☀\ufe0f", ()),
        ("a\u202eb", ("bidi",)),
        ("a\u200bb", ("zero_width",)),
        ("a\U000e0041\U000e0042", ("tags",)),
        ("a" + "\u0301" * 5, ("zalgo",)),
        ("\u0301\u0301", ("zalgo",)),
        ("Ｆｕｌｌ", ("compat",)),
        ("oﬃce", ("compat",)),
        ("pаypal", ("confusable",)),
        ("ꜱᴍᴀʟʟ", ("confusable",)),
        ("bell\x07", ("control",)),
        ("é\x07", ("control",)),
        ("x\ufff9y", ("control",)),
    ],
)
def test_the_reader_is_warned_of_tricks(text: str, warned: tuple[str, ...]) -> None:
    assert flags(text) == warned


@pytest.mark.parametrize(
    ("text", "clusters"),
    [
        ("ab", 2),
        ("e\u0301", 1),
        ("\r\n", 1),
        ("👨\u200d👩\u200d👧👍🏽", 2),
        ("🇩🇪🇫🇷", 2),
        ("각", 1),
        ("क्षत्रिय", 3),
        ("\u0301", 1),
        ("", 0),
    ],
)
def test_characters_are_counted_as_a_reader_counts(text: str, clusters: int) -> None:
    assert count(text) == clusters


@given(ANY_TEXT)
def test_clusters_join_back_to_the_text(text: str) -> None:
    assert "".join(graphemes(text)) == text


@given(ANY_TEXT, st.integers(min_value=1, max_value=20))
def test_a_cut_text_is_never_longer_than_asked(text: str, longest: int) -> None:
    assert count(cut(text, longest)) <= longest
