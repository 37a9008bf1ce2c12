import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalogue.public_services.phonetics import phonetic_key, similarity, words


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
def test_spellings_in_both_scripts_have_the_same_consonants(bangla: str, latin: str) -> None:
    """Both spellings of a word have the same consonants and are similar."""
    (one,), (other,) = words(bangla), words(latin)
    assert phonetic_key(one).consonants == phonetic_key(other).consonants
    assert similarity(phonetic_key(one), phonetic_key(other)) > 0.9


@pytest.mark.parametrize(("one", "other"), [("জন্ম", "মৃত্যু"), ("জমি", "নাম"), ("gas", "tax")])
def test_other_words_are_not_similar(one: str, other: str) -> None:
    """Words with other meanings are below the threshold of the search."""
    assert similarity(phonetic_key(words(one)[0]), phonetic_key(words(other)[0])) < 0.8


@given(st.text(max_size=12), st.text(max_size=12))
def test_similarity_is_symmetric_and_bounded(one: str, other: str) -> None:
    """The order of the words does not matter; the result is from 0 to 1."""
    here, there = phonetic_key(one), phonetic_key(other)
    assert similarity(here, there) == pytest.approx(similarity(there, here))
    assert 0 <= similarity(here, there) <= 1
    assert similarity(here, here) == 1


def test_words_are_split_and_folded() -> None:
    """Punctuation and case are dropped, digits are ASCII, য় stays in its word."""
    assert words("NID-৬৪ (সময়)!") == ["nid", "64", "সম\u09df"]
