"""The digest on paper: made without fetching anything, and a sentence where what makes it is missing."""

import sys

import pytest

from bot.digest import pdf
from tests.unit.week_documents import full


def test_a_digest_is_a_pdf_of_a_few_pages() -> None:
    pytest.importorskip("weasyprint")
    made = pdf.pdf(full(), "https://earshot.acme.example")
    assert made.startswith(b"%PDF-")
    assert 10_000 < len(made) < 2_000_000


def test_on_paper_the_bars_have_the_size_the_mail_gives_them() -> None:
    weasyprint = pytest.importorskip("weasyprint")
    seen: dict[str, object] = {}

    class Spied:
        def __init__(self, **given: object) -> None:
            self._laid = weasyprint.HTML(**given)

        def write_pdf(self, **given: object) -> bytes:
            seen.update(given)
            return bytes(self._laid.write_pdf(**given))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pdf, "_weasyprint", lambda: (Spied, None))
        pdf.pdf(full(), "")
    assert seen["presentational_hints"] is True  # widths and heights of cells are attributes, as mail programs want


def test_nothing_is_fetched_for_it_and_its_pictures_are_in_it() -> None:
    pytest.importorskip("weasyprint")
    _laid_out, fetcher = pdf._weasyprint()
    with pytest.raises(ValueError, match="disallowed protocol"):
        fetcher.fetch("https://evil.example/pixel.png")
    assert pdf.pdf(full(), "").count(b"/Subtype /Image") == 3  # those of light mail: paper is light


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(pdf.NoPdf, match=r"earshot-bot\[pdf\]"):
        pdf.pdf(full(), "")
