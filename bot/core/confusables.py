"""Characters that are drawn like Latin letters: the map behind skeletons, for comparing only, never for storing.

The idea is Unicode Technical Standard 39 (skeletons of confusable strings); the tables are our own, grouped by script,
each a row of look-alikes and the letters they pass for. What Unicode itself calls a compatibility form (full width,
mathematical, circled) is not here: normalisation takes care of those.
"""

from itertools import chain

# (script, look-alikes, letters). Case matters: capital Eta passes for H, small eta for n.
_ROWS: tuple[tuple[str, str, str], ...] = (
    ("Cyrillic capitals", "АВСЕНІЈКМОРԚЅТԜХҮУЗԌԀҺӀҪ", "abcehijkmopqstwxyy3gdhlc"),
    ("Cyrillic small", "авсԁеҽһіјкмнпоԛрѕтѵԝхуүѡґгӏҫҡѐђ", "abcdeehijkmhnoqpstvwxyywrrlckeh"),
    ("Greek capitals", "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹϺ", "abezhikmnoptyxcm"),
    ("Greek small", "αβεϵγικνορτυχωϲϳηςμ", "abeeyikvoptuxwcjncu"),
    ("Cherokee", "ᎪᏴᏟᏣᎠᎬᏀᎻᎥᎫᏦᏞᎷᏢᏒᎡᏚᎢᏙᎳᎩᏃᏎᏐᏔ", "abccdeghijklmprrstvwyz4sw"),
    ("Cherokee small", "ꭺᏼꮯꭰꭼꮐꮋꭵꭻꮶꮮꮇꮲꭱꮪꭲꮩꮃꭹꮓ", "abcdeghijklmprstvwyz"),
    ("Armenian", "ԼՏՕՍՅօսհցոքգեւյ", "lsousouhgnqqtij"),
    ("Coptic", "ⲀⲂⲤⲈⲎⲒⲔⲘⲚⲞⲢⲦⲨⲬⲁⲃⲥⲉⲏⲓⲕⲙⲛⲟⲣⲧⲩⲭ", "abcehikmnoptyxabcehikmnoptyx"),
    ("Lisu", "ꓮꓐꓚꓓꓰꓝꓖꓧꓲꓙꓗꓡꓟꓠꓳꓑꓣꓢꓔꓴꓦꓪꓫꓬꓜ", "abcdefghijklmnoprstuvwxyz"),
    ("Canadian syllabics", "ᗅᗩᗷᑕᑢᗞᗪᗴᖴᘜᕼᒍᒎᒪᗰᑎᑭᖇᔕᑌᐯᗯ᙭ᐱ", "aabccddefghjjlmnprsuvwxa"),
    ("Latin small capitals", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘǫʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz"),
    (
        "Latin, other shapes",
        "ɑɐƀɓƈɖɗɛǝɘɟɡɠɦɨɩıɭłɱɯɲŋɔɵρʠɹɾʂʃƭʈʉʋʌʍɣʐƶƒȷǥħŧ",
        "aabbcddeeefgghiiillmmnnoopqrrsfttuvvwyzzfjght",
    ),
    ("signs drawn as letters", "∀∂∈∃℮ℓ∩∪∨∧×¢€£¥₩ø", "adeeelnuvaxcelywo"),
    ("Thai, drawn as letters", "ค๒๔єฬคгเ๓ภ๏", "abdewariMno".lower()),
)

# The squared and circled white-on-black letters, and the regional indicators: alphabets Unicode does not normalise.
_ALPHABETS = (0x1F150, 0x1F170, 0x1F1E6)


def _pairs() -> dict[str, str]:
    rows = chain.from_iterable(zip(shapes, letters, strict=True) for _, shapes, letters in _ROWS)
    squares = ((chr(start + n), chr(ord("a") + n)) for start in _ALPHABETS for n in range(26))
    return dict(chain(squares, rows))


LOOKALIKES: dict[str, str] = _pairs()
"""Look-alike character → the small Latin letter (or digit) it passes for."""

STYLED: frozenset[str] = frozenset(
    chain.from_iterable(shapes for script, shapes, _ in _ROWS if script in ("Latin small capitals",))
) | frozenset("ǝɯɔ∀ɐɹʇʌʍ")
"""Letters that nobody types in earnest: small capitals and letters turned upside down."""

# Letter pairs that are read as one letter, and digits read as letters: only for comparing accounts and links.
_MERGED = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("nn", "m"))
_DIGITS = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b"})


def blurred(word: str) -> str:
    """A folded word as a hurried reader sees it: `rn` is m, 0 is o, 1 and i are l. For spotting impostors."""
    for pair, letter in _MERGED:
        word = word.replace(pair, letter)
    return word.translate(_DIGITS)
