"""Where a mail quotes customers: each quotation as it stands in the HTML and in the plain text, with its post.

A mail may wait for hours. What is deleted meanwhile is taken out by these when it leaves (store/digests.py).
"""

from collections.abc import Iterator

from bot.core.themes import Quote
from bot.digest.document import Document
from bot.digest.render import said
from bot.digest.words import quoted

SHORT, LONG, WHOLE = 140, 200, 280  # as the mail's templates cut them


def fragments(document: Document) -> list[dict[str, str]]:
    """Every quotation of the mail: `post` is our id, `html` and `text` the words with their quotation marks."""
    return [
        {"post": quote.post_id, "html": f"“{said(words)}”", "text": f'"{words}"'}
        for quote, longest in _quotes(document)
        if (words := quoted(quote, longest))
    ]


def _quotes(document: Document) -> Iterator[tuple[Quote, int]]:
    yield from ((quote, WHOLE) for quote in document.said)
    for theme in document.digest.figures.themes:
        yield from ((quote, SHORT) for quote in theme.quotes[:1])
    for turn in document.turns[:1]:
        yield from ((turn.before, SHORT), (turn.after, SHORT))
    if document.act is not None:
        yield from ((quote, LONG) for quote in (document.act.before, document.act.after) if quote is not None)
