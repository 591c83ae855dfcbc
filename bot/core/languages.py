"""Languages by their English names, as agents read them beside a post. Source: ISO 639-1."""

from collections.abc import Collection

_NAMES = {
    "ar": "Arabic", "bg": "Bulgarian", "bn": "Bengali", "ca": "Catalan", "cs": "Czech", "da": "Danish",
    "de": "German", "el": "Greek", "en": "English", "es": "Spanish", "et": "Estonian", "fa": "Persian",
    "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian",
    "id": "Indonesian", "it": "Italian", "ja": "Japanese", "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian",
    "ms": "Malay", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese", "ro": "Romanian",
    "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sr": "Serbian", "sv": "Swedish", "ta": "Tamil",
    "te": "Telugu", "th": "Thai", "tl": "Tagalog", "tr": "Turkish", "uk": "Ukrainian", "ur": "Urdu",
    "vi": "Vietnamese", "zh": "Chinese",
    "af": "Afrikaans", "am": "Amharic", "az": "Azerbaijani", "be": "Belarusian", "bs": "Bosnian", "cy": "Welsh",
    "eo": "Esperanto", "eu": "Basque", "fo": "Faroese", "ga": "Irish", "gl": "Galician", "gu": "Gujarati",
    "hy": "Armenian", "is": "Icelandic", "ka": "Georgian", "kk": "Kazakh", "km": "Khmer", "kn": "Kannada",
    "ku": "Kurdish", "ky": "Kyrgyz", "lb": "Luxembourgish", "lo": "Lao", "mk": "Macedonian", "ml": "Malayalam",
    "mn": "Mongolian", "mr": "Marathi", "mt": "Maltese", "my": "Burmese", "ne": "Nepali", "or": "Odia",
    "pa": "Punjabi", "ps": "Pashto", "si": "Sinhala", "so": "Somali", "sq": "Albanian", "sw": "Swahili",
    "ti": "Tigrinya", "uz": "Uzbek", "xh": "Xhosa", "zu": "Zulu",
}  # fmt: skip
_CODES = {name.casefold(): code for code, name in _NAMES.items()}
_SAME = {
    "nb": "no", "nn": "no", "iw": "he", "in": "id", "fil": "tl", "filipino": "tl", "farsi": "fa",
    "deutsch": "de", "français": "fr", "francais": "fr", "español": "es", "espanol": "es", "castellano": "es",
    "italiano": "it", "português": "pt", "portugues": "pt", "nederlands": "nl", "svenska": "sv", "norsk": "no",
    "dansk": "da", "suomi": "fi", "polski": "pl", "čeština": "cs", "magyar": "hu", "română": "ro", "türkçe": "tr",
    "русский": "ru", "українська": "uk", "ελληνικά": "el", "日本語": "ja", "中文": "zh", "한국어": "ko",
    "العربية": "ar",
}  # fmt: skip
"""What else people and platforms write for the same language, as somebody who answers in it understands it."""


def name_of(code: str | None) -> str:
    """A code as a name: "Spanish", of es-MX too; "another language" for what is unknown or has no name here."""
    return _NAMES.get(code_of(code), "another language")


def code_of(said: str | None) -> str:
    """The code of a language as people and platforms write it ("German", "de-AT", "DE"); empty where it is unknown."""
    word = " ".join((said or "").casefold().split())
    short = word.replace("_", "-").partition("-")[0]
    found = _SAME.get(word) or _SAME.get(short) or _CODES.get(word) or short
    return found if found in _NAMES else ""


def foreign(language: str | None, spoken: Collection[str]) -> str:
    """The code of the customer's language if it is known and not among those answered in; no list is any language."""
    code = code_of(language)
    return code if code and spoken and code not in spoken else ""


def listed(codes: Collection[str]) -> str:
    """Languages by name, in the order given: "English, German"."""
    return ", ".join(map(name_of, codes))
