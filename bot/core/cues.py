"""How this person writes, in a few careful words, so that the answer can fit them. Hints, never labels. Pure.

Nothing here is stored, scored or acted on: it is read from the words on the screen, each time, and it says what was
seen, not what the person is.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.core.graphemes import graphemes, pictograph

SHORT = 5  # words
LOUD = 0.6
_FORMAL = re.compile(
    r"\b(?:dear (?:sir|madam|team)|sehr geehrte|mit freundlichen|kind regards|sincerely"
    r"|yours faithfully|madame, monsieur"
    r"|cordialement|estimad[oa]s?|atentamente|egregi|distinti saluti|geachte|met vriendelijke)\b", re.I)  # fmt: skip
_FAMILIAR = re.compile(
    r"\b(?:lol|lmao|haha+|hehe+|omg|wtf|bro|dude|mate|xd|ey|digga|mdr|jaja+|kkk+)\b|[:;]-?[)DP]|\bu r\b", re.I
)
_SIE = re.compile(r"\b(?:Sie|Ihnen|Ihre?[nmrs]?)\b")
_DU = re.compile(r"\b(?:du|dir|dich|dein\w*|euch|eure?\w*)\b", re.I)
_YOUNG = re.compile(
    r"\b(?:i(?:'m| am) (?:only )?(?:[7-9]|1[0-5])(?: years old)?(?=[\s.,!]|$)(?! (?:min|hour|day"
    r"|month|km|mile|st|nd|rd|th))"
    r"|my (?:mum|mom|dad|teacher) (?:said|says|let|told|bought)|after school|my homework"
    r"|in (?:third|fourth|fifth|sixth) grade"
    r"|ich bin (?:erst )?(?:[7-9]|1[0-5])(?: jahre)?\b|meine (?:mama|mutti)|j'ai (?:[7-9]"
    r"|1[0-5]) ans|tengo (?:[7-9]|1[0-5]) años)",
    re.I)  # fmt: skip
_GRIEF = re.compile(
    r"\b(?:passed away|funeral|my late (?:wife|husband|mother|father|son|daughter|mum|mom|dad)"
    r"|died (?:last|this|yesterday|on)"
    r"|in (?:the )?(?:hospital|icu|intensive care)|chemo\w*|miscarriage|verstorben|beerdigung"
    r"|im krankenhaus|décédée?|obsèques"
    r"|falleci\w+|funeral|hospitalizad\w+|è mancat\w|deceduto|overleden|begrafenis)\b", re.I)  # fmt: skip
_DANGER = re.compile(
    r"\b(?:kill myself|end my life|suicid\w+|don'?t want to live|want to die|umbringen"
    r"|nicht mehr leben|me suicider|suicidarme"
    r"|matarme|not safe|being attacked|someone is hurt|is bleeding|can'?t breathe|keine luft)\b", re.I)  # fmt: skip
_UPSET = re.compile(
    r"\b(?:crying|in tears|desperate|devastated|panic\w*|so scared|terrified|exhausted"
    r"|at my wits'? end|verzweifelt|am ende"
    r"|weine\w*|désespéré\w*|en larmes|desesperad\w+|llorando|disperat\w+|wanhopig)\b", re.I)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """What we know of this person from before. `last` is what came of the last case, `gave` what was done in it."""

    first_wrote_at: datetime
    cases: int = 0
    last: str = ""
    gave: str = ""


@dataclass(frozen=True, slots=True)
class Cue:
    """One hint: an icon's name, a lead, and a sentence."""

    lead: str
    words: str
    careful: bool = False


def cues(texts: Sequence[str], language: str, known: Known, now: datetime) -> tuple[Cue, ...]:
    """The hints, what asks for most care first. `texts` are the customer's messages, `language` its name or ""."""
    said = "\n".join(texts)
    found = [*_careful(said), _how(texts, language), _since(known, now)]
    if known.last:
        gave = f", after {known.gave}" if known.gave else ""
        found.append(Cue("Last time", f"It ended {known.last}{gave}."))
    return tuple(found)


def _careful(said: str) -> list[Cue]:
    found = []
    if _DANGER.search(said):
        words = "These words may mean that somebody is in danger. Take them as meant: a person, now, and your lead."
        found.append(Cue("Somebody may be in danger", words, careful=True))
    if _GRIEF.search(said):
        words = "Say that first. Nothing here is urgent but being kind."
        found.append(Cue("Illness or a loss is spoken of", words, careful=True))
    if _YOUNG.search(said):
        words = "Perhaps a child writes. Simple words, nothing asked for that a parent should give."
        found.append(Cue("Perhaps young", words, careful=True))
    elif _UPSET.search(said):
        found.append(Cue("Very upset", "They say so themselves. One clear next step calms more than many words.", True))
    return found


def _how(texts: Sequence[str], language: str) -> Cue:
    newest = texts[-1] if texts else ""
    told = [language] if language else []
    told += [word for word, seen in _manner(newest, "\n".join(texts)) if seen]
    return Cue("How they write", f"{', '.join(told) or 'plainly'}.")


def _manner(newest: str, said: str) -> list[tuple[str, bool]]:
    letters = [one for one in newest if one.isalpha()]
    loud = len(letters) >= 12 and sum(map(str.isupper, letters)) > LOUD * len(letters)
    emoji = any(pictograph(cluster[0]) for cluster in graphemes(newest) if unicodedata.category(cluster[0]) == "So")
    formal, sie, du = bool(_FORMAL.search(said)), bool(_SIE.search(said)), bool(_DU.search(said))
    return [
        ("formally", formal or (sie and not du)),
        ("says “du”", du and not sie and not formal and bool(re.search(r"\b(?:ich|nicht|und|ist)\b", said, re.I))),
        ("playfully", bool(_FAMILIAR.search(said)) and not formal),
        ("with emoji", emoji),
        ("in capitals", loud),
        ("briefly", 0 < len(newest.split()) <= SHORT),
        ("at length", len(newest.split()) > 120),
    ]


def _since(known: Known, now: datetime) -> Cue:
    if known.cases <= 1:
        return Cue("First contact", "We have not met before: there is no second chance for this one.")
    span = now - known.first_wrote_at
    if span >= timedelta(days=365):
        years = span.days // 365
        time = f"{years} year{'' if years == 1 else 's'}"
    elif span >= timedelta(days=60):
        time = f"{span.days // 30} months"
    else:
        time = f"{max(1, span.days)} day{'' if span.days <= 1 else 's'}"
    return Cue("With us", f"For {time}; this is case {known.cases}.")
