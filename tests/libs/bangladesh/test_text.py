"""Text has one normal form, however it was typed."""

import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.bangladesh import text as bangla
from libs.bangladesh.text import Malformed

NASTY = st.text(
    st.one_of(
        st.sampled_from("রযবন্ড়য়ণীূৃ়্ঁ০৯ \t\n\r\u200b\u200c\u200d\u200e\ufeff\u2066\u00a0\u00ad"),
        st.characters(),
    ),
    max_size=30,
)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  রহিমা\u00a0 খাতুন ", "রহিমা খাতুন"),
        ("জন্ম\u200cনিবন্ধন\ufeff", "জন্মনিবন্ধন"),
        ("\u202aনাম\u202c\u200f", "নাম"),
        ("র\u200d্যাব", "র\u200d্যাব"),
        ("ক\u200d্ষ", "ক্ষ"),
        ("র\u200b\u200d\u200d্য", "র\u200d্য"),
        ("ব\u09be\u09dcি", "ব\u09be\u09a1\u09bcি"),
        ("ক\u09c7\u09beন", "ক\u09cbন"),
        ("এক \r\n  দুই\t তিন", "এক\nদুই তিন"),
        ("ﬁ①", "ﬁ①"),
    ],
)
def test_text_that_looks_alike_is_normalised_alike(typed: str, kept: str) -> None:
    """Compositions, invisible characters and blanks make no difference; compatibility forms do."""
    assert bangla.normalise(typed) == kept


@given(NASTY)
def test_normalising_twice_changes_nothing(typed: str) -> None:
    """Normalised text is in NFC and stays the same."""
    once = bangla.normalise(typed)
    assert bangla.normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)


def test_removed_characters_are_not_printable() -> None:
    """So printable text can skip most of the normalisation."""
    printable = "".join(filter(str.isprintable, map(chr, range(sys.maxunicode + 1))))
    unread = unicodedata.normalize("NFC", printable.replace(" ", ""))
    assert bangla.normalise(f"{unread}\ufeff") == unread
    assert not bangla.has_forbidden(f"{unread}\n")
    assert not "\u200d".isprintable()


@pytest.mark.parametrize("typed", [" এক", "এক ", "এক  দুই", "ব\u09df", "ক\u09c7\u09be"])
def test_printable_text_is_normalised(typed: str) -> None:
    """Spaces and compositions are normalised in printable text, too."""
    assert bangla.normalise(typed) != typed
    assert bangla.normalise_form({"name": [typed]}) == {"name": [bangla.normalise(typed)]}


@given(st.integers(0, 10**18 - 1))
def test_a_number_reads_back_in_both_scripts(number: int) -> None:
    """Bangla and ASCII digits give the same number."""
    assert bangla.parse_int(bangla.bangla_digits(number)) == number
    assert bangla.parse_int(str(number)) == number


@pytest.mark.parametrize(
    "typed", ["", " 1", "+1", "-1", "1_0", "1.0", "١٢", "१२", "1২x", "²", "1" * 19]
)
def test_a_number_has_ascii_or_bangla_digits_only(typed: str) -> None:
    """Other text that Python's int() accepts is refused."""
    with pytest.raises(Malformed) as refused:
        bangla.parse_int(typed)
    assert refused.value.reason in {"not_digits", "too_long"}


def test_only_bangla_digits_become_ascii() -> None:
    """Digits of other scripts stay as they are."""
    assert bangla.ascii_digits("০১২৩৪৫৬৭৮৯ ٣ ३ a") == "0123456789 ٣ ३ a"


