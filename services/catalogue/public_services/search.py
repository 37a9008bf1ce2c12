"""Search for public services in memory.

A service is indexed by phrases: its names, everyday words, life events, agency, category and
documents. A query is compared with every phrase word by word, by phonetic key.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from services.catalogue.public_services.phonetics import (
    PhoneticKey,
    phonetic_key,
    similarity,
    words,
)
from services.catalogue.public_services.rules import PublicService

QUERY_MAX_CHARS: Final = 200
QUERY_MAX_WORDS: Final = 12

_CACHED_WORDS: Final = 5_000  # comparing words takes two thirds of a search, and words repeat

_FOLDER: Final = Path(__file__).parents[1] / "reference"

# Weights of phrases. Many services need the same document, so a document has a low weight.
_NAME, _EVERYDAY, _EVENT, _AGENCY, _CATEGORY, _DOCUMENT = 1.0, 0.95, 0.75, 0.5, 0.4, 0.25
_EVENT_STEP = 0.02  # a life event lists its services by frequency of need
_MIN_SIMILARITY = 0.82  # below it, words are similar by chance
_MIN_SCORE = 0.40  # below it, no result is better than a wrong one
_SHARE_OF_QUERY = 0.7  # of a phrase's score; the rest is the share of the phrase that matches
_SHARE_OF_BEST = 0.6  # of a service's score; the rest is from all its phrases

# Stop words, which name no service. Folded by words() before use.
_STOPWORDS_TEXT: Final = """
    আমি আমার আমাদের আপনি একটা একটি এই ওই সেই কি কী কিভাবে কীভাবে কেমনে কোথায় কত কবে কেন জন্য থেকে সাথে
    ও এবং বা না নাই নেই আছে চাই দরকার লাগবে লাগে করব করবো করা করতে করার করি হবে হয় হয়ে হয়েছে গেছে গেছি
    দিয়ে দেওয়া নিতে পাওয়া পেতে যায় যাব নিয়ম উপায় বানাব বানাতে কাটব কাটা এর তে টা
    ami amar ekta ki kivabe kibhabe kothay koto jonno theke o ba na nai ase ache chai dorkar lagbe
    korbo korba kora korte korar kori hobe hoy hoye hoise geche gese
    diye nite pete jay jabo niyom banabo katbo er te ta
    a an the of to for in on at my me i is it and or how do can get want need with from by please
"""
_ENDINGS: Final = re.compile(
    "(?:(?<=..)(?:গুলোর|গুলো|দের|\u09dfের|এর|ের|তে|কে|র|ে"
    "|ি?\u09dfে(?:ছে|ছি|ছেন)?|ে(?:ছে|ছি|ছেন)|লাম)"  # also of verbs: হারিয়ে, হারিয়েছে
    "|(?<=...)(?:টির|টার|টি|টা))$"  # but মাটি is not মা
)
_LATIN_ENDINGS: Final = re.compile("(?<=...)(?:der|er|te|ke|ti|ta|ing|ed|es|s|e|r)$")


@dataclass(frozen=True, slots=True)
class _Phrase:
    weight: float
    keys: tuple[PhoneticKey, ...]


class SearchIndex:
    """A search index of public services; immutable."""

    def __init__(self, services: Sequence[PublicService]) -> None:
        self._phrases = {
            service.public_service_id: [
                _Phrase(weight, keys)
                for weight, text in _texts(service)
                if (keys := _keys_of(text))
            ]
            for service in services
        }
        self._rarity = _rarity(self._phrases.values())
        self._rarest = math.log(1 + len(services))
        self._near = lru_cache(maxsize=_CACHED_WORDS)(self._compare)

    def find(self, q: str, limit: int) -> list[str]:
        """Return the ids of at most `limit` services that match, best first.

        A query without a known word has no match. Characters after the 200th and words after the
        12th are ignored.
        """
        query_words = _without_stopwords(words(q[:QUERY_MAX_CHARS]))[:QUERY_MAX_WORDS]
        if not query_words:
            return []
        near = [self._near(_variants(word)) for word in query_words]
        importance = [self._importance(matches) for matches in near]
        scores = {
            known: self._score(phrases, near, importance)
            for known, phrases in self._phrases.items()
        }
        found = [known for known, score in scores.items() if score >= _MIN_SCORE]
        return sorted(found, key=lambda known: (-scores[known], known))[:limit]

    def _compare(self, variants: tuple[PhoneticKey, ...]) -> dict[PhoneticKey, float]:
        """Return the known words that sound similar to a query word, with the match from 0 to 1."""
        near: dict[PhoneticKey, float] = {}
        for known in self._rarity:
            match = max(similarity(variant, known) for variant in variants)
            if match >= _MIN_SIMILARITY:
                near[known] = match**3
        return near

    def _importance(self, matches: dict[PhoneticKey, float]) -> float:
        """Return the rarity of a query word's best match; an unknown word is the rarest."""
        if not matches:
            return self._rarest
        best = max(matches.values())
        return max(self._rarity[known] for known, match in matches.items() if match == best)

    def _score(
        self,
        phrases: Sequence[_Phrase],
        near: Sequence[dict[PhoneticKey, float]],
        importance: Sequence[float],
    ) -> float:
        best, of_all = 0.0, [0.0] * len(near)
        known = {s for matches in near for s in matches}
        for phrase in phrases:
            if known.isdisjoint(phrase.keys):
                continue
            of_words = [max((m.get(s, 0.0) for s in phrase.keys), default=0.0) for m in near]
            of_query = _mean(of_words, importance)
            of_keys = [max(m.get(s, 0.0) for m in near) for s in phrase.keys]
            of_phrase = _mean(of_keys, [self._rarity[s] for s in phrase.keys])
            score = _SHARE_OF_QUERY * of_query + (1 - _SHARE_OF_QUERY) * of_phrase
            best = max(best, phrase.weight * score)
            of_all = [max(m, phrase.weight * a) for m, a in zip(of_all, of_words, strict=True)]
        return _SHARE_OF_BEST * best + (1 - _SHARE_OF_BEST) * _mean(of_all, importance)


