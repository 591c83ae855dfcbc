"""The digest on paper: the mail's own HTML, laid out by WeasyPrint (extra `pdf`). Nothing is fetched."""

import re
from typing import Any

from bot.digest import paint, render
from bot.digest.document import Document

MISSING = (
    "a PDF needs the extra pdf and Pango. Install: pip install 'earshot-bot[pdf]' and, on Debian, "
    "apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
)
PAGE = """<style>
@page{size:A4;margin:12mm 10mm 16mm;
@bottom-right{content:counter(page) " / " counter(pages);font:9pt sans-serif;color:#5b656f}}
body,.page,.card{background:#fff!important;border-radius:0!important}
table[width="600"]{max-width:none!important}
.pad{padding-left:0!important;padding-right:0!important}
table{text-align:left}
img{width:125mm!important;height:auto!important}
td{box-sizing:border-box}
td.page{padding:0!important}
tr,blockquote,p{break-inside:avoid}
h1,h2{break-after:avoid}
</style>"""


_SHEET = re.compile(r"<style>.*?</style>", re.DOTALL)


class NoPdf(ValueError):
    """What lays out pages is not installed. The message says what to install."""


def pdf(document: Document, base: str) -> bytes:
    """The document as a PDF file. Raises NoPdf where WeasyPrint or its libraries are missing."""
    laid_out, fetcher = _weasyprint()
    _subject, mail, _text, _files = render.email(document, base)
    mail = paint.within(mail, paint.painted(render.pictures(document)))
    paper = _SHEET.sub(lambda _found: PAGE, mail, count=1)  # the screen's rules mean nothing on paper
    return bytes(laid_out(string=paper, url_fetcher=fetcher).write_pdf(presentational_hints=True))


def _weasyprint() -> tuple[Any, Any]:
    """What lays pages out, and what fetches for it: the pictures that are in the page itself, and nothing else."""
    try:
        from weasyprint import HTML  # type: ignore[import-untyped]
        from weasyprint.urls import URLFetcher  # type: ignore[import-untyped]
    except (ImportError, OSError) as error:  # OSError: the package is there, a library of the system is not
        raise NoPdf(f"{MISSING} ({type(error).__name__}).") from error
    return HTML, URLFetcher(allowed_protocols={"data"})
