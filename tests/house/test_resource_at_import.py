"""Importing a module opens nothing, connects nothing and starts nothing.

Why: a teaching example makes its database engine in a default argument, at import: every test then
talks to that one, and whoever imports the module for a constant needs a database. Resources are
made in `build()` alone, so that all services can live in one process, each with its own pool,
broker and tracer, and so that a lock belongs to the event loop that uses it.
"""

import ast
from collections.abc import Iterator

import pytest

from tests.house.checking import Rule, Source, Violation, last_name

# Whatever is made of something from these modules is a resource.
_MAKERS = (
    "aiohttp", "aiokafka", "asyncio", "asyncpg", "concurrent", "faststream", "httpx",
    "libs.database", "tools.embedded", "libs.messaging", "libs.service",
    "libs.telemetry", "libs.web.calling.client", "libs.web.callers.tokens", "opentelemetry",
    "prometheus_client", "requests", "socket", "sqlite3", "subprocess", "tempfile", "threading",
    "uvicorn",
)  # fmt: skip
_SCHEMAS = "aiokafka.protocol"  # how a request is written: values
_OPENING = {"open", "connect", "create_pool", "read_text", "read_bytes", "mkdir", "urlopen"}
# A router declares consumers and connects nothing; `Depends` is part of a handler's signature.
_HARMLESS = {"current_context", "Depends", "Router"}


def _find(source: Source) -> Iterator[Violation]:
    made_of = {name for name, origin in source.imported() if _makes(origin)}
    for call in _calls_at_import(source.tree.body):
        name = last_name(call.func)
        if name in _HARMLESS:
            continue
        if _root(call.func) in made_of or name in _OPENING or name.endswith("Settings"):
            yield Violation(call.lineno, f"{name}() at import: make it in build(), hand it down")


def _makes(origin: str) -> bool:
    return not origin.startswith(f"{_SCHEMAS}.") and any(
        origin == maker or origin.startswith(f"{maker}.") for maker in _MAKERS
    )


def _calls_at_import(body: list[ast.stmt]) -> Iterator[ast.Call]:
    for statement in body:
        match statement:
            case ast.FunctionDef(args=arguments) | ast.AsyncFunctionDef(args=arguments):
                defaults = (
                    *arguments.defaults,
                    *(kw_default for kw_default in arguments.kw_defaults if kw_default),
                )
                for default in defaults:
                    yield from _calls_now(default)
            case ast.ClassDef(body=inner):
                yield from _calls_at_import(inner)
            case ast.If(test=test) if "__name__" in ast.unparse(test):
                pass
            case _:
                yield from _calls_now(statement)


def _calls_now(node: ast.AST) -> Iterator[ast.Call]:
    """Yield the calls of a piece of code, without those inside lambdas."""
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, ast.Call):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from _calls_now(child)


def _root(func: ast.expr) -> str:
    while isinstance(func, ast.Attribute):
        func = func.value
    return last_name(func)


RULE = Rule("resource-at-import", _find)


def test_importing_makes_nothing() -> None:
    """Every resource is made in `build()`."""
    assert not (broken := RULE.broken()), broken


@pytest.mark.parametrize(
    "text",
    [
        "from libs.database.pool import Database\ndatabase = Database('postgresql://')\n",
        "import asyncio\n_LOCK = asyncio.Lock()\n",
        "import aiohttp\nclass Client:\n    session = aiohttp.ClientSession()\n",
        "from libs.web.calling.client import HttpClient\ndef ask(http=HttpClient('sms')): ...\n",
        "from services.identity.settings import Settings\nSETTINGS = Settings()\n",
        "FORMS = Path(__file__).with_name('forms.json').read_text()\n",
    ],
)
def test_a_resource_made_at_import_is_found(text: str) -> None:
    """A pool, a lock, a session, settings or a file read at import breaks the rule."""
    assert RULE.lines(text) == [len([line for line in text.splitlines() if line])]


@pytest.mark.parametrize(
    "text",
    [
        "import re\n_PHONE = re.compile('01[0-9]{9}')\n",
        "log = structlog.get_logger()\n",
        "from libs.messaging.reading.router import Router\nrouter = Router('applications')\n",
        "import asyncio\ndef build():\n    return asyncio.Lock()\n",
        "import asyncio\nif __name__ == '__main__':\n    asyncio.run(main())\n",
        "import asyncio\nclass Loop:\n    wake: Event = field(default_factory=asyncio.Event)\n",
    ],
)
def test_values_and_functions_are_allowed(text: str) -> None:
    """Values, and resources that a function makes, do not break the rule."""
    assert RULE.lines(text) == []
