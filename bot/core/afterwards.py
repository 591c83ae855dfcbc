"""What a customer's words after our answer say of it: that it helped, that they go on waiting, or that they leave.

A reader's tone alone does not tell: on real support threads 19 of 30 "positive" last words were "Sent and thank you",
"Yes", "Ok, now what?" (docs/judging.md). Good words are those that say it is solved, praise, or thank for more than the
reply, and that neither ask nor announce anything.
"""

import re
from typing import Literal

Sentiment = Literal["negative", "neutral", "positive"]


def _any(*words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", re.IGNORECASE)


_SOLVED = _any(
    r"(?:it|that|this|everything|all|app|restarting|which)?\s*(?:works?|worked)(?: now| again| fine| perfectly)?",
    r"working (?:now|again|fine|perfectly)",
    r"fixed|recovered|sorted(?: it| out)?|resolved|solved|resolve[sd] the (?:issue|problem)",
    r"all (?:good|set|sorted)|we(?:['’]re| are) good|good to go|no longer an? (?:issue|problem)",
    r"so far,? so good|so far no",
    r"found (?:it|each other|my \w+)|just (?:got here|arrived|came)|(?:has|have|finally|just) arrived|came back on",
    r"back (?:on|up|online|to normal)(?: again| now)?|got my (?:refund|money)|(?:been|was) refunded",
    r"(?:funktioniert|geht|läuft) (?:jetzt|wieder)|erledigt|gelöst|behoben|angekommen",
    r"(?:ça|cela) (?:marche|fonctionne)|résolu|réglé|bien reçu",
    r"(?:ya )?(?:funciona|está (?:resuelto|solucionado|arreglado))|solucionado|resuelto|ha llegado",
    r"(?:ora )?funziona|risolto|è arrivato|(?:já )?(?:funciona|funcionou)|resolvido|chegou|opgelost|werkt (?:nu|weer)",
)
_PRAISE = _any(
    r"great|awesome|amazing|excellent|fantastic|brilliant|perfect(?:ly)?|wonderful|super|superb|fab|fabulous",
    r"the best|love (?:you|it|this|that|your)|lovely|impressed|kudos|legends?|life ?saver|so (?:kind|nice|quick)",
    r"very (?:kind|nice|quick)|helpful|(?:so|very|super) (?:happy|excited|grateful|pleased)|relieved|made my day",
    r"good (?:job|work|service)|well done|top|klasse|prima|großartig|hervorragend|nett|génial|parfait|excellente?",
    r"bravo|super sympa|genial|perfecto|excelente|estupendo|ottimo|perfetto|gentilissim[oi]|bravi|ótimo|perfeito",
)
_THANKS = _any(
    r"thank ?(?:you|u)|thanks|thx|ty|cheers|much appreciated|danke|merci|gracias|grazie|obrigad[oa]|dank je",
)
_FOR_THE_REPLY = re.compile(
    r"thank\w*(?: you)?(?: so much)? for (?:the |your |a )?(?:quick |prompt |fast )?"
    r"(?:reply|replying|response|responding|info\w*|link|getting back|asking|checking)",
    re.IGNORECASE,
)
_WAITS = _any(
    r"yet|still|sent|sending|dm(?:ed|['’]?d|ing)?|messaged|direct message|inbox(?:ed)?|hope(?:fully)?|hoping",
    r"in advance|please|pls|let me know|waiting|wait|now what|any (?:update|news)|(?:i|we)['’]?ll|(?:i|we) will",
    r"will (?:try|do|check|take|send|report|call)|going to (?:try|call)|did it|done that|but",
    r"noch|gesendet|geschickt|hoffe|bitte|warte|encore|envoyé|j['’]espère|s['’]il vous|attends|todavía|aún|enviado",
    r"espero|por favor|ancora|inviato|spero|aspetto|ainda|aguardo|nog|gestuurd|hoop|wacht",
)
_NOT = re.compile(
    r"(?:n['’]t|\b(?:not|nothing|never|no(?! longer)|still|without|nicht|pas|non|não|niet|"
    r"would be|should|if|once|when|until|get|to be))\b(?:\W+\w+){0,3}\W*$",
    re.IGNORECASE,
)
_LEAVES = _any(
    r"never (?:\w+ ){0,4}again|last time (?:i|we)",
    r"(?:i['’]m|we['’]re|i am|we are) (?:done|leaving|out|switching(?! to you))",
    r"(?:time|going|have|had) to (?:switch|leave)|considering (?:switching|leaving)|switching to(?! you)",
    r"(?:cancel(?:l?ed|l?ing)?|close) (?:my|our|the) (?:\w+ )?(?:account|subscription|membership|contract)s?",
    r"take (?:my|our) (?:business|money) elsewhere|looking (?:around )?for (?:a )?(?:new|another)",
    r"nie wieder|kündige|wechsle|plus jamais|je (?:résilie|pars)|nunca más|me (?:voy|cambio)|mai più|disdico",
)


def after_our_answer(text: str, tone: Sentiment, complaint: bool) -> Sentiment:
    """The tone of a customer's later words as an answer to ours: `tone` as it was read, `complaint` if they are one.

    Only good words stay positive: solved, praise, or thanks that neither ask nor announce anything.
    """
    if tone == "negative" or complaint:
        return tone
    solved = _said(_SOLVED, text) and not _asks(text)
    if tone == "positive" and not solved:
        pleased = _said(_PRAISE, text) or (bool(_THANKS.search(text)) and not _FOR_THE_REPLY.search(text))
        return "positive" if pleased and not _asks(text) and not _WAITS.search(text) else "neutral"
    return "positive" if solved else tone


def leaving(text: str) -> bool:
    """Do they say that they go elsewhere? Asked of words that are not kind: kind ones may name a last time, too."""
    return bool(_LEAVES.search(text))


def _said(what: re.Pattern[str], text: str) -> bool:
    """Is it said, and not denied, wished or asked for in the words just before?"""
    return any(not _NOT.search(text[max(0, hit.start() - 60) : hit.start()]) for hit in what.finditer(text))


def _asks(text: str) -> bool:
    return "?" in text
