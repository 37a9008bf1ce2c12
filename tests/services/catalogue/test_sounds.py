"""A word sounds the same in Bangla, in Latin letters and with a typist's slips."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalogue.sounds import likeness, sound, words


@pytest.mark.parametrize(
    ("bangla", "latin"),
    [
        ("জন্ম", "jonmo"),
        ("জন্ম", "jnmo"),
        ("সনদ", "sonod"),
        ("সনদ", "shonod"),
        ("ভাতা", "bhata"),
        ("ভাতা", "vata"),
        ("বিদ্যুৎ", "biddut"),
        ("খতিয়ান", "khotian"),
        ("নবায়ন", "nobayon"),
        ("ওয়ারিশ", "oarish"),
        ("সঞ্চয়পত্র", "sonchoypotro"),
        ("শিক্ষা", "shikkha"),
        ("লাইসেন্স", "licence"),
        ("সার্টিফিকেট", "certificate"),
        ("পাসপোর্ট", "passport"),
    ],
)
def test_both_scripts_share_their_consonants(bangla: str, latin: str) -> None:
    """The consonants are what everyone writes."""
    (one,), (other,) = words(bangla), words(latin)
    assert sound(one).consonants == sound(other).consonants
    assert likeness(sound(one), sound(other)) > 0.9


@pytest.mark.parametrize(("one", "other"), [("জন্ম", "মৃত্যু"), ("জমি", "নাম"), ("gas", "tax")])
def test_other_words_sound_otherwise(one: str, other: str) -> None:
    """Words of other meaning are told apart."""
    assert likeness(sound(words(one)[0]), sound(words(other)[0])) < 0.8


@given(st.text(max_size=12), st.text(max_size=12))
def test_likeness_is_mutual_and_bounded(one: str, other: str) -> None:
    """The order of comparing does not matter."""
    here, there = sound(one), sound(other)
    assert likeness(here, there) == pytest.approx(likeness(there, here))
    assert 0 <= likeness(here, there) <= 1
    assert likeness(here, here) == 1


def test_words_are_split_and_folded() -> None:
    """Punctuation and case go, digits are ASCII, য় stays inside its word."""
    assert words("NID-৬৪ (সময়)!") == ["nid", "64", "সম\u09df"]
