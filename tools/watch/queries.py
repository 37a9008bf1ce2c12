"""Queries in PromQL on samples in memory: as much of the language as our dashboards and rules use.

The answers are Prometheus' own, which a test lets promtool say, but for one thing: a rate over more
time than there are samples is that of the time that there are.
"""

import math
import operator
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import promql_parser as promql
from promql_parser import Matcher, MatchOp

from tools.watch.samples import Labels, Points, Samples, Vector, there

LOOKBACK_S = 300.0
"""For so long a series without a newer sample has its last value."""

Value = float | Vector


class NotSupported(Exception):
    """A query uses something of PromQL that nothing here asks for."""


class Selector(NamedTuple):
    """Series that a query reads."""

    name: str
    matchers: tuple[Matcher, ...]


def selectors(query: str) -> Iterator[Selector]:
    """Yield what a query reads.

    Raises:
        ValueError: it is no PromQL.
    """
    yield from _selectors(promql.parse(query))


def _selectors(part: object) -> Iterator[Selector]:
    if isinstance(part, promql.VectorSelector):
        yield Selector(part.name or "", tuple(part.matchers.matchers))
    for name in ("lhs", "rhs", "expr", "param", "vector_selector"):
        if (inner := getattr(part, name, None)) is not None:
            yield from _selectors(inner)
    for inner in getattr(part, "args", None) or ():
        yield from _selectors(inner)


class Query:
    """A query, read once and asked again and again.

    Raises:
        ValueError: it is no PromQL.
    """

    def __init__(self, text: str) -> None:
        self._read = promql.parse(text)

    def ask(self, samples: Samples) -> Vector:
        """Return what it answers at the time of the newest samples; none before there are any.

        Raises:
            NotSupported: it uses something that nothing else does.
        """
        if not samples.times_s:
            return {}
        value = _Asked(samples, samples.times_s[-1]).value(self._read)
        return {(): value} if isinstance(value, float) else value


class _Asked:
    """One evaluation at a time."""

    def __init__(self, samples: Samples, at_s: float) -> None:
        self._samples = samples
        self._at_s = at_s

    def value(self, part: object) -> Value:
        match part:
            case promql.NumberLiteral():
                return float(part.val)
            case promql.ParenExpr():
                return self.value(part.expr)
            case promql.VectorSelector():
                return self._instant(part)
            case promql.AggregateExpr():
                return self._aggregated(part)
            case promql.BinaryExpr():
                return self._combined(part)
            case promql.Call():
                return self._called(part)
            case _:
                raise NotSupported(type(part).__name__)

    def _vector(self, part: object) -> Vector:
        value = self.value(part)
        if isinstance(value, float):
            raise NotSupported("a number in place of series")
        return value

    def _found(
        self, part: promql.VectorSelector, range_s: float
    ) -> Iterator[tuple[Labels, Points]]:
        until_s = self._at_s - (part.offset.total_seconds() if part.offset else 0.0)
        within = self._samples.within(until_s - range_s, until_s)
        times_s = self._samples.times_s[within]
        tests = [_test(matcher) for matcher in part.matchers.matchers]
        for labels, values in self._samples.of(part.name or ""):
            known = dict(labels)
            if all(is_met(known.get(name, "")) for name, is_met in tests):
                points = there(times_s, values[within])
                if points.times_s:
                    yield labels, points

    def _instant(self, part: promql.VectorSelector) -> Vector:
        until_s = self._at_s - (part.offset.total_seconds() if part.offset else 0.0)
        newest = self._samples.within(-math.inf, until_s).stop - 1
        if newest < 0:
            return {}
        newest_s = self._samples.times_s[newest]
        found = self._found(part, LOOKBACK_S)
        # One that its process no longer says is gone at once.
        return {
            labels: points.values[-1] for labels, points in found if points.times_s[-1] == newest_s
        }

    def _aggregated(self, part: promql.AggregateExpr) -> Vector:
        if part.modifier is not None and str(part.modifier.type) != "AggModifierType.By":
            raise NotSupported("without")
        by = {*part.modifier.labels} if part.modifier else set()
        groups: defaultdict[Labels, list[float]] = defaultdict(list)
        for labels, value in self._vector(part.expr).items():
            groups[tuple(pair for pair in labels if pair[0] in by)].append(value)
        name = str(part.op)
        if name not in _AGGREGATIONS:
            raise NotSupported(name)
        return {labels: _AGGREGATIONS[name](values) for labels, values in groups.items()}

    def _called(self, part: promql.Call) -> Value:
        name, arguments = part.func.name, part.args
        match name:
            case "time":
                return self._at_s
            case "absent":
                return {} if self._vector(arguments[0]) else {_equal_labels(arguments[0]): 1.0}
            case "histogram_quantile":
                quantile = self.value(arguments[0])
                if not isinstance(quantile, float):
                    raise NotSupported("a quantile that is not a number")
                return _quantiles(quantile, self._vector(arguments[1]))
            case _:
                return self._over_time(name, arguments[0])

    def _over_time(self, name: str, part: object) -> Vector:
        if name not in _OVER_TIME or not isinstance(part, promql.MatrixSelector):
            raise NotSupported(name)
        selected, range_s = part.vector_selector, part.range.total_seconds()
        offset_s = selected.offset.total_seconds() if selected.offset else 0.0
        until_s = self._at_s - offset_s
        begun_s = max(until_s - range_s, self._samples.times_s[0])
        answers = {}
        for labels, points in self._found(selected, range_s):
            value = _OVER_TIME[name](points, begun_s, until_s)
            if value is not None:
                answers[labels] = value
        return answers

    def _combined(self, part: promql.BinaryExpr) -> Value:
        if part.modifier is not None and (part.modifier.matching or part.modifier.return_bool):
            raise NotSupported("on, ignoring or bool")
        left, right, name = self.value(part.lhs), self.value(part.rhs), str(part.op)
        if name in {"and", "or", "unless"}:
            if isinstance(left, float) or isinstance(right, float):
                raise NotSupported(f"{name} of a number")
            return _SETS[name](left, right)
        if name in _COMPARISONS:
            return _compared(_COMPARISONS[name], left, right)
        if name not in _ARITHMETIC:
            raise NotSupported(name)
        return _reckoned(_ARITHMETIC[name], left, right)


