"""A statement takes rows by the names of their columns where it takes many arrays.

Why: a statement with twenty arrays in the order of `$1` to `$20` has each column in five places.
Two arrays of text that are swapped have the right types, and nothing fails: each note stands in the
column of another. `columns` (`libs/database/rows.py`) takes rows of a class, and here its fields
are compared with the names and types that the statement gives to `unnest`.
"""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.checking import Rule, Source, Violation
from tests.house.statements import running_calls

MOST_ARRAYS = 9

_TYPES = {
    "UUID": "uuid", "str": "text", "int": "bigint", "float": "float8", "bool": "boolean",
    "bytes": "bytea", "datetime": "timestamptz", "date": "date",
}  # fmt: skip
_UNNEST = re.compile(r"unnest\(([^()]*)\)\s*(?:WITH ORDINALITY\s*)?AS \w+\s*\(([^()]*)\)")
_ARRAY = re.compile(r"\$\d+::(\w+)\[\]")


def _find(source: Source) -> Iterator[Violation]:
    rows = {node.name: node for node in source.tree.body if isinstance(node, ast.ClassDef)}
    for call in running_calls(source):
        match call.args[0]:
            case ast.Constant(value=str(sql)):
                yield from _differences(call, sql, rows)
            case _:
                pass


def _differences(call: ast.Call, sql: str, rows: dict[str, ast.ClassDef]) -> Iterator[Violation]:
    wanted = [_fields(rows[name]) for name in _classes(call)]
    if not wanted:
        if len(_ARRAY.findall(sql)) > MOST_ARRAYS:
            yield Violation(call.lineno, f"more than {MOST_ARRAYS} arrays: use `columns`")
        return
    given = [
        list(zip(names.replace("\n", " ").split(","), types, strict=False))
        for arrays, names in _UNNEST.findall(sql)
        if (types := _ARRAY.findall(arrays))
    ]
    for fields, columns in zip(wanted, given, strict=False):
        if fields != [(name.strip(), kind) for name, kind in columns]:
            yield Violation(call.lineno, f"unnest has {columns}, and the rows have {fields}")
    if len(given) < len(wanted):
        yield Violation(call.lineno, "no unnest names the columns of these rows")


def _classes(call: ast.Call) -> Iterator[str]:
    for argument in call.args[1:]:
        match argument:
            case ast.Starred(
                value=ast.Call(func=ast.Name(id="columns"), args=[ast.Name(id=name), *_])
            ):
                yield name
            case _:
                pass


def _fields(row: ast.ClassDef) -> list[tuple[str, str]]:
    return [
        (node.target.id, _TYPES[ast.unparse(node.annotation).removesuffix(" | None")])
        for node in row.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    ]


RULE = Rule("rows-by-name", _find)
_ROWS = "class Tree(NamedTuple):\n    tree_id: UUID\n    name: str | None\n    kind: str\n"
_RUN = """tx.execute("SELECT * FROM unnest({}) AS given ({})", *columns(Tree, trees))"""


def test_rows_have_the_columns_of_their_statements() -> None:
    """In their order, with their types; many arrays come as rows."""
    assert not (broken := RULE.broken()), broken


@pytest.mark.parametrize(
    ("types", "names", "lines"),
    [
        ("$1::uuid[], $2::text[], $3::text[]", "tree_id, name, kind", []),
        ("$1::uuid[], $2::text[], $3::text[]", "tree_id, kind, name", [5]),
        ("$1::uuid[], $2::text[], $3::bigint[]", "tree_id, name, kind", [5]),
        ("$1::uuid[], $2::text[]", "tree_id, name", [5]),
    ],
    ids=["the same", "swapped", "another type", "one is missing"],
)
def test_another_order_or_type_is_found(types: str, names: str, lines: list[int]) -> None:
    """Also where PostgreSQL would take it."""
    text = _ROWS + _RUN.format(types, names)
    assert RULE.lines(text, "services/parks/trees/queries.py") == lines


def test_many_arrays_are_found() -> None:
    """They could be swapped."""
    arrays = ", ".join(f"${number}::text[]" for number in range(1, MOST_ARRAYS + 2))
    assert RULE.lines(f'tx.execute("SELECT unnest({arrays})")') == [1]
