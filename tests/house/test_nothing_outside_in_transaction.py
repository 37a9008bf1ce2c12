"""While a transaction is open nobody waits for anything but that transaction.

Why: one booking system called two other services inside the update transaction; a transaction that
was retried called them twice, and while the other side was slow every row it had touched stayed
locked. A ministry that answers after 30 seconds would hold 30 seconds of connections, and a
citizen's telephone that uploads slowly would do the same.

How it is seen: whatever is awaited inside `async with database.transaction() as tx`, or in a
function that is handed a `tx: Transaction`, is handed `tx` on or is a method of it, and does not
come from an adapter or an HTTP client.
"""

import ast
from collections.abc import Iterator

import pytest
from typing_extensions import override

from tests.house.checking import Rule, Source, Violation, last_name

_OUTSIDE = (".adapters", "libs.web.calling.client", "aiohttp", "httpx", "requests")
_MECHANISM = "libs/database/"


class _Reader(ast.NodeVisitor):
    """Visits a file, with the currently open transaction."""

    def __init__(self, outside: frozenset[str]) -> None:
        self.faults: list[Violation] = []
        self._outside = outside
        self._tx: str | None = None

    @override
    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node)

    @override
    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._function(node)

    @override
    def visit_Lambda(self, node: ast.Lambda) -> None:
        """Skip lambdas, which are called later."""

    @override
    def visit_AsyncWith(self, node: ast.AsyncWith) -> None:
        before = self._tx
        for item in node.items:
            self._awaited(item.context_expr, item.context_expr.lineno)
            self._tx = _opened(item) or self._tx
        for statement in node.body:
            self.visit(statement)
        self._tx = before

    @override
    def visit_AsyncFor(self, node: ast.AsyncFor) -> None:
        self._awaited(node.iter, node.lineno)
        self.generic_visit(node)

    @override
    def visit_Await(self, node: ast.Await) -> None:
        self._awaited(node.value, node.lineno)
        self.generic_visit(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        before, self._tx = self._tx, _handed(node.args)
        for statement in node.body:
            self.visit(statement)
        self._tx = before

    def _awaited(self, expression: ast.expr, line: int) -> None:
        if self._tx is None:
            return
        names = {each.id for each in ast.walk(expression) if isinstance(each, ast.Name)}
        if self._tx not in names:
            self.faults.append(
                Violation(line, f"waits for something else while {self._tx} is open")
            )
        elif names & self._outside:
            self.faults.append(Violation(line, f"calls outside while {self._tx} is open"))


def _opened(item: ast.withitem) -> str | None:
    match item:
        case ast.withitem(context_expr=ast.Call(func=func), optional_vars=ast.Name(id=name)):
            return name if last_name(func) == "transaction" else None
        case _:
            return None


def _handed(arguments: ast.arguments) -> str | None:
    for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        if each.annotation is not None and last_name(each.annotation) == "Transaction":
            return each.arg
    return None


def _find(source: Source) -> Iterator[Violation]:
    if source.path.startswith(_MECHANISM):
        return
    reader = _Reader(
        frozenset(
            name
            for name, origin in source.imported()
            if any(part in f".{origin}" for part in _OUTSIDE)
        )
    )
    reader.visit(source.tree)
    yield from reader.faults


RULE = Rule("nothing-outside-in-transaction", _find)


def test_only_the_transaction_is_awaited() -> None:
    """While it is open."""
    assert not (broken := RULE.broken()), broken


_OUTSIDE_CALLS = {
    "an adapter": """
async def deliver(self):
    async with self._database.transaction() as tx:
        row = await store.claim(tx)
        await self._ministry.submit(row)  # here
""",
    "a pause": """
async def on_events(batch, tx: Transaction) -> None:
    await asyncio.sleep(1)  # here
""",
    "a client": """
async def on_events(batch, tx: Transaction) -> None:
    async with aiohttp.ClientSession() as http:  # here
        pass
""",
    "the citizen's telephone": """
async def correct(request, database):
    async with database.transaction() as tx:
        await store.save(tx, await request.body())  # here
""",
    "an adapter that is handed the transaction": """
from services.ministries.adapters.http_json import submit
async def deliver(tx: Transaction) -> None:
    await submit(tx)  # here
""",
}
_OWN_CALLS = {
    "statements": """
async def on_events(batch, tx: Transaction) -> None:
    rows = await store.lock(tx, batch.keys())
    await outbox.add(tx, rows)
""",
    "a call after the commit": """
async def deliver(self):
    async with self._database.transaction() as tx:
        row = await store.claim(tx)
    await self._ministry.submit(row)
""",
    "a function that is only told of transactions": """
async def with_database(dsn, work: Callable[[Transaction], Awaitable[None]]):
    await database.close()
""",
}


@pytest.mark.parametrize("text", _OUTSIDE_CALLS.values(), ids=_OUTSIDE_CALLS)
def test_a_call_outside_is_found(text: str) -> None:
    """Another await in a transaction breaks the rule."""
    marked = [number for number, line in enumerate(text.splitlines(), 1) if "# here" in line]
    assert RULE.lines(text) == marked


@pytest.mark.parametrize("text", _OWN_CALLS.values(), ids=_OWN_CALLS)
def test_statements_of_the_transaction_are_allowed(text: str) -> None:
    """So are calls after its end."""
    assert RULE.lines(text) == []
