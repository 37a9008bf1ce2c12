import json
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.catalogue.public_services import search
from services.catalogue.public_services.rules import PublicService, parse_reference
from services.catalogue.public_services.search import SearchIndex

REFERENCE = Path(search.__file__).parents[1] / "reference"
FIRST = 3

# Measured: 58 of 59 and 43 of 43. The everyday words were written from search-examples.jsonl.
# search-examples-second.jsonl is later; only one rule of phonetics.py (oa as wa) comes from it.
MIN_SHARES = {"search-examples.jsonl": 0.95, "search-examples-second.jsonl": 0.9}


@cache
def public_services() -> list[PublicService]:
    rows = json.loads((REFERENCE / "services.json").read_text(encoding="utf-8"))["rows"]
    return parse_reference(rows)


@cache
def index() -> SearchIndex:
    return SearchIndex(public_services())


@pytest.mark.parametrize("name", MIN_SHARES)
def test_the_right_service_is_among_the_first_three(name: str) -> None:
    """Enough examples have an expected service among the first three results; -rP shows them."""
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    examples = [json.loads(line) for line in lines]
    totals: Counter[str] = Counter(example["kind"] for example in examples)
    found: Counter[str] = Counter()
    for example in examples:
        result = index().find(example["query"], FIRST)
        hit = bool(set(result) & set(example["expect"])) if example["expect"] else not result
        found[example["kind"]] += hit
        if not hit:
            print(f"missed {example['kind']}: {example['query']} -> {result}")  # noqa: T201
    print({kind: f"{found[kind]}/{totals[kind]}" for kind in totals})  # noqa: T201
    total = sum(totals.values()) - totals["none"]
    share = (sum(found.values()) - found["none"]) / total
    print(f"{name}: {share:.1%} of {total}")  # noqa: T201
    assert share >= MIN_SHARES[name]


def test_every_service_is_found_by_its_own_names() -> None:
    """The official Bangla and English names find their service first."""
    for service in public_services():
        assert index().find(service.name_bn, 1) == [service.public_service_id]
        assert index().find(service.name_en, 1) == [service.public_service_id]


@pytest.mark.parametrize(("query", "first"), [("মা মারা গেছে", "S004"), ("মাটি পরীক্ষা", "S071")])
def test_a_short_word_keeps_what_looks_like_an_ending(query: str, first: str) -> None:
    """Soil (মাটি) and death (মারা) are not a mother (মা)."""
    assert index().find(query, 1) == [first]


@pytest.mark.parametrize(
    ("query", "first"),
    [("দোকানের কাগজ", "S010"), ("মোবাইল হারিয়ে গেছে", "S024"), ("ভোটার কার্ড হারিয়েছে", "S017")],
)
def test_what_people_say_finds_the_service_first(query: str, first: str) -> None:
    """Papers of a shop, a lost phone, a lost voter card: said so by somebody who tried the page."""
    assert index().find(query, 1) == [first]


def test_every_service_has_everyday_words() -> None:
    """Every service has phrases beside its official name."""
    words = json.loads((REFERENCE / "everyday_words.json").read_text(encoding="utf-8"))
    assert set(words["public_services"]) == {s.public_service_id for s in public_services()}


@pytest.mark.parametrize("q", ["", "   ", "?!", "\u200b", "youtube"])
def test_a_query_without_a_known_word_has_no_match(q: str) -> None:
    """No result is better than a wrong one."""
    assert index().find(q, 5) == []


def test_the_limit_bounds_the_result() -> None:
    """The limit cuts the result and does not change its order."""
    everything = index().find("সনদ", 81)
    assert len(everything) > 5
    assert index().find("সনদ", 5) == everything[:5]
    assert index().find("সনদ", 0) == []


@settings(deadline=None, max_examples=50)
@given(st.text(max_size=300))
def test_any_text_is_a_query(q: str) -> None:
    """Any text is searched without an error, and no service is found twice."""
    found = index().find(q, 10)
    assert len(set(found)) == len(found) <= 10


def test_an_empty_index_has_no_match() -> None:
    """An index without services finds nothing."""
    assert SearchIndex([]).find("সনদ", 3) == []


def test_a_long_query_is_cut() -> None:
    """Text after the maximum length does not change the result."""
    assert index().find("passport" + " " * 500 + "x" * 100_000, 5) == index().find("passport", 5)