def _test(matcher: Matcher) -> tuple[str, Callable[[str], bool]]:
    wanted, kind = matcher.value, matcher.op
    if kind in (MatchOp.Re, MatchOp.NotRe):
        pattern = re.compile(wanted)
        expected = kind == MatchOp.Re
        return matcher.name, lambda text: (pattern.fullmatch(text) is not None) == expected
    expected = kind == MatchOp.Equal
    return matcher.name, lambda text: (text == wanted) == expected


def _equal_labels(part: object) -> Labels:
    if not isinstance(part, promql.VectorSelector):
        return ()
    equal = (label for label in part.matchers.matchers if label.op == MatchOp.Equal)
    return tuple(sorted((label.name, label.value) for label in equal))


def _quantiles(quantile: float, buckets: Vector) -> Vector:
    groups: defaultdict[Labels, list[tuple[float, float]]] = defaultdict(list)
    for labels, count in buckets.items():
        known = dict(labels)
        if "le" in known:
            others = tuple(pair for pair in labels if pair[0] != "le")
            groups[others].append((float(known["le"]), count))
    return {labels: _quantile(quantile, sorted(counts)) for labels, counts in groups.items()}


def _quantile(quantile: float, buckets: Sequence[tuple[float, float]]) -> float:
    total = buckets[-1][1]
    if len(buckets) < 2 or not math.isinf(buckets[-1][0]) or not total > 0:
        return math.nan
    rank = quantile * total
    at = next((at for at, (_, count) in enumerate(buckets) if count >= rank), len(buckets) - 1)
    if at == len(buckets) - 1:
        return buckets[-2][0]
    bound, count = buckets[at]
    low, below = buckets[at - 1] if at else (0.0, 0.0)
    return low + (bound - low) * (rank - below) / (count - below)


def _increase(points: Points, begun_s: float, until_s: float) -> float | None:
    """How much a counter grew, with what it did before the first and after the last sample.

    As `extrapolatedRate` of Prometheus reckons it.
    """
    times_s, values = points
    if len(values) < 2:
        return None
    grown = values[-1] - values[0]
    grown += sum(before for before, after in pairwise(values) if after < before)
    sampled_s = times_s[-1] - times_s[0]
    between_s = sampled_s / (len(values) - 1)
    before_s, after_s = times_s[0] - begun_s, until_s - times_s[-1]
    if before_s >= between_s * 1.1:
        before_s = between_s / 2
    if grown > 0 and values[0] >= 0:
        before_s = min(before_s, sampled_s * values[0] / grown)  # not below zero
    if after_s >= between_s * 1.1:
        after_s = between_s / 2
    return grown * (sampled_s + before_s + after_s) / sampled_s


def _rate(points: Points, begun_s: float, until_s: float) -> float | None:
    grown = _increase(points, begun_s, until_s)
    return None if grown is None else grown / (until_s - begun_s)


_OVER_TIME: Mapping[str, Callable[[Points, float, float], float | None]] = {
    "rate": _rate,
    "increase": _increase,
    "sum_over_time": lambda points, *_: sum(points.values),
    "last_over_time": lambda points, *_: points.values[-1],
}
_AGGREGATIONS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "sum": sum,
    "max": max,
    "min": min,
    "count": lambda values: float(len(values)),
    "group": lambda _: 1.0,
}
_SETS: Mapping[str, Callable[[Vector, Vector], Vector]] = {
    "and": lambda left, right: {key: left[key] for key in left if key in right},
    "unless": lambda left, right: {key: left[key] for key in left if key not in right},
    "or": lambda left, right: {**right, **left},
}
_Operation = Callable[[float, float], float]
_ARITHMETIC: Mapping[str, _Operation] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda left, right: left / right if right else math.nan if not left else math.inf,
}
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    "<": operator.lt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


def _reckoned(act: _Operation, left: Value, right: Value) -> Value:
    if isinstance(left, float):
        if isinstance(right, float):
            return act(left, right)
        return {labels: act(left, value) for labels, value in right.items()}
    if isinstance(right, float):
        return {labels: act(value, right) for labels, value in left.items()}
    return {labels: act(left[labels], right[labels]) for labels in left if labels in right}


def _compared(is_met: Callable[[float, float], bool], left: Value, right: Value) -> Vector:
    """Series of the left side that meet the comparison, with their values.

    Raises:
        NotSupported: the left side is a number.
    """
    if isinstance(left, float):
        raise NotSupported("a number to the left of a comparison")
    if isinstance(right, float):
        return {labels: value for labels, value in left.items() if is_met(value, right)}
    return {
        labels: value
        for labels, value in left.items()
        if labels in right and is_met(value, right[labels])
    }
