"""An attacker who has the published files, and tells hidden numbers from them.

It knows nothing of the code that hides. It knows that a number of 0 is always shown, and that in
each week a body is the sum of its services and the country the sum of its bodies. It solves these
equations over whole numbers: what each sum leaves for each of its terms, again and again until
nothing changes. The equations of a column form a tree, so the ranges that it ends with are exact;
`test_hiding.py` tries all numbers of small tables besides.
"""

import csv
from collections.abc import Iterable, Mapping
from io import StringIO

COLUMNS = (
    "submitted",
    "in_time",
    "late",
    "without_day",
    "corrections",
    "withdrawn",
    "became_overdue",
)
WITHOUT_END = 10**9
Cell = tuple[str, str, str]  # week, row, column
Ranges = dict[Cell, tuple[int, int]]


def read(files: Iterable[Mapping[str, str]]) -> tuple[dict[Cell, int | None], list[list[Cell]]]:
    """The cells of weeks, None where hidden, and the sums: the first is that of the others."""
    cells: dict[Cell, int | None] = {}
    equations: list[list[Cell]] = []
    for week in files:
        of_body: dict[str, list[str]] = {}
        tables = (("services", "public_service_id"), ("bodies", "body"), ("country", ""))
        for name, key in tables:
            text = week[f"{name}.csv"]
            assert text.startswith("\ufeff")
            for row in csv.DictReader(StringIO(text[1:])):
                row_id = f"{name}/{row[key]}" if key else "country"
                if name == "services":
                    of_body.setdefault(f"bodies/{row['body']}", []).append(row_id)
                elif name == "bodies":
                    of_body.setdefault("country", []).append(row_id)
                for column in COLUMNS:
                    said = row[column]
                    number = None if said == "[c]" else int(said)
                    cells[row["week_ends"], row_id, column] = number
        (day,) = {cell[0] for cell in cells} - {sums[0][0] for sums in equations}
        equations += [
            [(day, parent, column), *((day, child, column) for child in children)]
            for parent, children in of_body.items()
            for column in COLUMNS
        ]
    return cells, equations


def attack(cells: Mapping[Cell, int | None], equations: list[list[Cell]]) -> Ranges:
    """The numbers that each hidden cell can have: the least and the most."""
    ranges = {
        cell: (1, WITHOUT_END) if number is None else (number, number)
        for cell, number in cells.items()
    }
    changed = True
    while changed:
        changed = False
        for parent, *children in equations:
            for cell in (parent, *children):
                low, high = ranges[cell]
                if cell == parent:
                    least = sum(ranges[child][0] for child in children)
                    most = sum(ranges[child][1] for child in children)
                else:
                    others = [child for child in children if child != cell]
                    least = ranges[parent][0] - sum(ranges[child][1] for child in others)
                    most = ranges[parent][1] - sum(ranges[child][0] for child in others)
                found = (max(low, least), min(high, most))
                assert found[0] <= found[1], "the table contradicts itself"
                changed |= found != (low, high)
                ranges[cell] = found
    hidden = {cell for cell, number in cells.items() if number is None}
    return {cell: ranges[cell] for cell in hidden}
