"""Groups posts by the words they share: TF-IDF, latent dimensions and k-means of scikit-learn, in a process of its own.

scikit-learn takes 90 MB that a process does not give back, for a second's work once a day. The built-in reader's
vectors were tried and are of no use here: they tell tones apart, not subjects (docs/judging.md).
"""

import json
import subprocess
import sys
from collections.abc import Sequence

from bot.core.likeness import Subjects

DIMENSIONS = 60
SEED = 7
LARGEST, SMALLEST = 12, 2
LONGEST_S = 600
POSTS_EACH = 25
"""Posts a group is expected to hold; the rest of the sum is up to what is kept of the groups."""


class NotGrouped(RuntimeError):
    """The process that groups ended with an error; it is said in one line."""


def groups_apart(said: Sequence[Subjects]) -> list[int]:
    """What `groups` says, computed in a process that ends with it. Raises NotGrouped."""
    asked = json.dumps([sorted(words) for words in said])
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", __name__],
            input=asked,
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=True,
        )
    except subprocess.TimeoutExpired as error:
        raise NotGrouped(f"Grouping {len(said)} posts took longer than {LONGEST_S} s.") from error
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip().splitlines() or [f"it ended with {error.returncode}"])[-1]
        raise NotGrouped(f"Posts could not be grouped: {last}") from None  # the error carries the posts' words
    return [int(label) for label in json.loads(done.stdout)]


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


if __name__ == "__main__":
    json.dump(groups([frozenset(words) for words in json.load(sys.stdin)]), sys.stdout)
