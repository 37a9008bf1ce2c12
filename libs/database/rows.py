"""Rows of a statement by the names of their columns, in place of an array for each column."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

Row = TypeVar("Row", bound=NamedTuple)


def columns(of: type[Row], rows: Iterable[Row]) -> Sequence[Sequence[Any]]:
    """Return the columns of rows, as `unnest` takes them: one sequence for each field, in order.

    A house rule compares the fields with the names and types that the statement gives to `unnest`.

    Args:
        of: the class of the rows.
        rows: the rows; there may be none.
    """
    return list(zip(*rows, strict=True)) or [()] * len(of._fields)