@pytest.mark.parametrize("bad", ["\x00", "\x1b", "\r", "\x7f", "\x85", "\ud800"])
def test_control_characters_are_refused(bad: str) -> None:
    """PostgreSQL or a terminal cannot handle them."""
    assert bangla.has_forbidden(f"a{bad}")
    assert not bangla.has_forbidden("এক\n\tদুই")
    assert bangla.blank_forbidden(f"a{bad}b\n\t") == "a b\n\t"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("নামজারী", "নামযারি"),
        ("জন্ম নিবন্ধণ", "জন্ম নিবন্ধন"),
        ("শনদ", "সনদ"),
        ("চাঁদপুর", "চাদপুর"),
        ("বাড়ি", "বারী"),
        ("বাংলা", "বাঙলা"),
        ("শিক্ষা", "শিখা"),
        ("র\u200d্যাব", "র\u09cd\u09afাব"),
        ("ব্যবসা", "ব\u09acসা"),
        ("৬৪ পাতা", "64 পাতা"),
        ("NID", "nid"),
        ("ভূমি", "ভুমি"),
        ("মৃত্যু", "ম্রিত্যু"),
    ],
)
def test_spellings_that_sound_alike_are_searched_alike(one: str, other: str) -> None:
    """Usual misspellings have the same search key."""
    assert bangla.fold_for_search(one) == bangla.fold_for_search(other)


def test_a_glide_is_not_a_consonant() -> None:
    """য় and য are different letters."""
    assert bangla.fold_for_search("সময়") != bangla.fold_for_search("সমজ")


@given(NASTY)
def test_a_search_key_is_stable(typed: str) -> None:
    """Folding a search key does not change it."""
    once = bangla.fold_for_search(typed)
    assert bangla.fold_for_search(once) == once


def test_all_texts_of_a_form_are_normalised() -> None:
    """Keys and other values do not change."""
    form: bangla.JSON = {"নাম": " ক  খ ", "b": [1, None, True, 2.5, {"c": "x\u200b"}]}
    assert bangla.normalise_form(form) == {"নাম": "ক খ", "b": [1, None, True, 2.5, {"c": "x"}]}


@pytest.mark.parametrize(
    ("form", "pointer", "reason"),
    [
        ({"a": [0, {"b/c~d": "x\x00"}]}, "/a/1/b~1c~0d", "control_character"),
        ({"a": {"k\x00": 1}}, "/a", "control_character"),
        ("\x00", "", "control_character"),
        ({"a": float("nan")}, "/a", "not_json"),
        ({"a": [10**18]}, "/a/0", "number_too_long"),
        ({"a": -1e30}, "/a", "number_too_long"),
        ({"a": b"x"}, "/a", "not_json"),
        ({1: "x"}, "", "not_json"),
    ],
)
def test_a_form_that_cannot_be_stored_names_the_place(
    form: bangla.JSON, pointer: str, reason: str
) -> None:
    """The pointer leads to the answer that is wrong."""
    with pytest.raises(Malformed) as refused:
        bangla.normalise_form(form)
    assert (refused.value.pointer, refused.value.reason) == (pointer, reason)
    assert str(refused.value).startswith(f"{pointer}:")


@pytest.mark.parametrize("levels", [bangla.MAX_DEPTH + 1, 10_000])
def test_deep_nesting_is_refused(levels: int) -> None:
    """It must not overflow the interpreter's stack."""
    form: bangla.JSON = "x"
    for level in range(levels):
        form = [form] if level % 2 else {"a": form}
    with pytest.raises(Malformed) as refused:
        bangla.normalise_form(form)
    assert refused.value.reason == "too_deep"


def test_nesting_up_to_the_limit_passes() -> None:
    """64 levels are accepted."""
    form = json.loads("[" * bangla.MAX_DEPTH + "]" * bangla.MAX_DEPTH)
    assert bangla.normalise_form(form) == form


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(codec="utf-8"), max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc/~"), inner),
    max_leaves=12,
)


@given(VALUES)
def test_a_normalised_form_can_be_stored(form: bangla.JSON) -> None:
    """A form is refused with a reason, or PostgreSQL can store it."""
    try:
        kept = bangla.normalise_form(form)
    except Malformed:
        return
    assert "\\u0000" not in json.dumps(kept)
    assert bangla.normalise_form(kept) == kept
