"""Search for public services in memory.

A service is indexed by phrases: its names, everyday words, life events, agency, category and
documents; a helpline by what people say who need it. A query is compared with every phrase word by
word, by phonetic key. Words written apart (জি ডি) or together (জন্মসনদ) are brought to known words
before.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

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

_LONGEST_RUN: Final = 4  # words to join: বি এম ই টি
_SHORTEST_PART: Final = 3  # characters of a word that is split

_FOLDER: Final = Path(__file__).parents[1] / "reference"

# Weights of phrases. Many services need the same document, so a document has a low weight.
_NAME, _EVERYDAY, _EVENT, _AGENCY, _CATEGORY, _DOCUMENT = 1.0, 0.95, 0.75, 0.5, 0.4, 0.25
_EVENT_STEP = 0.02  # a life event lists its services by frequency of need
_MIN_SIMILARITY = 0.82  # below it, words are similar by chance
_UNKNOWN = 0.6  # importance of an unknown word, as a share of that of the rarest known word
_SHORT_WORD, _MIN_SIMILARITY_SHORT = 4, 0.87  # letters; many words are similar to a short one
_MIN_SCORE = 0.35  # below it, no result is better than a wrong one
_SURE_SCORE = 0.63  # below it, a result may not be what was meant
_OF_THE_BEST = 0.7  # a result with less than this share of the best score is left out
_SHARE_OF_QUERY = 0.7  # of a phrase's score; the rest is the share of the phrase that matches
_SHARE_OF_BEST = 0.6  # of a service's score; the rest is from all its phrases

# Stop words, which name no service. Folded by words() before use.
_STOPWORDS_TEXT: Final = """
    আমি আমার আমাদের আপনি একটা একটি এই ওই সেই কি কী কিভাবে কীভাবে কেমনে কোথায় কত কবে কেন জন্য থেকে সাথে
    ও এবং বা না নাই নেই আছে চাই দরকার লাগবে লাগে করব করবো করা করতে করার করি হবে হয় হয়ে হয়েছে গেছে গেছি
    দিয়ে দেওয়া নিতে পাওয়া পেতে যায় যাব নিয়ম উপায় বানাব বানাতে কাটব কাটা এর তে টা
    দিতে দিব দিবো দেব দেয় দিচ্ছে নিব নিবো নিয়ে নেয় পাব পাবো পাই পারি পারব
    যেতে হতে হব হবো হলে গেলে করে করেছে করবেন করাতে চায় চাচ্ছি
    লাগব লাগবো আমাকে আমরা তার কে কেউ কোন এখন ভাই অনলাইন অনলাইনে
    করুম করমু হমু হইছে হইসে হইতে হইলে দিমু দিছে দিসে নিমু যামু পামু কাটুম লাগামু
    আমারে আমাগো নিয়া হইয়া কইরা গেসে ক্যামনে
    ami amar ekta ki kivabe kibhabe kothay koto jonno theke o ba na nai ase ache chai dorkar lagbe
    korbo korba kora korte korar kori hobe hoy hoye hoise geche gese
    diye nite pete jay jabo niyom banabo katbo er te ta
    dite dibo debo dimu dey nibo pabo pai pari jete hote hobo hole gele kore
    chay lagbo amake kemne online
    a an the of to for in on at my me i is it and or how do can get want need with from by please
