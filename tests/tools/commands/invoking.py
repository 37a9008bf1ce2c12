"""Runs commands as from a shell, in a thread beside the test's event loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import typer
from typer.testing import CliRunner, Result

from tests.operating import as_operator
from tools.commands.root import make_app
from tools.embedded.kafka import EmbeddedKafka


async def invoke(*words: str, **environment: str) -> tuple[int, str]:
    """Run a command; return its status, and what it tells people."""
    outcome = await outcome_of(*words, **environment)
    return outcome.exit_code, outcome.stderr


async def outcome_of(*words: str, **environment: str) -> Result:
    """Run a command in a thread, since it runs an event loop of its own."""
    app: typer.Typer = make_app()
    with ThreadPoolExecutor(1) as thread:
        return await asyncio.get_running_loop().run_in_executor(
            thread,
            lambda: CliRunner().invoke(
                app, list(words), env={"NAGORIK_LOG_LEVEL": "CRITICAL", **environment}
            ),
        )


def environment(kafka: EmbeddedKafka) -> dict[str, str]:
    """The environment variables of an operator who uses the broker."""
    return {name.upper(): value for name, value in as_operator(kafka).items()}
