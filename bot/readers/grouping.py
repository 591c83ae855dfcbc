"""Groups posts by the words they share: TF-IDF, latent dimensions, k-means, all of scikit-learn, imported on first use.

The built-in reader's vectors were tried and are of no use here: they tell tones apart, not subjects (docs/reading.md).
"""

from collections.abc import Sequence

from bot.core.likeness import Subjects

DIMENSIONS = 60
SEED = 7
LARGEST, SMALLEST = 12, 2
POSTS_EACH = 25
"""Posts a group is expected to hold; the rest of the sum is up to what is kept of the groups."""


def groups(said: Sequence[Subjects]) -> list[int]:
    """A group's number for each post, -1 for one whose words nobody shares. The same posts are grouped the same."""
    from sklearn.cluster import KMeans
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.preprocessing import normalize

    shared = [sorted(words) for words in said]
    if len({word for words in shared for word in words}) <= SMALLEST or len(said) < POSTS_EACH:
        return [-1] * len(said)
    try:
        table = TfidfVectorizer(analyzer=list, min_df=3, max_df=0.5, sublinear_tf=True).fit_transform(shared)
    except ValueError:  # no word is shared by three
        return [-1] * len(said)
    filled = [at for at in range(table.shape[0]) if table[at].nnz]
    many = max(SMALLEST, min(LARGEST, len(filled) // POSTS_EACH))
    if len(filled) < many * 3 or table.shape[1] <= SMALLEST:
        return [-1] * len(said)
    reduced = TruncatedSVD(min(DIMENSIONS, table.shape[1] - 1), random_state=SEED).fit_transform(table[filled])
    labels = KMeans(many, n_init=3, random_state=SEED).fit_predict(normalize(reduced))
    found = [-1] * len(said)
    for at, label in zip(filled, labels, strict=True):
        found[at] = int(label)
    return found
