"""What a crowd says: one cause in many people's wording, other complaints, and an ordinary week before."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

NAMES = ("Acme Parcels", "acme parcels", "Acme Parcels")
SINCE = ("since this morning", "since the update", "since ten o'clock", "for an hour now", "all morning", "again")
DEVICES = ("on my iphone", "on android", "on two phones", "on a pixel 8", "on my tablet", "at work and at home")
TAILS = (
    "awful", "and nobody answers", "worst app ever", "what a joke", "I need my parcel today", "please fix it",
    "I am so angry", "unbelievable", "how hard can it be", "my mother waits for her medicine", "I'm done with you",
    "fourth time this year", "this is ridiculous", "no answer on the hotline", "do you test anything?",
)  # fmt: skip
CAUSE = (
    "{us} app won't let me log in {since}, {tail}",
    "Can't log in to {us} {since}. {tail}",
    "{us} login is broken {device}, {tail}",
    "Anyone else locked out of {us}? {tail}",
    "The {us} app keeps saying wrong password. It is not wrong. {tail}",
    "{us} logged me out {since} and now I cannot get back in, {tail}",
    "Updated the {us} app and my account is gone, {tail}",
    "The password reset of {us} sends me in circles {device}. {tail}",
    "Stuck on the login screen of the {us} app {since}. {tail}",
    "{us}: sign in fails {device}. {tail}",
    "Third attempt to sign in to {us} today. Error, error, error. {tail}",
    "The new version of {us} throws an error when I log in {device}. {tail}",
    "Hey {us} your app thinks I don't exist, {tail}",
    "Login loop in the {us} app {device}. {tail}",
    "{us} just spins after I type my password {since}. {tail}",
    "My parcel is at the counter and {us} won't let me into my account to get the code. {tail}",
    "No access to my {us} account {since}, {tail}",
    "{us}: session expired, session expired, session expired. {tail}",
    "How do you ship an update that locks everybody out, {us}? {tail}",
    "{us} app says username or password incorrect. Same one for six years. {tail}",
    "Logging in at {us} gives me a blank screen {device}, {tail}",
    "{us} refuses my login {device}, the website too. {tail}",
    "Tried resetting, reinstalling, restarting. {us} still does not log me in. {tail}",
    "cant login {us} {since}!!! {tail}",
    "Is {us} authentication down? The code by text never arrives. {tail}",
    "The update of {us} kicks me out every time I open it {device}. {tail}",
    "{us} doesn't accept my fingerprint or my password {since}. {tail}",
    "Not able to get into {us} {device} {since}, {tail}",
)
OTHERS = (
    "{us} left my box in the rain, it is ruined and nobody answers",
    "{us} driver threw the vase over a fence and broke it, awful",
    "{us} lost my passport. Three weeks. Terrible",
    "{us} sends me adverts every night, stop it, I am angry",
    "Your hotline hung up on me twice, {us}, worst service",
    "Close my account already {us}, I asked four times, this is ridiculous",
    "{us} gave my present to the neighbour I hate, unbelievable",
    "No update on my parcel for nine days {us}, awful",
    "{us} app drains my battery in two hours, terrible",
    "The courier of {us} was rude to my grandmother, disgrace",
    "{us} wrote the wrong name on my invoice and will not correct it, terrible",
    "Charged extra for stairs by {us}, what a scam",
    "{us} delivered an empty carton. Empty! Worst ever",
    "The whole parcel from {us} smells of smoke, disgusting",
    "Their chat robot understands nothing, {us} you are useless",
    "{us} dropped my piano, six thousand euros, I am furious",
    "Six weeks for a claim form at {us}? Pathetic",
    "Two vans of {us} block our road every morning, awful neighbours",
    "The screen at the {us} counter in Leeds is smashed and sharp, dangerous and nobody cares",
    "Customs fee charged twice by {us}, I want my money back",
    "{us} said nobody was home. I was home. Liars",
    "Refund from {us} promised in May, it is autumn, terrible service",
    "{us} tracking says my parcel is in the sea, what a joke",
    "Your courier kicked my dog, {us}. I am so angry",
    "{us} shop in Porto closed an hour early, came for nothing, awful",
    "My wedding dress arrived torn, {us}, I am crying",
    "Paid {us} for express and got it in nine days, scam",
    "{us} keeps a photo of my passport, delete it, unacceptable",
    "The password for the guest wifi at {us} is a swear word, disgusting",
    "Cold food box from {us} arrived warm, all of it spoiled, terrible",
)
URGENT = "A van of {us} hit a child in Harbour Street and drove on. Ambulance is here. This is an emergency"
URGENT_IS = "Harbour Street"
BEFORE = (
    "{us} parcel came a day late again, annoying",
    "The {us} app is slow today, terrible",
    "{us} forgot my parcel, third time, awful",
    "Where is my refund {us}? Worst service",
    "{us} left a card though I was home, I am angry",
    "I had to log in twice to {us} to see my order, ridiculous",
    "The password rules of {us} are a joke, awful",
    "{us} hotline: forty minutes on hold, unacceptable",
    "Box from {us} arrived crushed, terrible",
    "{us} changed the account page and I find nothing, awful",
)
CALM = (
    "Sending a parcel with {us} tomorrow", "{us} opens a shop in Lyon", "Thanks {us}, quick as always",
    "The {us} app has a new icon", "Does {us} deliver on Saturdays?",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One person's post: when in seconds, in what words, where, and of what: "cause", "other" or "urgent"."""

    at_s: float
    text: str
    where: str
    kind: str


def filled(frame: str, chance: random.Random) -> str:
    """A frame in one person's words; some write all small."""
    words = frame.format(
        us=chance.choice(NAMES), since=chance.choice(SINCE), device=chance.choice(DEVICES), tail=chance.choice(TAILS)
    )
    return words.lower() if chance.random() < 0.3 else words


def crowd(many: int, over_s: float, seed: int = 7) -> list[Line]:
    """So many of one cause spread by chance over this time, each text once, and among them those of anything else."""
    chance = random.Random(seed)
    texts: dict[str, str] = {}
    while len(texts) < many:
        texts.setdefault(filled(CAUSE[len(texts) % len(CAUSE)], chance), "cause")
    texts |= {filled(frame, chance): "other" for frame in OTHERS}
    made = [Line(chance.uniform(0, over_s), text, _where(chance), kind) for text, kind in texts.items()]
    made.append(Line(over_s / 2, URGENT.format(us=NAMES[0]), "mastodon", "urgent"))
    return sorted(made, key=lambda line: line.at_s)


def _where(chance: random.Random) -> str:
    return chance.choices(("mastodon", "bluesky", "feed"), (6, 3, 1))[0]


def week(frames: Sequence[str], many: int, seed: int) -> list[str]:
    """So many ordinary posts."""
    chance = random.Random(seed)
    return [filled(chance.choice(frames), chance) for _ in range(many)]
