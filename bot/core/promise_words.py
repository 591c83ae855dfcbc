"""How promises are worded in seven languages: who commits, and to when. Data for core/promises.py.

Keys are written in small letters without accents, as core/promises.py folds them.
"""

# Somebody of us will do something. A sentence without one of these says when something was, not when it will be.
COMMITS = (
    # English
    r"\b(?:i|we|you|they|he|she|it|this|that|everything|money|refund|parcel|agent|colleague|team|somebody|someone)(?:'|’)?ll\b",
    r"\b(?:will|shall)\b(?! you)", r"\bgoing to\b", r"\b(?:i|we) (?:promise|guarantee|commit)\b", r"\bpromised?\b",
    r"\b(?:expect|give us|allow us)\b", r"\byou(?:'|’)?re getting\b",
    r"\b(?:i am|i'm|i’m|we are|we're|we’re|is|are) "
    r"(?:sending|calling|coming|refunding|replacing|shipping|fixing|checking|looking|writing|getting|posting|booking)\b",
    r"\b(?:i|we) (?:call|write|send|refund|get back|reply|fix|answer|ship|come|check|let you know)\b",
    r"\bhave (?:an answer|it|your|this|news|a reply)\b", r"\b(?:should|can) (?:arrive|have|be|reach)\b",
    r"\b(?:your|the|a|our|my) (?:refund|parcel|money|replacement|credit|driver|technician|engineer|colleague|manager) "
    r"(?:arrives|comes|calls|writes|leaves|reaches|goes out)\b",
    # German
    r"\b(?:wird|werde|werden|wirst|werdet|versprochen|verspreche|versprechen)\b",
    r"\b(?:melden?|schicken?|senden?|erstatten?|rufen?|rufe|antworten?|kommen?|bekommen|erhalten|klaren?|klare|liefern?|prufen?|prufe)\b",
    r"\b(?:sie|du|ihr) (?:horen|horst|hort)\b|\b(?:horen|horst|hort) (?:sie|du|ihr)\b",
    r"\bhaben (?:sie|wir) (?:bis|spatestens|innerhalb|binnen)\b",
    r"\b(?:bekommst|bekommt|erhaltst|erhalt|kommt|kummere|kummern|meldet|ruft)\b",
    # French
    r"\b\w+(?:erons|irons|rons|erai|irai|rai|era|ira|erez|irez|eront|iront|rez)\b",
    r"\b(?:vais|allons|va) \w+(?:er|ir|re)\b",
    r"\b(?:vous|te|t'|les?) (?:rembourse|rembourse?ons|recontacte|recontactons|envoie|envoyons|rappelle|rappelons)\b",
    # Spanish, Portuguese
    r"\b\w+(?:aremos|eremos|iremos|ara|era|ira|are|ere|ire|aran|eran|iran|aras|iras|dras|dra|dran|dre|emos|rei|rao)\b",
    r"\b(?:te|le|os|les) (?:llamo|escribo|respondo|contesto|devuelvo|envio|mando|aviso|contestamos|avisamos)\b",
    r"\b(?:vamos|voy|va) a \w+", r"\b(?:vamos|vou|vai) \w+(?:ar|er|ir)\b",
    r"\b(?:te|le|lhe|os|les) (?:enviamos|escribimos|llamamos|devolvemos|reembolsamos|enviamos|ligamos|respondemos)\b",
    # Italian
    r"\b\w+(?:eremo|iremo|remo|ero|iro|era|ira|erete|irete|erai|irai)\b",
    r"\b(?:ti|le|vi) (?:rimborsiamo|scriviamo|chiamiamo|inviamo|rispondiamo|contattiamo|ricontattiamo)\b",
    # Dutch
    r"\b(?:zullen|zal|gaan|beloven|beloofd|krijgt|krijg|ontvangt|hoort|bellen|sturen|betalen|mailen|laten)\b",
)  # fmt: skip

