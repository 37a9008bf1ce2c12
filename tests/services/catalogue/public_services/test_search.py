"""Searches in people's own words: collected queries, and the rules behind them.

The everyday words were written from search-examples.jsonl and search-outside.jsonl, and from common
usage and pages elsewhere; one rule of phonetics.py (oa as wa) comes from
search-examples-second.jsonl. No word was written from search-held-out.jsonl, which was there before
the words were: its figure is the one to believe. It was counted how many of its searches for which
there is no service match surely; that set the bound of a sure match, and no word.
Each example of the last two names the site that it was read at, or `own wording`.
"""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.bangladesh.bodies import bodies
from libs.contracts.catalogue import ServiceList, ServicesQuery
from services.catalogue.public_services import search
from services.catalogue.public_services.reference import (
    helplines,
    read_reference,
    said_to_helplines,
)
from services.catalogue.public_services.rules import PublicService
from services.catalogue.public_services.search import Match, SearchIndex
from services.catalogue.public_services.service_index import ServiceIndex

REFERENCE = Path(search.__file__).parents[1] / "reference"

# Least shares of services that are first, services among the first three, helplines that are sure.
MIN_SHARES = {
    "search-examples.jsonl": (0.96, 0.98, 1.0),
    "search-examples-second.jsonl": (0.95, 0.97, 1.0),
    "search-outside.jsonl": (0.98, 1.0, 1.0),
    "search-held-out.jsonl": (0.92, 0.97, 0.5),
}


@cache
def public_services() -> Sequence[PublicService]:
    return read_reference().services


@cache
def index() -> SearchIndex:
    return SearchIndex(public_services(), said_to_helplines())


@cache
def service_index() -> ServiceIndex:
    return ServiceIndex(public_services(), bodies())


def found(q: str, limit: int = 10) -> list[str]:
    """Keys of what is found, best first."""
    return [match.key for match in index().find(q, limit)]


def listed(q: str) -> ServiceList:
    """The answer of the API."""
    return service_index().list_services(ServicesQuery(q=q))


def share_of(hits: Sequence[bool]) -> float:
    return sum(hits) / len(hits) if hits else 1.0


@pytest.mark.parametrize("name", MIN_SHARES)
def test_collected_searches_find_what_was_meant(name: str) -> None:
    """Enough services are first and among three, enough helplines are sure; -rP shows the rest."""
    lines = Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    first, among_three, helped, sure_of_nothing = [], [], [], []
    for example in map(json.loads, lines):
        query, expected = example["query"], set(example["expect"])
        answer = listed(query)
        services = [item.public_service_id for item in answer.items]
        numbers = [helpline.number for helpline in answer.helplines]
        if not expected:
            sure_of_nothing.append(not numbers and all(item.weak_match for item in answer.items))
        elif expected & set(helplines()):
            helped.append(bool(expected & set(numbers[:1])))
        else:
            first.append(bool(expected & set(services[:1])))
            among_three.append(bool(expected & set(services[:3])))
        if not expected & {*services[:1], *numbers[:1]}:
            print(f"{query}: {services[:3]} {numbers}, not {expected}")  # noqa: T201
    shares = (share_of(first), share_of(among_three), share_of(helped))
    print(name, *(f"{share:.1%}" for share in shares), len(first), len(helped))  # noqa: T201
    assert all(share >= least for share, least in zip(shares, MIN_SHARES[name], strict=True))
    assert all(sure_of_nothing)


def test_the_held_out_set_asks_for_every_service() -> None:
    """A figure over some services would say nothing of the others."""
    lines = Path(__file__).with_name("search-held-out.jsonl").read_text(encoding="utf-8")
    asked = {key for line in lines.splitlines() for key in json.loads(line)["expect"]}
    assert {service.public_service_id for service in public_services()} <= asked


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("নাম জারি", "S025"),
        ("naam jari", "S025"),
        ("জি ডি", "S024"),
        ("g.d.", "S024"),
        ("টি আই এন", "S031"),
        ("জন্মনিবন্ধন", "S001"),
    ],
)
def test_words_apart_and_together_are_the_same(query: str, first: str) -> None:
    """Neighbours that make a known word are that word; a word of two known ones is both."""
    match, *_ = index().find(query, 1)
    assert (match.key, match.weak) == (first, False)


