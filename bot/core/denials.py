"""What a brand's context says it is not: "we are the airline, not the river"."""

import re

_WORDS = "not nor never neither nicht kein\\w* pas niet geen non nem nie inte ikke не ні ليس\\w* לא δεν değil"
_NOT = rf"(?:\b(?:{'|'.join(_WORDS.split())})\b|n[’']t\b)"
_CLAUSE = r"[^,:;.!?…\n]*"
_OR = r"(?<!\w)(?:or|nor|oder|noch|ou|o|ni|of|eller|или|ani|ή)\s"
_SAID = r"\b(?:is|are|has|have|we|our|that|who)\b"
_TURNS = r"\s*(?:but|we|our|i|sondern|aber|wir|mais|nous|pero|sino|ma|noi|maar|wij|но|а|мы)\b"
_MORE = rf",(?=\s*the\b(?!{_CLAUSE}{_SAID})|{_CLAUSE}(?:,{_CLAUSE})?{_OR})(?!{_TURNS}){_CLAUSE}"
_DENIED = re.compile(rf"{_NOT}{_CLAUSE}(?:{_MORE})*", re.IGNORECASE)


def sides(context: str) -> tuple[str, str]:
    """A context in two: what the brand is, and what it says it is not.

    A list is denied to its end ("not the fruit, the colour, or Orange County"), known by its *the* or its *or*; of
    "not the river, an airline" only the river is.
    """
    return _DENIED.sub(" ", context), " ".join(_DENIED.findall(context))