"""
_ENDINGS: Final = re.compile(
    "(?:(?<=..)(?:গুলোর|গুলো|দের|\u09dfের|এর|ের|তে|কে|র|ে"
    "|ি?\u09dfে(?:ছে|ছি|ছেন)?|ে(?:ছে|ছি|ছেন)|লাম)"  # also of verbs: হারিয়ে, হারিয়েছে
    "|(?<=...)(?:টির|টার|টি|টা))$"  # but মাটি is not মা
)
_LATIN_ENDINGS: Final = re.compile("(?<=...)(?:der|er|te|ke|ti|ta|ing|ed|es|s|e|r)$")


class Match(NamedTuple):
    """A public service or a helpline that matches a query.

    Args:
        key: a service's id, or a helpline's number.
        score: from 0 to 1.
    """

    key: str
    score: float

    @property
    def weak(self) -> bool:
        """Whether something else may be meant."""
        return self.score < _SURE_SCORE


@dataclass(frozen=True, slots=True)
class _Phrase:
    weight: float
    keys: tuple[PhoneticKey, ...]


class SearchIndex:
    """A search index of public services and helplines; immutable.

    Args:
        helplines: what people say who need a helpline, by its number.
    """

    def __init__(
        self,
        services: Sequence[PublicService],
        helplines: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> None:
        texts = {service.public_service_id: list(_texts(service)) for service in services}
        texts |= {
            number: [(_EVERYDAY, text) for text in said] for number, said in helplines.items()
        }
        self._helplines = frozenset(helplines)
        self._phrases = {
            key: [_Phrase(weight, keys) for weight, text in of_key if (keys := _keys_of(text))]
            for key, of_key in texts.items()
        }
        self._rarity = _rarity(self._phrases.values())
        self._of_unknown = _UNKNOWN * math.log(1 + len(texts))
        self._stems = {
            phonetic_key(form): phonetic_key(_stem(word))
            for of_key in texts.values()
            for _, text in of_key
            for word in words(text)
            for form in (_stem(word), word)
            if phonetic_key(_stem(word)) in self._rarity
        }
        self._near = lru_cache(maxsize=_CACHED_WORDS)(self._compare)

    def find(self, q: str, limit: int) -> list[Match]:
        """Return at most `limit` services and helplines that match, best first.

        A query without a known word has no match. Characters after the 200th and words after the
        12th are ignored.
        """
        query_words = words(q[:QUERY_MAX_CHARS])
        query_words = self._known_words(query_words[:QUERY_MAX_WORDS])
        query_words = _without_stopwords(query_words)
        if not query_words or not self._phrases:
            return []
        near = [self._near(_variants(word)) for word in query_words]
        importance = [self._importance(matches) for matches in near]
        said = {key for matches in near for key in matches if _is_said(key, matches[key])}
        matches = [
            Match(key, self._score(phrases, near, importance))
            for key, phrases in self._phrases.items()
            if key not in self._helplines or any(not said.isdisjoint(p.keys) for p in phrases)
        ]
        least = max(_MIN_SCORE, _OF_THE_BEST * max((match.score for match in matches), default=0.0))
        found = [match for match in matches if match.score >= least]
        return sorted(found, key=lambda match: (-match.score, match.key))[:limit]

    def _known_words(self, query_words: Sequence[str]) -> list[str]:
        """Return the words of a query, written together or apart as the index has them."""
        brought: list[str] = []
        at = 0
        while at < len(query_words):
            for end in range(min(at + _LONGEST_RUN, len(query_words)), at + 1, -1):
                joined = "".join(query_words[at:end])
                if self._knows(joined):
                    brought.append(joined)
                    break
            else:
                end = at + 1
                brought.extend(self._split(query_words[at]))
            at = end
        return brought

    def _split(self, word: str) -> Sequence[str]:
        """Return the two known words that an unknown one consists of, or the word."""
        if word in _stopwords() or self._knows(word):
            return (word,)
        for at in range(_SHORTEST_PART, len(word) - _SHORTEST_PART + 1):
            if phonetic_key(word[:at]) in self._stems and self._knows(word[at:]):
                return word[:at], word[at:]
        return (word,)

    def _knows(self, word: str) -> bool:
        return any(variant in self._stems for variant in _variants(word))

    def _compare(self, variants: tuple[PhoneticKey, ...]) -> dict[PhoneticKey, float]:
        """Return the known words that sound similar to a query word, with the match from 0 to 1."""
        near = {self._stems[variant]: 1.0 for variant in variants if variant in self._stems}
        for word in self._rarity:
            match = max(similarity(variant, word) for variant in variants)
            if match >= (
                _MIN_SIMILARITY_SHORT if len(word.full) <= _SHORT_WORD else _MIN_SIMILARITY
            ):
                near[word] = max(match**3, near.get(word, 0.0))
        return near

    def _importance(self, matches: dict[PhoneticKey, float]) -> float:
        """Return the rarity of a query word's best match; an unknown word is rare."""
        if not matches:
            return self._of_unknown
        best = max(matches.values())
        return max(self._rarity[word] for word, match in matches.items() if match == best)

    def _score(
        self,
        phrases: Sequence[_Phrase],
        near: Sequence[dict[PhoneticKey, float]],
        importance: Sequence[float],
    ) -> float:
        best, of_all = 0.0, [0.0] * len(near)
        matched = {s for matches in near for s in matches}
        for phrase in phrases:
            if matched.isdisjoint(phrase.keys):
                continue
            of_words = [max((m.get(s, 0.0) for s in phrase.keys), default=0.0) for m in near]
            of_query = _mean(of_words, importance)
            of_keys = [max(m.get(s, 0.0) for m in near) for s in phrase.keys]
            of_phrase = _mean(of_keys, [self._rarity[s] for s in phrase.keys])
            score = _SHARE_OF_QUERY * of_query + (1 - _SHARE_OF_QUERY) * of_phrase
            best = max(best, phrase.weight * score)
            of_all = [max(m, phrase.weight * a) for m, a in zip(of_all, of_words, strict=True)]
        return _SHARE_OF_BEST * best + (1 - _SHARE_OF_BEST) * _mean(of_all, importance)


def _is_said(key: PhoneticKey, match: float) -> bool:
    """Return whether a query has this word, and none that is only similar to it.

    A helpline needs one such word: who looks for "birth" is not asked about violence. Of a word
    with one letter left, such as "zzzz", nothing is known.
    """
    return match == 1.0 and len(key.full) > 1


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
