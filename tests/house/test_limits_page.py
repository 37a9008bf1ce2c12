"""Every queue has a bound, and `docs/limits.md` says which.

Why: what waits in memory without a bound is lost at the next crash, and is what crashes the
process: one slow party, and everything that others send piles up. A page that nobody checks would
soon be about another program.
"""

import ast
import re
from collections.abc import Iterator

from tests.house.checking import CHECKOUT, CODE, sources

_PAGE = CHECKOUT / "docs" / "limits.md"
_PLACE = re.compile(r"`([\w/]+\.py)`: `([^`]+)` \|$", re.ASCII | re.MULTILINE)
_QUEUES = {"deque", "Queue", "LifoQueue", "PriorityQueue", "SimpleQueue"}


def test_each_bound_stands_where_the_page_says() -> None:
    """A bound that is changed or gone is changed or gone on the page."""
    rows = _PLACE.findall(_PAGE.read_text(encoding="utf-8"))
    assert len(rows) > 20
    wrong = [(path, code) for path, code in rows if code not in (CHECKOUT / path).read_text()]
    assert wrong == []


def test_each_queue_is_on_the_page() -> None:
    """Nobody adds a queue without saying how much it holds."""
    told = {path for path, _ in _PLACE.findall(_PAGE.read_text(encoding="utf-8"))}
    untold = {
        source.path
        for source in sources(CODE)
        if source.path not in told and not source.path.startswith("services/trials/")
        for _ in queues(source.tree)
    }
    assert untold == set()


def queues(tree: ast.AST) -> Iterator[int]:
    """The line of each queue that a file makes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            made = node.func.value if isinstance(node.func, ast.Subscript) else node.func
            name = made.attr if isinstance(made, ast.Attribute) else getattr(made, "id", "")
            if name in _QUEUES:
                yield node.lineno


def test_queues_are_found() -> None:
    """However they are written."""
    text = "import asyncio\na = asyncio.Queue()\nb = deque()\nc = deque[int]()\nd = dict()\n"
    assert list(queues(ast.parse(text))) == [2, 3, 4]
