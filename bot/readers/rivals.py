"""What people use today, as readers, so that the table has something to beat: VADER, and a linear model on words.

Both need packages of the extra `train`; neither is ever used to read posts.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bot.readers.normalise import normalise
from bot.readers.train_data import HEADS, examples
from bot.readers.types import ReaderUnavailable, Verdict

CLEAR = 0.05
"""VADER's own bounds of its compound score for a tone."""


class Vader:
    """Hutto & Gilbert 2014. It knows no complaints; a bad tone stands for one."""

    name = "VADER"
    version = "3"

    def __init__(self) -> None:
        try:
            from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
        except ImportError as error:
            raise ReaderUnavailable("VADER is not installed: pip install 'earshot-bot[train]'.") from error
        self._scores = SentimentIntensityAnalyzer().polarity_scores

    def read(self, texts: Sequence[str], languages: Sequence[str | None] | None = None) -> list[Verdict]:
        return [_from_compound(float(self._scores(text)["compound"])) for text in texts]


class Linear:
    """TF-IDF of words and word pairs with logistic regression, fitted here and now on the trainable sets."""

    name = "TF-IDF + LR"
    version = "1"

    def __init__(self, data: Path) -> None:
        try:
            from sklearn.feature_extraction.text import TfidfVectorizer
            from sklearn.linear_model import LogisticRegression
            from sklearn.pipeline import make_pipeline
        except ImportError as error:
            raise ReaderUnavailable("scikit-learn is not installed: pip install 'earshot-bot[train]'.") from error

        def fitted(head: str) -> Any:
            rows = list(examples(data, head, "train"))
            words = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
            model = make_pipeline(words, LogisticRegression(C=4.0, class_weight="balanced", max_iter=1000))
            return model.fit([row.text for row in rows], [row.label for row in rows])

        self._tone, self._complaint = fitted("sentiment"), fitted("complaint")

    def read(self, texts: Sequence[str], languages: Sequence[str | None] | None = None) -> list[Verdict]:
        plain = [normalise(text) for text in texts]
        tones, complaints = self._tone.predict_proba(plain), self._complaint.predict_proba(plain)
        return [_from_shares(tone, complaint[1]) for tone, complaint in zip(tones, complaints, strict=True)]


def rivals(data: Path) -> list[Vader | Linear]:
    """Those that can be had here. Raises ReaderUnavailable if a package is missing."""
    assert HEADS["sentiment"] == ("negative", "neutral", "positive")
    return [Vader(), Linear(data)]


def _from_shares(tone: Sequence[float], complaint: float) -> Verdict:
    negative, neutral, positive = (min(1.0, float(share)) for share in tone)
    return Verdict(negative, neutral, positive, complaint=min(1.0, float(complaint)))


def _from_compound(compound: float) -> Verdict:
    complaint = (1 - compound) / 2
    if abs(compound) < CLEAR:
        return Verdict(0.0, 1.0, 0.0, complaint=complaint)
    strength = 0.5 + abs(compound) / 2
    rest = 1 - strength
    return Verdict(strength, rest, 0.0, complaint) if compound < 0 else Verdict(0.0, rest, strength, complaint)
