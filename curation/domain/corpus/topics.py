"""Topics: clusters of messages that are alike in meaning, with names, places on a map and thin spots.

Vectors have length 1, so a product is a cosine.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans, MiniBatchKMeans
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS
from sklearn.metrics import silhouette_score

from language_models.embedders.contract import Vectors

Numbers = NDArray[np.int64]

# Below this, clusters are chance.
FEWEST_MESSAGES = 20
FEWEST_TOPICS, MOST_TOPICS = 2, 150
# Up to here several numbers of topics are tried, and the clearest is kept.
TRIED_UP_TO = 2_000
SEED = 0
# A topic is thin where it holds less than this share of the median topic, or fewer messages than that.
THIN_SHARE = 0.25
THIN_MESSAGES = 5
NAME_WORDS = 3
TOPIC_WORDS = 10
# Words of one or two letters, and numbers alone, name nothing.
_WORD = re.compile(r"(?<![\w'’])[^\W\d_]\w{2,}")
# What the list of common words lacks, and what is left of "doesn't" and "I've".
_COMMON = ENGLISH_STOP_WORDS | {"does", "did", "doing", "don", "doesn", "didn", "isn", "that", "let"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Clustering:
    """Centres of length 1, shape (topics, dimension), and their places on a map, shape (topics, 2), in [−1, 1]."""

    centres: Vectors
    places: NDArray[np.float64]


def find_clusters(vectors: Vectors) -> Clustering | None:
    """Cluster a sample of vectors; None where there are too few. The same vectors give the same clusters."""
    if len(vectors) < FEWEST_MESSAGES:
        return None
    centres = _clearest(vectors) if len(vectors) <= TRIED_UP_TO else _mini_batch(vectors)
    centres = centres[np.linalg.norm(centres, axis=1) > 0]
    centres = (centres / np.linalg.norm(centres, axis=1, keepdims=True)).astype(np.float32)
    return Clustering(centres=centres, places=_places(vectors, centres))


def topic_number(messages: int) -> int:
    """Return how many topics so many messages are divided into: the root of half their number, at most 150."""
    return int(min(MOST_TOPICS, max(FEWEST_TOPICS, round((messages / 2) ** 0.5))))


def _clearest(vectors: Vectors) -> Vectors:
    """Return the centres of the number of topics with the best silhouette among a few."""
    middle = topic_number(len(vectors))
    numbers = sorted({max(FEWEST_TOPICS, round(middle * share)) for share in (0.5, 0.75, 1.0, 1.5)})
    fits = [KMeans(n_clusters=number, n_init=4, random_state=SEED).fit(vectors) for number in numbers]
    return np.asarray(max(fits, key=lambda fit: _clearness(vectors, fit.labels_)).cluster_centers_)


def _clearness(vectors: Vectors, labels: Numbers) -> float:
    if not 1 < len(set(labels.tolist())) < len(vectors):
        return -1.0
    return float(silhouette_score(vectors, labels, metric="cosine", sample_size=1_000, random_state=SEED))


def _mini_batch(vectors: Vectors) -> Vectors:
    number = topic_number(len(vectors))
    fit = MiniBatchKMeans(n_clusters=number, n_init=3, batch_size=4_096, random_state=SEED).fit(vectors)
    return np.asarray(fit.cluster_centers_)


def _places(vectors: Vectors, centres: Vectors) -> NDArray[np.float64]:
    """Lay the centres on the two directions in which the messages differ most, farthest at 1."""
    places = PCA(n_components=2, random_state=SEED).fit(vectors).transform(centres)
    reach = np.abs(places).max()
    return np.asarray(places / reach if reach else places, dtype=np.float64)


def nearest_centres(vectors: Vectors, centres: Vectors) -> tuple[Numbers, NDArray[np.float32]]:
    """Return for each vector the number of its nearest centre, and the cosine to it."""
    cosines = vectors @ centres.T
    nearest = np.asarray(cosines.argmax(axis=1), dtype=np.int64)
    return nearest, cosines[np.arange(len(vectors)), nearest]


def topic_words(texts: Mapping[int, Sequence[str]]) -> dict[int, list[str]]:
    """Return the words that tell each topic from the others, best first.

    Class-based tf-idf (Grootendorst 2022, eq. 2): the share of a word in its topic times log(1 + A / f), with A the
    words of an average topic and f the word's count in all. A word counts once a message.
    """
    counts = {topic: _counted(of_topic) for topic, of_topic in texts.items()}
    overall: Counter[str] = Counter()
    for counted in counts.values():
        overall.update(counted)
    average = sum(overall.values()) / max(1, len(counts))
    return {topic: _telling(counted, overall, average) for topic, counted in counts.items()}


def _counted(texts: Sequence[str]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for text in texts:
        counted.update({word.casefold() for word in _WORD.findall(text)} - _COMMON)
    return counted


def _telling(counted: Counter[str], overall: Counter[str], average: float) -> list[str]:
    total = sum(counted.values())
    weights = {
        word: count / total * float(np.log1p(average / overall[word])) for word, count in counted.items()
    }
    # Equal weights go by the alphabet, so that the same texts give the same names.
    return sorted(weights, key=lambda word: (-weights[word], word))[:TOPIC_WORDS]


def standing_words(words: Sequence[str], *, texts: Sequence[str]) -> list[str]:
    """Return those of a topic's words that its texts still hold, in their order."""
    held = _counted(texts)
    return [word for word in words if word in held]


def topic_names(words: Mapping[int, Sequence[str]]) -> dict[int, str]:
    """Name each topic by its first words; a topic without words by its number, and no two are named alike."""
    names: dict[int, str] = {}
    for topic, of_topic in words.items():
        name = " · ".join(of_topic[:NAME_WORDS])[:100]
        is_taken = not name or name in names.values()
        names[topic] = f"{name} {topic + 1}".strip() if is_taken else name
    return names


def thin_topics(message_counts: Sequence[int]) -> list[bool]:
    """Say which topics are thin: fewer than 5 messages, or less than a quarter of the median topic's."""
    if not message_counts:
        return []
    limit = max(THIN_MESSAGES, THIN_SHARE * median(message_counts))
    return [count < limit for count in message_counts]
