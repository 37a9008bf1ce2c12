"""Hidden cells cannot be told: by trying every number, on small tables."""

import random
from collections.abc import Iterator, Mapping, Sequence
from itertools import product

import pytest

from services.programme.snapshots.hiding import hidden_cells

Tree = Mapping[str, Sequence[str]]


def table(tree: Tree, leaves: Mapping[str, int]) -> dict[str, int]:
    """All cells of a tree of one or two levels below `all`."""
    values = dict(leaves)
    for parent in sorted(tree, key=lambda parent: parent == "all"):
        values[parent] = sum(values[child] for child in tree[parent])
    return values


def possible(
    tree: Tree, values: Mapping[str, int], hidden: set[str], most: int
) -> Iterator[dict[str, int]]:
    """Every table that agrees with what is shown: hidden cells have any number from 1 on."""
    leaves = [cell for cell in values if cell not in tree]
    choices = [range(1, most + 1) if leaf in hidden else [values[leaf]] for leaf in leaves]
    for numbers in product(*choices):
        found = table(tree, dict(zip(leaves, numbers, strict=True)))
        if all(found[cell] == values[cell] for cell in tree if cell not in hidden):
            yield found


FLAT: Tree = {"all": ["a", "b", "c", "d"]}

TREES: Sequence[Tree] = (
    FLAT,
    {"p": ["a", "b"], "q": ["c", "d"], "all": ["p", "q"]},
    {"p": ["a"], "q": ["b", "c"], "all": ["p", "q"]},
)


@pytest.mark.parametrize(
    ("leaves", "hidden"),
    [
        ((10, 20, 30, 40), set()),
        ((0, 0, 0, 0), set()),
        ((3, 20, 9, 40), {"a", "c"}),  # the smallest one beside it, too
        ((3, 3, 9, 40), {"a", "b"}),  # two hide each other
        ((1, 1, 9, 40), {"a", "b", "c"}),  # of two whose sum is 2, both were known
        ((0, 3, 0, 0), {"b", "all"}),  # the sum is the number
        ((0, 3, 0, 9), {"b", "d"}),
        ((1, 1, 1, 2), {"a", "b", "c", "d", "all"}),  # the sum of 5 would tell two of them
    ],
)
def test_what_is_hidden(leaves: tuple[int, ...], hidden: set[str]) -> None:
    """Cells of 1 to 4, and as few others as it takes; never a 0."""
    values = table(FLAT, dict(zip("abcd", leaves, strict=True)))
    assert hidden_cells(FLAT, "all", values) == hidden


@pytest.mark.parametrize("seed", range(60))
def test_each_hidden_cell_can_have_four_values(seed: int) -> None:
    """By trying all numbers: those of small tables with one or two levels of sums."""
    chance = random.Random(seed)  # noqa: S311
    tree = chance.choice(TREES)
    leaves = sorted({child for children in tree.values() for child in children} - set(tree))
    numbers = {leaf: chance.choice([0, 1, 1, 2, 3, 4, 5, 6, 9]) for leaf in leaves}
    values = table(tree, numbers)
    hidden = hidden_cells(tree, "all", values)
    assert {cell for cell, number in values.items() if 0 < number < 5} <= hidden
    assert all(values[cell] for cell in hidden)
    tables = list(possible(tree, values, hidden, most=12))
    for cell in hidden:
        assert len({found[cell] for found in tables}) >= 4, (cell, values, hidden)
