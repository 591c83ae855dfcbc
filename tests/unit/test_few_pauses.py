"""What the process keeps to its end is not looked through for garbage again and again."""

import gc

from bot.cli.serve import few_pauses


def test_what_was_there_at_the_start_is_looked_through_no_more_and_what_comes_after_is() -> None:
    early: list[object] = [[]]
    assert few_pauses() > 0
    late: list[object] = [[]]
    looked_through = {id(one) for one in gc.get_objects()}
    assert id(late) in looked_through
    assert id(early) not in looked_through
