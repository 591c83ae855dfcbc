"""What people corrected holds for posts like it: their tone, and that they open no case."""

from bot.core.brand import Brand
from bot.core.case import Section
from bot.core.corrections import SERIOUS, SET_ASIDE, Hit
from bot.core.likeness import said
from bot.core.promised import severity_of
from bot.steps.triage.round import Round
from bot.store import corrections
from bot.store.tables import MentionRow, PostRow, ReadingRow


def retone(work: Round, mention: MentionRow, post: PostRow, brand: Brand) -> None:
    """A post like one whose tone a person put right is read as they said."""
    hit = _hit(work, mention, post, brand, ("tone",))
    if hit is None or mention.sentiment in (None, hit.rule.tone):
        return
    corrections.put(work.session, hit.rule.id, mention, work.now, "aside", {})
    mention.sentiment = hit.rule.tone


def set_aside(
    work: Round, mention: MentionRow, post: PostRow, reading: ReadingRow | None, brand: Brand, section: Section
) -> bool:
    """A post like one a person set aside opens no case. A serious one does: it is shown, and says so in its log."""
    hit = _hit(work, mention, post, brand, SET_ASIDE if section == "care" else ("not_us",))
    if hit is None:
        return False
    severity = severity_of(mention.complaint, mention.urgency, reading.negative if reading else None)
    kept = severity in SERIOUS[hit.rule.kind]
    corrections.put(
        work.session, hit.rule.id, mention, work.now, "kept" if kept else "aside", {}, why="serious" if kept else ""
    )
    if not kept:
        mention.verdict, mention.verdict_by = hit.rule.kind, f"correction:{hit.rule.id}"
    return not kept


def _hit(work: Round, mention: MentionRow, post: PostRow, brand: Brand, kinds: tuple[str, ...]) -> Hit | None:
    if not work.rules:
        return None
    return work.rules.hit(brand.name, said(corrections.words_of(post), brand.called()), mention.tagged, kinds)
