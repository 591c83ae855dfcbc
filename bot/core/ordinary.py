"""Words of everyday language: what a name must be told apart from. Read once from the lists beside this module."""

from functools import cache
from importlib.resources import files

from bot.core.folding import fold

# Words that carry no subject: left out when two texts are compared by what they talk about.
_EMPTY = """
a about after again all also am an and any are as at back be because been before being but by can could did do does
doing don dont down even ever for from get gets getting go goes going got had has have having he her here him his how
i if im in into is it its ive just know let like made make me more most much my never new no not now of off on one only
or other our out over own people really s said same say see she should so some still such t take than that the their
them then there these they thing things this those through to too today up us use very want was way we well were what
when where which while who why will with would year years yes you your yours

der die das und ist nicht ich sie wir mit von zu ein eine den dem auf für im
le la les des un une et est pas je vous nous que qui pour dans sur avec au du
el los las y es no yo que por para con una del en se lo mi su
il lo gli e non io che per con una di da
de het een en niet ik wij van met
o os as e não eu que por para com uma do da em
"""

STOP_WORDS: frozenset[str] = frozenset(fold(_EMPTY).split())

# What people talk about when they talk to or of a company. A sign that a name which is also a word means the company.
_CUSTOMER = """
account agent app appointment baggage bag bags bill billed billing boarding booked booking branch broken bug call
called cancel canceled cancelled card care cashier chat charge charged checkout claim clerk company complain
complaint contract coupon courier crash crashed crashes crew customer customers debit delay delayed deliver
delivered delivery deposit discount driver email employee employees fare fee fees flight flights fraud gate
helpdesk helpline hold hotel hotline install insurance internet invoice item items late login luggage manager menu
missing network offer online order ordered orders outage overcharged package parcel passenger password pay payment
phone plan policy prepaid price prices product products purchase purchased queue receipt refund refunded refunds
rebooked replacement reply reservation return returned returns scam seat server service shipment shipped shipping
shop site sizes staff stock store subscription support terminal ticket tickets tracking upgrade voucher waiter
warranty website wifi worker
bestellung lieferung kundenservice rechnung erstattung konto vertrag gepäck flug störung reklamation
commande livraison remboursement facture compte vol service colis panne réclamation
pedido entrega reembolso factura cuenta vuelo servicio queja reclamación equipaje cliente
ordine consegna rimborso fattura conto volo assistenza reclamo
encomenda reembolso fatura conta voo atendimento reclamação
bestelling levering terugbetaling rekening vlucht klantenservice klacht
"""

CUSTOMER_WORDS: frozenset[str] = frozenset(fold(_CUSTOMER).split())


@cache
def ordinary_words() -> frozenset[str]:
    """About 11,000 common English words, lower case (SCOWL sizes 10 and 20; notice in the file)."""
    return _read("ordinary.txt")


@cache
def known_words() -> frozenset[str]:
    """Those and some 25,000 further words and names of five letters and more (notices in known.txt).

    What stands here is no slip of something else. It does not make a name doubtful: for that the word must be common.
    """
    return ordinary_words() | _read("known.txt")


def _read(name: str) -> frozenset[str]:
    lines = files("bot.core").joinpath(name).read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