def _texts(service: PublicService) -> Iterator[tuple[float, str]]:
    """Return all phrases of a service with their weights."""
    yield _NAME, service.name_bn
    yield _NAME, service.name_en
    for text in _everyday_words().get(service.public_service_id, ()):
        yield _EVERYDAY, text
    for weight, text in _life_events().get(service.public_service_id, ()):
        yield weight, text
    yield _AGENCY, service.agency_en
    yield _CATEGORY, service.category
    for document in service.docs_bn:
        yield _DOCUMENT, document


@cache
def _everyday_words() -> dict[str, list[str]]:
    text = (_FOLDER / "everyday_words.json").read_text(encoding="utf-8")
    phrases: dict[str, list[str]] = json.loads(text)["public_services"]
    return phrases


@cache
def _life_events() -> dict[str, list[tuple[float, str]]]:
    """Return the phrases of life events with their weights, by service."""
    weighted: dict[str, list[tuple[float, str]]] = {}
    text = (_FOLDER / "life_events.json").read_text(encoding="utf-8")
    for event in json.loads(text)["rows"]:
        phrases = [event["name_bn"], event["name_en"], *event["said_bn"], *event["said_en"]]
        for rank, public_service_id in enumerate(event["public_services"]):
            weight = _EVENT - _EVENT_STEP * rank
            weighted.setdefault(public_service_id, []).extend(
                (weight, phrase) for phrase in phrases
            )
    return weighted


@cache
def _stopwords() -> frozenset[str]:
    return frozenset(words(_STOPWORDS_TEXT))


def _without_stopwords(query_words: Sequence[str]) -> list[str]:
    """Return the words without stop words, or all words if they are all stop words."""
    return [word for word in query_words if word not in _stopwords()] or list(query_words)


def _keys_of(text: str) -> tuple[PhoneticKey, ...]:
    keys = (phonetic_key(_stem(word)) for word in _without_stopwords(words(text)))
    return tuple(dict.fromkeys(keys))


def _variants(word: str) -> tuple[PhoneticKey, ...]:
    """Return the keys of a word with and without its ending."""
    return tuple({phonetic_key(word), phonetic_key(_stem(word))})


def _stem(word: str) -> str:
    return _LATIN_ENDINGS.sub("", _ENDINGS.sub("", word, count=1), count=1)


def _rarity(services: Collection[Sequence[_Phrase]]) -> dict[PhoneticKey, float]:
    """Return the rarity of every known word; it falls with the number of services that use it."""
    used = Counter(
        key
        for phrases in services
        for key in {s for phrase in phrases if phrase.weight > _DOCUMENT for s in phrase.keys}
    )
    everything = {s for phrases in services for phrase in phrases for s in phrase.keys}
    return {s: math.log(1 + len(services) / (1 + used[s])) for s in everything}


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return sum(v * w for v, w in zip(values, weights, strict=True)) / sum(weights)
