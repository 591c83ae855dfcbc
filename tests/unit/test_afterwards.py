"""Good words after our answer are those that say it helped; politeness on the way is not won back."""

import pytest

from bot.core.afterwards import after_our_answer, leaving


@pytest.mark.parametrize(
    "text",
    [
        "That worked, you can close this. :)",
        "Restarting fixed it!",
        "My parcel has arrived, thank you so much!!",
        "All good now, cheers",
        "Thanks for your help, Lena.",
        "Thank you!",
        "You guys were great today.",
        "it's ok, sorted it out",
        "Refund is here. You are the best airline.",
        "Jetzt geht es: läuft wieder. Danke!",
        "Merci, c'est réglé",
        "Muchas gracias, ya está resuelto",
    ],
)
def test_solved_praised_or_thanked_stays_good(text: str) -> None:
    assert after_our_answer(text, "positive", complaint=False) == "positive"


@pytest.mark.parametrize(
    "text",
    [
        "Yes",
        "OK. Now what?",
        "Sent, thank you",
        "Thanks in advance!",
        "Just sent you a DM. Thanks :)",
        "Thank you, I will try that tonight",
        "Thanks for the quick reply",
        "Any update, Sophie? Thanks.",
        "Hopefully it helps 🙂",
        "It would be great if you called me",
        "Great that it has not worked yet",
        "Not yet but I will",
        "Danke, ich habe es gerade geschickt",
        "Gracias, espero su respuesta",
    ],
)
def test_politeness_on_the_way_is_neutral(text: str) -> None:
    assert after_our_answer(text, "positive", complaint=False) == "neutral"


def test_a_plain_word_that_it_works_is_good_whatever_its_tone() -> None:
    assert after_our_answer("Works again. Blame the update.", "neutral", complaint=False) == "positive"
    assert after_our_answer("Still not working", "neutral", complaint=False) == "neutral"
    assert after_our_answer("Nothing works here", "neutral", complaint=False) == "neutral"


@pytest.mark.parametrize("tone", ["negative", "neutral", "positive"])
def test_a_complaint_is_never_made_better(tone: str) -> None:
    assert after_our_answer("It worked for a day. Great.", tone, complaint=True) == tone


def test_anger_stays_anger() -> None:
    assert after_our_answer("Great, thanks for nothing, fixed my holiday alright", "negative", complaint=False) == (
        "negative"
    )


def test_words_that_are_gone_claim_nothing() -> None:
    assert after_our_answer("", "positive", complaint=False) == "neutral"


@pytest.mark.parametrize(
    "text",
    [
        "Never flying with you again.",
        "I'm done.",
        "Time to switch then",
        "please close my account",
        "I have cancelled our family subscription",
        "Nie wieder!",
    ],
)
def test_who_goes_elsewhere_says_so(text: str) -> None:
    assert leaving(text)


@pytest.mark.parametrize(
    "text",
    ["please cancel my taxi", "I switched to you last year", "they cancelled the order", "we are switching to you"],
)
def test_who_stays_is_not_said_to_leave(text: str) -> None:
    assert not leaving(text)


def test_a_very_long_post_is_judged_in_a_moment() -> None:
    assert after_our_answer("it worked not " * 50_000 + "never", "positive", complaint=False) == "positive"
    assert not leaving("never " * 50_000)
