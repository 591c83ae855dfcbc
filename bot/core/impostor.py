"""Accounts and links that pass for ours: told apart from the real ones by exact comparison, found by how they look."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from bot.core.brand import Brand
from bot.core.confusables import blurred
from bot.core.display import one_line
from bot.core.folding import invisible, skeleton, squeeze
from bot.core.links import Address, address_of, is_host

# What a false account adds to a name to be trusted. Nobody else has a reason to call themselves that.
_BAIT_WORDS = """
support supports supportteam supportdesk help helps helpdesk helpline helpcenter helpcentre helpteam care
cares customercare customerservice customersupport customerhelp service services serviceteam team desk
refund refunds claim claims claimsdesk official officials officialsupport real thereal verify verified
verification secure security login account accounts billing payment payments payout reply replies assist
assistance agent agents online complaints resolution compensation reward rewards giveaway bonus promo hq
live
"""
_BAITS: frozenset[str] = frozenset(_BAIT_WORDS.split())
_BAIT_LENGTHS = sorted({len(bait) for bait in _BAITS}, reverse=True)
_BLUESKY = ".bsky.social"
_NO_DOTS = frozenset(("x", "twitter"))
_LONG_LABEL = 6
_LONGEST_LABEL = 63
_SECOND_LEVELS = frozenset(("co", "com", "org", "net", "gov", "ac"))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an account or a link is to a brand: ours, or a mention of `term`, or nothing.

    `warning` says in words why it may be somebody passing for us.
    """

    ours: bool = False
    mentions: bool = False
    warning: str = ""
    term: str = ""


NOTHING = Verdict()


def look(word: str) -> str:
    """How a word looks to a hurried reader: the key accounts and host labels are compared by."""
    return blurred(squeeze(skeleton(word)))


def looks_in(word: str) -> Iterator[str]:
    """Looks a handle or label may remind of: itself, and itself without bait words or trailing digits."""
    yield look(word)
    for bare in _without_bait(squeeze(skeleton(word))):
        yield blurred(bare)


def _without_bait(key: str) -> Iterator[str]:
    stripped = key.rstrip("0123456789")
    if stripped != key and len(stripped) >= 3:
        yield stripped
    for length in _BAIT_LENGTHS:
        if len(stripped) < length + 3:
            continue
        if stripped[-length:] in _BAITS:
            yield stripped[:-length]
        if stripped[:length] in _BAITS:
            yield stripped[length:]


def _own_label(domain: str) -> str:
    """The label a domain is known by: the acme of acme.co.example."""
    labels = domain.split(".")[:-1]
    while len(labels) > 1 and labels[-1] in _SECOND_LEVELS:
        labels.pop()
    return labels[-1] if labels else domain


def _local(account: str) -> str:
    return account.split("@", 1)[0].removesuffix(_BLUESKY)


def _as_linked(account: str, platform: str) -> str:
    """What of `@acme.I-waited` is the account: on X a handle has no dot or hyphen; elsewhere only a host has."""
    plain = account.split("@", 1)[0]
    if platform in _NO_DOTS or ("@" not in account and not is_host(plain)):
        cut = re.match(r"[^.-]+", plain)
        baited = platform not in _NO_DOTS and squeeze(plain[cut.end() :] if cut else "") in _BAITS
        return cut.group() if cut and not baited else account
    return account


def _named(account: str) -> bool:
    """Does the handle say which server it lives on?"""
    return "@" in account or account.endswith(_BLUESKY)


def one_off(label: str) -> set[str]:
    """A host label and what is left of it with one letter gone: two labels one slip apart share a form."""
    return {label, *(label[:at] + label[at + 1 :] for at in range(min(len(label), _LONGEST_LABEL)))}


