"""One mention: does it belong to a case, open one, or open none?"""

from bot.core.brand import Brand
from bot.core.case import Heard, Section, section_of
from bot.steps.triage.joining import join
from bot.steps.triage.opening import open_case
from bot.steps.triage.round import Round, thread_of
from bot.steps.triage.teaching import retone, set_aside
from bot.store import behaviour, recoveries
from bot.store.tables import MentionRow, PostRow, ReadingRow


def decide_on(work: Round, mention: MentionRow, post: PostRow) -> None:
    """Find a read mention its place: in a case it belongs to, a new one, or none."""
    mention.triaged_at = work.now
    work.session.add(mention)
    brand = work.brands.get(mention.brand)
    if post.gone_at is not None or brand is None:
        mention.verdict = "gone" if post.gone_at is not None else mention.verdict
        return
    reading = work.desk.readings.get(mention.reading_id or 0)
    mention.spam, mention.spam_why = behaviour.told_of(work.desk.busy, post)
    missed = mention.verdict == "missed"
    retone(work, mention, post, brand)
    section = _section(mention, post, reading, brand)
    mention.customer_id = work.desk.customers[(mention.brand, post.platform, post.author_id)]
    if work.desk.was_answered(mention.customer_id, post.created_at):
        recoveries.spoke(work.session, mention.customer_id, post.created_at, work.now)
    case = work.desk.case_of(mention, post, thread_of(post))
    if case is not None:
        join(work, case, mention, post, section, brand)
    elif section == "calm" or brand.competitor:
        mention.verdict = "calm"
    elif missed or not set_aside(work, mention, post, reading, brand, section):
        open_case(work, mention, post, reading, section, brand)


def _section(mention: MentionRow, post: PostRow, reading: ReadingRow | None, brand: Brand) -> Section:
    """Where it belongs; what an audit found missing is queued on a person's word, whatever is read in it."""
    if mention.verdict == "missed":
        mention.verdict = "open"
        return "care"
    return section_of(_heard(mention, post, reading, brand))


def _heard(mention: MentionRow, post: PostRow, reading: ReadingRow | None, brand: Brand) -> Heard:
    return Heard(
        tagged=mention.tagged,
        sentiment=mention.sentiment,
        complaint=mention.complaint,
        urgency=mention.urgency,
        positive=reading.positive if reading else 0.0,
        spam=max(reading.spam if reading else 0.0, mention.spam or 0.0),
        relevance=mention.relevance,
        rating=post.rating,
        reader_speaks_it=reading.language_supported if reading else True,
        queue_at=brand.queue_at,
    )