# What turns it round: nothing is promised.
DENIES = (
    r"\b(?:cannot|can't|can’t|can not|won't|won’t|unable|not able|not going to|will not|"
    r"may not|might|never|don't|don’t|no longer)\b",
    r"\b(?:nicht|nie|kein|keine|konnen wir leider)\b", r"\b(?:ne pouvons|n'avons|ne pourrons|ne peut)\b",
    r"\b(?:no podemos|no puedo|no es posible|nao podemos|nao e possivel)\b", r"\b(?:non possiamo|non e possibile)\b",
    r"\b(?:niet|geen)\b",
)  # fmt: skip

TODAY = (
    "today", "tonight", "this afternoon", "this evening", "this morning", "by the end of the day", "end of the day",
    "end of day", "eod", "by close of business", "close of business", "before the day is out",
    "heute", "heute abend", "heute noch", "bis heute abend", "aujourd'hui", "ce soir", "d'ici ce soir",
    "hoy", "hoy mismo", "esta tarde", "oggi", "stasera", "entro oggi", "hoje", "ainda hoje", "vandaag", "vanavond",
)  # fmt: skip
TOMORROW = ("tomorrow", "morgen", "demain", "manana", "domani", "amanha")
AFTER_TOMORROW = ("the day after tomorrow", "day after tomorrow", "ubermorgen", "apres-demain", "apres demain",
                  "pasado manana", "dopodomani", "depois de amanha", "overmorgen")  # fmt: skip
THIS_WEEK = ("this week", "end of the week", "end of this week", "by the weekend", "before the weekend",
             "vor dem wochenende", "diese woche", "ende der woche",
             "cette semaine", "fin de la semaine", "fin de semaine", "esta semana", "final de la semana",
             "questa settimana", "fine settimana", "fim da semana", "deze week", "eind van de week")  # fmt: skip
NEXT_WEEK = ("next week", "nachste woche", "nachster woche", "semaine prochaine", "proxima semana", "semana que viene",
             "prossima settimana", "settimana prossima", "semana que vem", "volgende week")  # fmt: skip

WEEKDAYS = (
    ("monday", "montag", "lundi", "lunes", "lunedi", "segunda-feira", "segunda", "maandag"),
    ("tuesday", "dienstag", "mardi", "martes", "martedi", "terca-feira", "terca", "dinsdag"),
    ("wednesday", "mittwoch", "mercredi", "miercoles", "mercoledi", "quarta-feira", "quarta", "woensdag"),
    ("thursday", "donnerstag", "jeudi", "jueves", "giovedi", "quinta-feira", "quinta", "donderdag"),
    ("friday", "freitag", "vendredi", "viernes", "venerdi", "sexta-feira", "sexta", "vrijdag"),
    ("saturday", "samstag", "sonnabend", "samedi", "sabado", "sabato", "zaterdag"),
    ("sunday", "sonntag", "dimanche", "domingo", "domenica", "zondag"),
)
# Before a day or an hour: until then, or then. Without one a weekday is only a day that is spoken of.
UNTIL = (
    "by", "until", "till", "before", "on", "this", "next", "no later than", "not later than", "at the latest on",
    "coming", "eod", "end of day", "end of day on", "cob", "close of business", "close of business on",
    "bis", "bis zum", "bis spatestens", "spatestens", "am", "vor", "kommenden", "nachsten",
    "avant", "d'ici", "d'ici a", "pour", "jusqu'a", "ce", "le", "antes del", "antes de", "para el", "hasta el", "el",
    "este",
    "entro", "entro il", "entro la", "prima di", "per", "ate", "na", "no", "ate a", "antes da", "voor", "uiterlijk",
    "op",
)  # fmt: skip

