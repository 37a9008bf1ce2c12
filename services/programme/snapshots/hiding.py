"""Which cells of a table with sums are hidden, so that none of 1 to 4 can be told.

The method is that of statistical offices (primary and secondary cell suppression: Hundepool and
others, Statistical Disclosure Control, 2012, chapter 4). Cells of 1 to 4 are hidden, and then more
until an attacker who knows all shown cells and all sums has at least four values for each of them.
A table here is a tree, in which each parent is the sum of its children, so the range of each hidden
cell is known exactly by going through the tree twice.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from services.programme.figures.sums import FEWEST

_POSSIBLE_VALUES: Final = 4
_NO_END: Final = 10**15


class Range(NamedTuple):
    """The numbers that a cell can have, as an attacker knows it."""

    least: int
    most: int


Tree = Mapping[str, Sequence[str]]
"""The children of each parent; a parent is their sum."""


def hidden_cells(tree: Tree, root: str, values: Mapping[str, int]) -> set[str]:
    """Return the cells that are hidden; a cell of 0 never is.

    Args:
        tree: the children of each parent.
        root: the cell without a parent.
        values: the number of each cell, also of each parent.
    """
    hidden = {cell for cell, number in values.items() if 0 < number < FEWEST}
    groups = _groups_by_cell(tree)
    while exposed := _exposed(tree, root, values, hidden):
        hidden.add(_nearest_shown(exposed, groups, values, hidden))
    return hidden


def _exposed(tree: Tree, root: str, values: Mapping[str, int], hidden: set[str]) -> str | None:
    """Return a hidden cell of which less than four values are possible; None if there is none."""
    ranges = _ranges(tree, root, values, hidden)
    for cell in sorted(hidden):
        if ranges[cell].most - ranges[cell].least + 1 < _POSSIBLE_VALUES:
            return cell
    return None


def _ranges(
    tree: Tree, root: str, values: Mapping[str, int], hidden: set[str]
) -> Mapping[str, Range]:
    """Return what can be told of each cell from the shown ones and from all sums."""
    ranges: dict[str, Range] = {}

    def from_below(cell: str) -> None:
        own = Range(1, _NO_END) if cell in hidden else Range(values[cell], values[cell])
        children = tree.get(cell, ())
        for child in children:
            from_below(child)
        if children:
            least = sum(ranges[child].least for child in children)
            most = sum(ranges[child].most for child in children)
            own = Range(max(own.least, least), min(own.most, most))
        ranges[cell] = own

    def from_above(cell: str) -> None:
        children = tree.get(cell, ())
        least = sum(ranges[child].least for child in children)
        most = sum(ranges[child].most for child in children)
        parent, below = ranges[cell], {child: ranges[child] for child in children}
        for child, own in below.items():
            ranges[child] = Range(
                max(own.least, parent.least - (most - own.most)),
                min(own.most, parent.most - (least - own.least)),
            )
            from_above(child)

    from_below(root)
    from_above(root)
    return ranges


def _nearest_shown(
    exposed: str,
    groups: Mapping[str, Sequence[Sequence[str]]],
    values: Mapping[str, int],
    hidden: set[str],
) -> str:
    """Return the smallest shown cell of the sums around one, else around hidden ones beside it.

    There is one: where every cell of a number is hidden, nothing bounds them, and none is exposed.
    """
    reached = {exposed}
    while True:
        around = {cell for start in reached for group in groups[start] for cell in group}
        shown = [cell for cell in around if cell not in hidden and values[cell]]
        if shown:
            return min(shown, key=lambda cell: (values[cell], cell))
        reached |= around & hidden


def _groups_by_cell(tree: Tree) -> Mapping[str, Sequence[Sequence[str]]]:
    """Return the sums in which each cell is, as a parent or as a child."""
    groups: defaultdict[str, list[Sequence[str]]] = defaultdict(list)
    for parent, children in tree.items():
        group = (parent, *children)
        for cell in group:
            groups[cell].append(group)
    return groups
