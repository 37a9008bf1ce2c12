"""Lists that may be longer than one answer: `items`, and `next` for `?after=`."""

from collections.abc import Callable, Sequence
from typing import Annotated, Generic, TypeVar
from uuid import UUID

from pydantic import BaseModel, Field

T = TypeVar("T")
IdT = TypeVar("IdT", UUID, str)


class PageQuery(BaseModel, Generic[IdT]):
    """The page of a list that is asked for, by the ids of its rows."""

    after: Annotated[IdT | None, Field(description="`next` of the page before")] = None
    limit: Annotated[int, Field(ge=1, le=100, description="Most rows in one answer")] = 100

    @property
    def one_more(self) -> int:
        """Number of rows to read, to know whether more follow."""
        return self.limit + 1

    def page(self, rows: Sequence[T], id_of: Callable[[T], IdT]) -> tuple[Sequence[T], str | None]:
        """Return the rows of the answer, and its `next`.

        Args:
            rows: one more than `limit`, if there are as many.
            id_of: the id of a row, by which the next page begins.
        """
        page = rows[: self.limit]
        return page, str(id_of(page[-1])) if len(rows) > self.limit else None


class ListQuery(PageQuery[UUID]):
    """The page of a list that is asked for, by ids."""


Name = Annotated[str, Field(pattern=r"^[a-z][A-Za-z0-9._-]{0,59}$")]


class NameQuery(PageQuery[Name]):
    """The page of a list that is asked for, by names."""


class SearchQuery(NameQuery):
    """The page of a list that is asked for, by names that have some words."""

    q: Annotated[str, Field(max_length=100, description="Part of a name")] = ""

    @property
    def pattern(self) -> str | None:
        """The words as a pattern of `ILIKE`, which has no marks of its own; None without words."""
        words = self.q.strip()
        for mark in "\\%_":
            words = words.replace(mark, f"\\{mark}")
        return f"%{words}%" if words else None
