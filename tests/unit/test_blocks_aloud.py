"""A message of blocks as a person reads it, where there is no Slack."""

from bot.core import blocks


def test_a_message_reads_without_markup_escapes_and_buttons_and_with_peoples_names() -> None:
    made = (
        blocks.section("<@UDRILL1> *Late:* 2 &lt;b&gt; cases, due <!date^1700000000^{time}|14:38>"),
        blocks.context("*Only natively:* 3 of 4", "see <https://e.example/cases/1|the case>"),
        blocks.actions("x", [blocks.button("Open", "open", "1", "Open it")]),
        blocks.section(" "),
    )
    assert blocks.aloud("ignored", made, {"UDRILL1": "Lena"}) == (
        "@Lena Late: 2 <b> cases, due 14:38\nOnly natively: 3 of 4\nsee the case"
    )


def test_a_message_without_blocks_is_its_text_and_an_unknown_member_keeps_the_id() -> None:
    assert blocks.aloud("<!here> <@U9> 2*3*4", (), {}) == "@here @U9 2*3*4"