UNITS = {
    "minute": "minutes", "minutes": "minutes", "min": "minutes", "mins": "minutes", "minuten": "minutes",
    "minuto": "minutes", "minutos": "minutes", "minuti": "minutes", "minuut": "minutes",
    "hour": "hours", "hours": "hours", "hr": "hours", "hrs": "hours", "h": "hours", "stunde": "hours",
    "stunden": "hours", "std": "hours", "heure": "hours", "heures": "hours", "hora": "hours", "horas": "hours",
    "ora": "hours", "ore": "hours", "uur": "hours", "uren": "hours",
    "day": "days", "days": "days", "tag": "days", "tage": "days", "tagen": "days", "jour": "days", "jours": "days",
    "dia": "days", "dias": "days", "giorno": "days", "giorni": "days", "dag": "days", "dagen": "days",
    "business day": "working", "business days": "working", "working day": "working", "working days": "working",
    "werktag": "working", "werktage": "working", "werktagen": "working", "werkdag": "working", "werkdagen": "working",
    "jours ouvres": "working", "jours ouvrables": "working", "dias habiles": "working", "dias laborables": "working",
    "giorni lavorativi": "working", "dias uteis": "working",
    "week": "weeks", "weeks": "weeks", "woche": "weeks", "wochen": "weeks", "semaine": "weeks", "semaines": "weeks",
    "semana": "weeks", "semanas": "weeks", "settimana": "weeks", "settimane": "weeks", "weken": "weeks",
}  # fmt: skip
WITHIN = (
    "within the next", "within", "in the next", "in the coming", "inside", "in less than", "in under", "in at most",
    "in",
    "over the next", "no more than", "up to", "innerhalb von", "innerhalb der nachsten", "innerhalb", "binnen",
    "in den nachsten", "in der nachsten", "dans les prochaines", "dans les prochains", "dans les", "dans", "sous",
    "en moins de",
    "dentro de las proximas", "dentro de", "en las proximas", "en los proximos", "en menos de", "en un plazo de", "en",
    "entro le prossime", "nelle prossime", "nei prossimi", "tra", "fra", "entro", "nas proximas", "nos proximos",
    "em ate",
    "em menos de", "em", "binnen de", "in de komende", "over",
)  # fmt: skip
NUMBERS = {
    "a": 1, "an": 1, "the": 1, "one": 1, "two": 2, "a couple of": 2, "three": 3, "a few": 3, "four": 4, "five": 5,
    "six": 6,
    "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "twenty": 20, "thirty": 30, "half an": 0.5,
    "half a": 0.5,
    "einer": 1, "eine": 1, "einem": 1, "ein": 1, "zwei": 2, "drei": 3, "vier": 4, "funf": 5, "sechs": 6, "sieben": 7,
    "acht": 8,
    "einer halben": 0.5, "une": 1, "un": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "sept": 7, "huit": 8,
    "dix": 10,
    "una": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "siete": 7, "ocho": 8, "diez": 10, "media": 0.5,
    "due": 2, "tre": 3, "quattro": 4, "cinque": 5, "sei": 6, "mezz'": 0.5, "mezza": 0.5,
    "uma": 1, "dois": 2, "duas": 2, "quatro": 4, "seis": 6, "meia": 0.5,
    "een": 1, "twee": 2, "drie": 3, "vijf": 5, "een half": 0.5,
}  # fmt: skip
MONTHS = (
    ("january", "jan", "januar", "janvier", "enero", "gennaio", "janeiro", "januari"),
    ("february", "feb", "februar", "fevrier", "febrero", "febbraio", "fevereiro", "februari"),
    ("march", "mar", "marz", "mars", "marzo", "marco", "maart"),
    ("april", "apr", "avril", "abril", "aprile"),
    ("may", "mai", "mayo", "maggio", "maio", "mei"),
    ("june", "jun", "juni", "juin", "junio", "giugno", "junho"),
    ("july", "jul", "juli", "juillet", "julio", "luglio", "julho"),
    ("august", "aug", "aout", "agosto", "augustus"),
    ("september", "sep", "sept", "septembre", "septiembre", "settembre", "setembro"),
    ("october", "oct", "oktober", "octobre", "octubre", "ottobre", "outubro"),
    ("november", "nov", "novembre", "noviembre", "novembro"),
    ("december", "dec", "dezember", "decembre", "diciembre", "dicembre", "dezembro"),
)  # fmt: skip
