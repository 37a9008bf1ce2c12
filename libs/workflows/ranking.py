"""Ranks the cases of a pool against its quota."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from libs.workflows.facts import answer_at
from libs.workflows.model import Pool

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Ranking(Generic[K]):
    """The cases of a group in their order, and who is within the quota.

    Args:
        order: all of them, the first in rank first.
        selected: within the quota.
        waiting: behind it.
        tied: those at the edge between which no fact decides; a person chooses `places` of them.
        places: how many of the tied are within the quota.
    """

    order: tuple[K, ...]
    selected: tuple[K, ...]
    waiting: tuple[K, ...]
    tied: tuple[K, ...] = ()
    places: int = 0


def rank(pool: Pool, facts: Mapping[K, Mapping[str, Any]], quota: int) -> Ranking[K]:
    """Rank cases by the facts of a pool; a case without a fact is behind those that have it.

    Args:
        pool: the step.
        facts: of each case, by its id: those that the step ranks by.
        quota: how many are selected, 0 or more.
    """
    order = list(facts)
    for ranked_by in reversed(pool.rank_by):  # sorting is stable: the first fact is sorted last
        most_first = ranked_by.order == "most_first"
        having = [case for case in order if facts[case].get(ranked_by.fact) is not None]
        lacking = [case for case in order if facts[case].get(ranked_by.fact) is None]
        having.sort(key=lambda case: _key(facts[case][ranked_by.fact]), reverse=most_first)
        order = [*having, *lacking]
    return _within(order, pool, facts, quota)


def group_of(pool: Pool, form: Mapping[str, Any]) -> str:
    """Return the group in which a case is ranked; an address without a union is its area's."""
    found = answer_at(form, pool.group_by)
    if found is None:
        address = answer_at(form, pool.group_by.rpartition("/")[0])
        found = address.get("area") if isinstance(address, Mapping) else None
    return str(found or "")


def same_place(pool: Pool, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether no fact of a pool decides between two cases."""
    return all(one.get(by.fact) == other.get(by.fact) for by in pool.rank_by)


def _key(value: Any) -> tuple[bool, Any]:
    """Return a value so that any two compare: numbers and yes or no before texts."""
    return (False, value) if isinstance(value, int | float) else (True, str(value))


def _within(
    order: list[K], pool: Pool, facts: Mapping[K, Mapping[str, Any]], quota: int
) -> Ranking[K]:
    def key(case: K) -> tuple[Any, ...]:
        return tuple(facts[case].get(ranked_by.fact) for ranked_by in pool.rank_by)

    selected, waiting = order[:quota], order[quota:]
    if not selected or not waiting or key(selected[-1]) != key(waiting[0]):
        return Ranking(tuple(order), tuple(selected), tuple(waiting))
    edge = key(waiting[0])
    clear = tuple(case for case in selected if key(case) != edge)
    return Ranking(
        tuple(order),
        clear,
        tuple(case for case in waiting if key(case) != edge),
        tuple(case for case in order if key(case) == edge),
        quota - len(clear),
    )