class Faces:
    """How one brand's names, accounts and addresses look; prepared once, then asked about accounts and links."""

    def __init__(self, brand: Brand) -> None:
        self.brand = brand
        self._own = {look(_local(handle)): handle for handle in sorted(brand.accounts())}
        self._names = {look(name): name for name in brand.called()}
        self._labels = {**self._names, **{look(label): label for label in map(_own_label, brand.domains)}}

    def reminders(self) -> set[str]:
        """Every look under which an account or a host label would remind of the brand; accounts of any length."""
        words = {**self._labels, **{look(tag): tag for tag in self.brand.hashtags}}
        return {key for key in words if len(key) >= 3} | set(self._own)

    def slip_reminders(self) -> set[str]:
        """Forms one slip away from our domains' labels and our handles, where they are too long for chance."""
        labels = (*map(_own_label, self.brand.domains), *map(_local, self.brand.accounts()))
        return {form for label in labels if len(label) >= _LONG_LABEL for form in one_off(label)}

    # ---- accounts

    def account(self, written: str, platform: str = "", *, trailing: str = "") -> Verdict:
        """What the account `written` (with or without @) is to the brand; `trailing` is the character after it."""
        plain = _as_linked(written.removeprefix("@").removeprefix("\uff20").lower(), platform)
        hidden = any(map(invisible, plain + trailing))
        shown = one_line(plain, 80)
        if self._is_ours(plain, platform):
            warning = f"an invisible character is glued to @{shown}" if hidden else ""
            return Verdict(True, True, warning, f"@{plain}")
        return self._stranger(plain, shown, hidden)

    def _is_ours(self, plain: str, platform: str) -> bool:
        """One of our accounts, or equal but for the server where only one of the two names it.

        A domain as handle is verified by its platform, so our domain is our account.
        """
        return plain in self.brand.domains or any(
            plain == own or (_named(plain) != _named(own) and _local(plain) == _local(own))
            for own in self.brand.accounts(platform)
        )

    def _stranger(self, plain: str, shown: str, hidden: bool) -> Verdict:
        local = _local(plain)
        key, exact = look(local), squeeze(skeleton(local))
        if key in self._own:
            own = self._own[key]
            ours_elsewhere = plain in self.brand.accounts()
            return Verdict(mentions=True, warning="" if ours_elsewhere else _likeness(shown, own, hidden), term=own)
        if key in self._names:
            name = self._names[key]
            drawn = exact != squeeze(skeleton(name)) or hidden
            return Verdict(mentions=True, warning=f"@{shown} is drawn like “{name}”" if drawn else "", term=name)
        found = _baited(exact, {**self._names, **self._own})
        if not found:
            return self._nearly(local, shown)
        warning = f"@{shown} adds to our name “{found}” and is not our account"
        return Verdict(mentions=True, warning=warning, term=found)

    def _nearly(self, local: str, shown: str) -> Verdict:
        """One slip away from a long handle of ours: a customer's finger, or somebody counting on it."""
        own = next(
            (own for own in self._own.values() if len(_local(own)) >= _LONG_LABEL and _off(local, _local(own))), ""
        )
        return Verdict(mentions=True, warning=f"@{shown} is nearly @{own}", term=own) if own else NOTHING

    def author(self, handle: str, name: str, platform: str = "") -> str | None:
        """Why this author may be somebody passing for the brand; None for our own accounts and everybody else."""
        verdict = self.account(handle, platform) if handle else NOTHING
        if verdict.ours or verdict.warning:
            return verdict.warning or None
        shown = squeeze(skeleton(name))
        if not {blurred(shown), *map(blurred, _without_bait(shown))} & {key for key in self._names if len(key) >= 3}:
            return None
        return f"@{one_line(handle, 80)} calls itself “{one_line(name, 80)}” and is not our account"

    # ---- links

    def link(self, written: str) -> Verdict:
        """What a link or host name, as written, is to the brand."""
        address = address_of(written)
        for domain in self.brand.domains:
            if _under(address.host, domain):
                return Verdict(ours=True, mentions=True, term=domain)
        for domain in self.brand.domains:
            trick = _posing(address, domain)
            if trick:
                warning = f"{trick}: the link goes to {one_line(address.host, 80)}, not {domain}"
                return Verdict(mentions=True, warning=warning, term=domain)
        labels = address.host.split(".")[:-1]
        return next((made for label in labels if (made := self._label(label, address.host)).mentions), NOTHING)

    def _label(self, label: str, host: str) -> Verdict:
        """A label of a foreign host: our name, or our name and a word that asks for trust."""
        exact = squeeze(skeleton(label))
        name = self._labels.get(look(label), "")
        if name and len(exact) >= 3:
            drawn = exact != squeeze(skeleton(name))
            return Verdict(
                mentions=True, warning=f"{one_line(host, 80)} is drawn like “{name}”" if drawn else "", term=name
            )
        found = _baited(exact, self._labels)
        if not found or exact[-1:].isdigit():
            return NOTHING
        return Verdict(mentions=True, warning=f"{one_line(host, 80)} adds to our name and is not ours", term=found)


def _likeness(plain: str, own: str, hidden: bool) -> str:
    if hidden:
        return f"@{plain} hides an invisible character in @{own}"
    if _local(plain) == _local(own):
        return f"@{plain} has our name on another server than @{own}"
    return f"@{plain} looks like @{own} and is another account"


def _baited(exact: str, known: Mapping[str, str]) -> str:
    """The name that `exact` is made of by adding a bait word; empty if it is not."""
    bare = (known.get(blurred(bare), "") for bare in _without_bait(exact) if len(bare) >= 3)
    return next(filter(None, bare), "")


def _under(host: str, domain: str) -> bool:
    return host == domain or host.endswith(f".{domain}")


def _posing(address: Address, domain: str) -> str:
    """In which way a link that is not ours shows our domain; empty if it does not."""
    plain = skeleton(address.host)
    if _bounded(address.claims, domain):
        return "our address stands before an @"
    if _under(plain, domain):
        return "letters are swapped for look-alikes"
    if f".{domain}." in f".{plain}.":
        return "our address is a sub-domain of another"
    if _bounded(skeleton(address.path), domain):
        return "our address stands in the path of another"
    if blurred(plain) == blurred(domain) or _near(plain, domain) or domain.replace(".", "-") in plain.split("."):
        return "the address is nearly ours"
    return ""


def _near(host: str, domain: str) -> bool:
    """One slip away from our domain, for names long enough that chance is out."""
    return len(_own_label(domain)) >= _LONG_LABEL and _off(host, domain)


def _off(one: str, other: str) -> bool:
    """Exactly one slip apart."""
    return OSA.distance(one, other, score_cutoff=1) == 1


def _bounded(text: str, domain: str) -> bool:
    at = text.find(domain)
    while at >= 0:
        end = at + len(domain)
        if not text[max(0, at - 1) : at].isalnum() and not text[end : end + 1].isalnum():
            return True
        at = text.find(domain, end)
    return False


def impostor(author_handle: str, name: str, brand: Brand, platform: str = "") -> str | None:
    """Why this author may be somebody passing for `brand`; None for our own accounts and everybody else.

    `name` is the display name. A display name alone warns only when it is our name, or our name and a bait word.
    """
    return Faces(brand).author(author_handle, name, platform)
