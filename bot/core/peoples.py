"""Names that are also what people and things of a country or a continent are called: "American", "Norwegian".

There a capital letter says nothing: "American cheese" has one as well as American, which lost a bag. What tells them
apart is what stands beside the name, as English has it. The words are facts; the list is ours.
"""

import re
from collections.abc import Collection

from bot.core.display import one_line
from bot.core.likeness import stem
from bot.core.ordinary import CUSTOMER_WORDS, STOP_WORDS

_PEOPLES = """
afghan african albanian algerian american andorran angolan arab arabian arabic argentine argentinian armenian asian
australian austrian azerbaijani bahraini bangladeshi basque bavarian belarusian belgian bolivian bosnian brazilian
breton british bulgarian burmese cambodian cameroonian canadian caribbean catalan chilean chinese colombian congolese
cornish croatian cuban cypriot czech danish dutch ecuadorian egyptian english estonian ethiopian european filipino
finnish flemish french gambian georgian german ghanaian greek haitian hawaiian hungarian icelandic indian indonesian
iranian iraqi irish israeli italian jamaican japanese jordanian kazakh kenyan korean kurdish kuwaiti latin latvian
lebanese liberian libyan lithuanian macedonian malay malaysian maltese mexican moldovan mongolian moroccan namibian
nepalese nepali nigerian nordic norwegian omani ottoman pakistani palestinian panamanian paraguayan persian peruvian
polish portuguese qatari romanian roman russian rwandan saudi scandinavian scottish senegalese serbian siberian
sicilian singaporean slovak slovenian somali spanish sudanese swedish swiss syrian taiwanese tanzanian texan thai
tibetan tunisian turkish ugandan ukrainian uruguayan venezuelan vietnamese welsh yemeni zimbabwean
"""
PEOPLES: frozenset[str] = frozenset(_PEOPLES.split())
"""Such words, in small letters."""

BARE, BESIDE = 0.6, 0.3
"""How likely the name is a company's where it stands by itself, and where it qualifies a word or is counted."""

_WORD = re.compile(r"[^\W_]+")
_STANDS_BEFORE = """
a an all every each some many most more no not fellow average real true young old great proud black white us
native african asian latin north south central anti pro non speak speaks speaking born am im is are was were be being as
"""
_BEFORE = frozenset(_STANDS_BEFORE.split())
_COUNTED = frozenset(("people", "person"))
_TRADES = "air airline airlines airways bank energy gas insurance mobile telecom http https www rt via"
_BY_ITSELF = STOP_WORDS | CUSTOMER_WORDS | frozenset(_TRADES.split())
_OWN = re.compile(r"['’]s?\s")


def of_a_people(text: str, start: int, end: int, plural: bool, ours: Collection[str]) -> tuple[float, str]:
    """How likely a name at [start, end) that is in `PEOPLES` is a company's, and why in words.

    `ours`: words (stems) that are the company's matter, its context's, beside those of any customer.
    """
    before = _WORD.findall(text[max(0, start - 24) : start].lower())
    rest = text[end : end + 24]
    after = _WORD.match(rest.lstrip(" -").lower()) if not _OWN.match(rest) else None
    word = after.group() if after else ""
    if plural or (before and before[-1] in _BEFORE) or word in _COUNTED:
        return BESIDE, "also what people are called"
    if word and word not in _BY_ITSELF and stem(word) not in ours:
        return BESIDE, f"also where things are from, as in “{one_line(word, 30)}”"
    return BARE, "also where people and things are from"
