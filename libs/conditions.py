"""The condition language of forms, workflows and tariffs.

A condition is one comparison on a fact, or `all`, `any`, `not` of conditions. Facts are answers
(`form.father.nid`), ages today (`age_years`, `age_of.warish_days`), and what a caller adds. An
absent fact fulfils only `present: false`. Of a fact that is a list, `among` asks whether one of its
items is among the values.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

Condition = Mapping[str, Any]
FactOf = Callable[[str], Any]

_AGE_OF = "age_of."
_DAYS = "_days"
_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = MappingProxyType(
    {"ge": operator.ge, "gt": operator.gt, "le": operator.le, "lt": operator.lt}
)
_COMPARISONS = frozenset(_ORDERS) | {"eq", "among", "present"}
_MOST_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts about one form that conditions can use.

    Args:
        form: the answers, already valid under the form's schema.
        today: the day in Dhaka.
        field: pointer to the answer that the rule checks. Its date is used if no answer has the
            fact's name (`age_of.event_days` of the field `/when`).
    """

    form: Mapping[str, Any]
    today: date
    field: str = ""

    def __call__(self, fact: str) -> Any:
        """Return the fact, or None if it is absent or unknown."""
        if fact.startswith("form."):
            return _answer(self.form, fact.removeprefix("form.").split("."))
        if fact == "age_days":
            return self._days_since(_date_in(self.form.get("birth_date")))
        if fact == "age_years":
            return self._years_since(_date_in(self.form.get("birth_date")))
        if fact.startswith(_AGE_OF) and fact.endswith(_DAYS):
            return self._days_since(self._date_of(fact[len(_AGE_OF) : -len(_DAYS)]))
        return None

    def _date_of(self, name: str) -> date | None:
        own = self.field.removeprefix("/").split("/")
        candidates = (self.form.get(f"{name}_date"), self.form.get(name), _answer(self.form, own))
        return next((found for found in map(_date_in, candidates) if found), None)

    def _days_since(self, day: date | None) -> int | None:
        return None if day is None else (self.today - day).days

    def _years_since(self, day: date | None) -> int | None:
        if day is None:
            return None
        before_birthday = (self.today.month, self.today.day) < (day.month, day.day)
        return self.today.year - day.year - before_birthday


def holds(condition: Condition, fact_of: FactOf) -> bool:
    """Return whether a condition is fulfilled."""
    if "all" in condition:
        return all(holds(inner, fact_of) for inner in condition["all"])
    if "any" in condition:
        return any(holds(inner, fact_of) for inner in condition["any"])
    if "not" in condition:
        return not holds(condition["not"], fact_of)
    comparison, expected = _comparison(condition)
    return _compares(comparison, fact_of(condition["fact"]), expected)


def check_condition(condition: Condition) -> None:
    """Check that a condition can be evaluated.

    Raises:
        TypeError: a condition in it is not an object, or the language lacks a comparison.
    """
    for comparison in comparisons_in(condition):
        name, value = _comparison(comparison)
        if not isinstance(comparison["fact"], str) or not _is_value(name, value):
            raise TypeError(f"`{name}` does not take {value!r}")


def comparisons_in(condition: Condition, depth: int = _MOST_DEPTH) -> Iterator[Condition]:
    """Return the comparisons of a condition, in their order.

    Raises:
        TypeError: a condition in it is not an object, has parts that exclude each other, or nests
            deeper than ten levels.
    """
    if not isinstance(condition, Mapping) or depth == 0:
        raise TypeError("a condition is an object, ten levels deep at most")
    groups = condition.keys() & {"all", "any", "not"}
    if not groups:
        yield condition
        return
    if len(condition) != 1:
        raise TypeError("a condition is `all`, `any`, `not` or a comparison, and not two of them")
    inner = condition.get("all", condition.get("any"))
    if inner is not None and (not isinstance(inner, list | tuple) or not inner):
        raise TypeError("`all` and `any` have a list of conditions")
    for condition_in_it in inner or [condition["not"]]:
        yield from comparisons_in(condition_in_it, depth - 1)


def _comparison(condition: Condition) -> tuple[str, Any]:
    names = condition.keys() - {"fact"}
    name = next(iter(names), "")
    if len(names) != 1 or name not in _COMPARISONS or "fact" not in condition:
        raise TypeError(f"a comparison needs a fact and one of {sorted(_COMPARISONS)}")
    return name, condition[name]


def _is_value(comparison: str, value: Any) -> bool:
    if comparison in _ORDERS:
        return _is_number(value)
    if comparison == "among":
        return isinstance(value, list | tuple) and bool(value)
    return comparison == "eq" or isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _compares(comparison: str, fact: Any, expected: Any) -> bool:
    if comparison == "present":
        return (fact is not None) is bool(expected)
    if fact is None:
        return False
    if comparison == "eq":
        return _same(fact, expected)
    if comparison == "among":
        found = fact if isinstance(fact, list | tuple) else [fact]
        return any(_same(item, value) for item in found for value in expected)
    return _is_number(fact) and _ORDERS[comparison](fact, expected)


def _same(fact: Any, expected: Any) -> bool:
    # In Python True equals 1; in JSON `true` and 1 are different.
    return isinstance(fact, bool) is isinstance(expected, bool) and bool(fact == expected)


def _answer(form: Any, path: list[str]) -> Any:
    for name in path:
        if not isinstance(form, Mapping):
            return None
        form = form.get(name)
    return form


def _date_in(answer: Any) -> date | None:
    """Read a date, or the date of issue of a file."""
    if isinstance(answer, Mapping):
        answer = answer.get("issued_on")
    if not isinstance(answer, str):
        return None
    try:
        return date.fromisoformat(answer)
    except ValueError:
        return None
