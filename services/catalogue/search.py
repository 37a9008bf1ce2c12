"""Finding a public service by whatever a person calls it: in memory, pure, no query language.

A service is a handful of phrases: its names, what people call it, the life events in which it is
needed, its agency, its documents. A query is compared with each phrase word by word, by sound.
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

from services.catalogue.domain import PublicService
from services.catalogue.sounds import Sound, likeness, sound, words

LONGEST_QUERY: Final = 200
MOST_WORDS: Final = 12

_WORDS_KEPT: Final = 5_000  # two thirds of a search is comparing its words, and words come again

_FOLDER: Final = Path(__file__).with_name("reference")

# How much a phrase says about what the person wants. A document is asked for by many services.
_NAME, _EVERYDAY, _EVENT, _AGENCY, _CATEGORY, _DOCUMENT = 1.0, 0.95, 0.75, 0.5, 0.4, 0.25
_EVENT_STEP = 0.02  # services of a life event are listed most often needed first
_LEAST_LIKENESS = 0.82  # below, two words only happen to share letters
_LEAST_SCORE = 0.40  # below, showing nothing is the more honest answer
_SHARE_OF_QUERY = 0.7  # of a phrase's score; the rest is how much of the phrase was said
_SHARE_OF_BEST = 0.6  # of a service's score; the rest is all its phrases together

# Words of asking, which name no service. Folded by words() before use.
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
    "(?<=..)(?:গুলোর|গুলো|দের|\u09dfের|এর|ের|তে|টির|টার|টি|টা|কে|রা|র|ে"
    "|ি?\u09dfে(?:ছে|ছি|ছেন)?|ে(?:ছে|ছি|ছেন)|লাম)$"  # and what was done: হারিয়ে, হারিয়েছে
)
_LATIN_ENDINGS: Final = re.compile("(?<=...)(?:der|er|te|ke|ti|ta|ing|ed|es|s|e|r)$")


@dataclass(frozen=True, slots=True)
class _Phrase:
    weight: float
    sounds: tuple[Sound, ...]


class SearchIndex:
    """Public services arranged for search; built once, then only read."""

    def __init__(self, services: Sequence[PublicService]) -> None:
        self._phrases = {
            service.public_service_id: [
                _Phrase(weight, heard)
                for weight, text in _texts(service)
                if (heard := _heard(text))
            ]
            for service in services
        }
        self._rarity = _rarity(self._phrases.values())
        self._rarest = math.log(1 + len(services))
        self._near = lru_cache(maxsize=_WORDS_KEPT)(self._compare)

    def find(self, q: str, limit: int) -> list[str]:
        """Return the ids of at most `limit` services that the query may mean, best first.

        Nothing comes back for a query without a known word, or when no service is near enough.
        Of a query longer than 200 characters or 12 words only the beginning is read.
        """
        asked = [_forms(word) for word in _telling(words(q[:LONGEST_QUERY]))[:MOST_WORDS]]
        if not asked:
            return []
        near = [self._near(forms) for forms in asked]
        importance = [self._importance(matches) for matches in near]
        scores = {
            known: self._score(phrases, near, importance)
            for known, phrases in self._phrases.items()
        }
        found = [known for known, score in scores.items() if score >= _LEAST_SCORE]
        return sorted(found, key=lambda known: (-scores[known], known))[:limit]

    def _compare(self, forms: tuple[Sound, ...]) -> dict[Sound, float]:
        """Return the known words that sound like a word asked for, and how much."""
        near: dict[Sound, float] = {}
        for known in self._rarity:
            alike = max(likeness(form, known) for form in forms)
            if alike >= _LEAST_LIKENESS:
                near[known] = alike**3
        return near

    def _importance(self, matches: dict[Sound, float]) -> float:
        """Rate a word asked for by the rarity of what it most likely means; unknown is rare."""
        if not matches:
            return self._rarest
        best = max(matches.values())
        return max(self._rarity[known] for known, alike in matches.items() if alike == best)

    def _score(
        self,
        phrases: Sequence[_Phrase],
        near: Sequence[dict[Sound, float]],
        importance: Sequence[float],
    ) -> float:
        best, heard = 0.0, [0.0] * len(near)
        known = {s for matches in near for s in matches}
        for phrase in phrases:
            if known.isdisjoint(phrase.sounds):
                continue
            alikes = [max((m.get(s, 0.0) for s in phrase.sounds), default=0.0) for m in near]
            of_query = _mean(alikes, importance)
            said = [max(m.get(s, 0.0) for m in near) for s in phrase.sounds]
            of_phrase = _mean(said, [self._rarity[s] for s in phrase.sounds])
            score = _SHARE_OF_QUERY * of_query + (1 - _SHARE_OF_QUERY) * of_phrase
            best = max(best, phrase.weight * score)
            heard = [max(h, phrase.weight * a) for h, a in zip(heard, alikes, strict=True)]
        return _SHARE_OF_BEST * best + (1 - _SHARE_OF_BEST) * _mean(heard, importance)


def _texts(service: PublicService) -> Iterator[tuple[float, str]]:
    """Return everything by which a service may be asked for, with its weight."""
    yield _NAME, service.name_bn
    yield _NAME, service.name_en
    for said in _everyday_words().get(service.public_service_id, ()):
        yield _EVERYDAY, said
    for weight, said in _life_events().get(service.public_service_id, ()):
        yield weight, said
    yield _AGENCY, service.agency_en
    yield _CATEGORY, service.category
    for document in service.docs_bn:
        yield _DOCUMENT, document


@cache
def _everyday_words() -> dict[str, list[str]]:
    text = (_FOLDER / "everyday_words.json").read_text(encoding="utf-8")
    said: dict[str, list[str]] = json.loads(text)["public_services"]
    return said


@cache
def _life_events() -> dict[str, list[tuple[float, str]]]:
    """Return what people say in each life event, under every service they then need."""
    said: dict[str, list[tuple[float, str]]] = {}
    text = (_FOLDER / "life_events.json").read_text(encoding="utf-8")
    for event in json.loads(text)["rows"]:
        phrases = [event["name_bn"], event["name_en"], *event["said_bn"], *event["said_en"]]
        for place, public_service_id in enumerate(event["public_services"]):
            weight = _EVENT - _EVENT_STEP * place
            said.setdefault(public_service_id, []).extend((weight, phrase) for phrase in phrases)
    return said


@cache
def _stopwords() -> frozenset[str]:
    return frozenset(words(_STOPWORDS_TEXT))


def _telling(asked: Sequence[str]) -> list[str]:
    """Drop the words of asking, unless nothing else was said."""
    return [word for word in asked if word not in _stopwords()] or list(asked)


def _heard(text: str) -> tuple[Sound, ...]:
    return tuple(dict.fromkeys(sound(_bare(word)) for word in _telling(words(text))))


def _forms(word: str) -> tuple[Sound, ...]:
    """Return the sounds of a word with and without its ending."""
    return tuple({sound(word), sound(_bare(word))})


def _bare(word: str) -> str:
    return _LATIN_ENDINGS.sub("", _ENDINGS.sub("", word, count=1), count=1)


def _rarity(services: Collection[Sequence[_Phrase]]) -> dict[Sound, float]:
    """Rate every known word: the fewer services use it, the more it tells."""
    used = Counter(
        heard
        for phrases in services
        for heard in {s for phrase in phrases if phrase.weight > _DOCUMENT for s in phrase.sounds}
    )
    everything = {s for phrases in services for phrase in phrases for s in phrase.sounds}
    return {s: math.log(1 + len(services) / (1 + used[s])) for s in everything}


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    return sum(v * w for v, w in zip(values, weights, strict=True)) / sum(weights)
