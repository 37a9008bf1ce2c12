"""Phonetic keys: one spelling for Bangla, Bangla in Latin letters, and English.

People write জন্ম in Latin letters in many ways (jonmo, janma, jnmo), but the consonants are always
there. A word has two keys: its consonants, and its consonants with the vowels that both scripts
write.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import JaroWinkler

from libs.bangladesh.text import fold_for_search

_BANGLA = str.maketrans(
    dict(
        zip(
            "কখগঘচছজঝটঠতথডঢদধনপফবভমরলসহংঞ",
            "kkggccjjttttddddnppbbmrlshnn",
            strict=True,
        )
    )
    | dict(zip("আাইিউুএেওোঅ", "aaiiuueeooo", strict=True))
    | {"\u09df": "y", "ঐ": "oi", "ৈ": "oi", "ঔ": "ou", "ৌ": "ou"}
)
_GLIDE_W = re.compile("ও\u09df|উ\u09df")  # ওয়া, উয়া: pronounced wa
# English and romanised Bangla; the order matters. An h after a consonant is dropped.
_LATIN: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        ("tion|sion", "son"),
        ("^o(?=a)", "w"),
        ("chh?", "C"),
        ("ck|q", "k"),
        ("x", "ks"),
        ("c(?=[eiy])", "s"),
        ("c", "k"),
        ("C", "c"),
        ("z", "j"),
        ("[vw](?=[^aeiou]|$)", "b"),
        ("v", "b"),
        ("ph|f", "p"),
        ("(?<=[bcdgjkpst])h", ""),
        ("ng", "n"),
        ("ee", "i"),
        ("oo", "u"),
    )
)
_DOUBLED = re.compile(r"([a-z])\1+")
_LOST_VOWEL = re.compile("(?<=.)o")  # the inherent vowel, written o or not at all
_VOWELS = re.compile("[aeiouy]")
_WORDS = re.compile("[a-z0-9\u0980-\u09ff]+")


@dataclass(frozen=True, slots=True)
class PhoneticKey:
    """The two keys of a word."""

    full: str
    consonants: str


def words(text: str) -> list[str]:
    """Split text into words, folded by `fold_for_search`."""
    return _WORDS.findall(fold_for_search(text))


@lru_cache(maxsize=10_000)
def phonetic_key(word: str) -> PhoneticKey:
    """Return the keys of a folded word."""
    latin = word
    for pattern, to in _LATIN:
        latin = pattern.sub(to, latin)
    latin = _GLIDE_W.sub("w", latin).translate(_BANGLA)
    full = _LOST_VOWEL.sub("", _DOUBLED.sub(r"\1", latin))
    return PhoneticKey(full, _DOUBLED.sub(r"\1", _VOWELS.sub("", full)))


def similarity(word: PhoneticKey, other: PhoneticKey) -> float:
    """Return the similarity of two words in sound, from 0 to 1."""
    if word == other:
        return 1.0
    of_full = JaroWinkler.similarity(word.full, other.full)
    if len(word.consonants) < 2 or len(other.consonants) < 2:
        return of_full * 0.9
    return (of_full + JaroWinkler.similarity(word.consonants, other.consonants)) / 2