def test_what_may_be_meant_is_marked() -> None:
    """There is no service for a gas line; the gas bill may be meant, and is not said to be it."""
    (first, *_) = listed("গ্যাসের লাইন").items
    assert (first.public_service_id, first.weak_match) == ("S076", True)
    (first, *_) = listed("গ্যাসের বিল").items
    assert (first.public_service_id, first.weak_match) == ("S076", False)
    assert not any(item.weak_match for item in service_index().list_services(ServicesQuery()).items)


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("বউ মারে", "109"),
        ("ঘুষ চায়", "106"),
        ("রাস্তা ভাঙা", "333"),
        ("রেশন কার্ড", "333"),
        ("আগুন লাগছে", "999"),
        ("বাল্যবিবাহ", "109"),
        ("সাইবার হয়রানি", "01320000888"),
    ],
)
def test_who_asks_for_help_is_told_whom_to_call(query: str, number: str) -> None:
    """A service that shares a word with the need, such as the lost card, does not stand beside."""
    answer = listed(query)
    assert answer.helplines[0].number == number
    assert not any(item.weak_match for item in answer.items)
    assert "S017" not in {item.public_service_id for item in answer.items}


@pytest.mark.parametrize("query", ["birth", "zzzz", "licence", "জমি"])
def test_who_looks_for_a_service_is_not_asked_about_violence(query: str) -> None:
    """A word that only sounds like one of a helpline is none of it; nor is a single letter."""
    assert listed(query).helplines == []


def test_no_service_has_the_name_of_a_need() -> None:
    """Who types what a service is called gets no helpline before it."""
    names = [name for service in public_services() for name in (service.name_en, service.name_bn)]
    assert [name for name in names if listed(name).helplines] == []


def test_a_helpline_says_what_it_is_for_and_who_says_so() -> None:
    """In both languages; a number without a source is not shown."""
    for helpline in helplines().values():
        assert helpline.purpose.bn
        assert helpline.purpose.en.isascii()
        assert helpline.source


def test_every_service_is_found_by_its_own_names() -> None:
    """The official Bangla and English names find their service first."""
    for service in public_services():
        assert found(service.name_bn, 1) == [service.public_service_id]
        assert found(service.name_en, 1) == [service.public_service_id]


@pytest.mark.parametrize(("query", "first"), [("মা মারা গেছে", "S004"), ("মাটি পরীক্ষা", "S071")])
def test_a_short_word_keeps_what_looks_like_an_ending(query: str, first: str) -> None:
    """Soil (মাটি) and death (মারা) are not a mother (মা)."""
    assert found(query, 1) == [first]


@pytest.mark.parametrize(
    ("query", "first"),
    [("দোকানের কাগজ", "S010"), ("মোবাইল হারিয়ে গেছে", "S024"), ("ভোটার কার্ড হারিয়েছে", "S017")],
)
def test_what_people_say_finds_the_service_first(query: str, first: str) -> None:
    """Papers of a shop, a lost phone, a lost voter card: said so by somebody who tried the page."""
    assert found(query, 1) == [first]


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
    keys = found(q)
    assert len(set(keys)) == len(keys) <= 10


def test_an_empty_index_has_no_match() -> None:
    """An index without services finds nothing."""
    nothing: list[Match] = []
    assert SearchIndex([]).find("সনদ", 3) == nothing


def test_a_long_query_is_cut() -> None:
    """Text after the maximum length does not change the result."""
    assert index().find("passport" + " " * 500 + "x" * 100_000, 5) == index().find("passport", 5)
