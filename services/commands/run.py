"""`<service>`: one service in this process; what a container runs."""

import asyncio
import gc
import sys
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

import uvloop
from pydantic_core import ValidationError

from libs.telemetry.logging import configure

if TYPE_CHECKING:
    from libs.settings import ServiceSettings

# New objects; more than a batch makes (the default of 700 is a few records'), since those of a
# batch in hand are all alive, and walking through them was 8 % of applications.
_COLLECT_AFTER = 100_000


def command_for(service: str) -> Callable[[], None]:
    """The command that runs one service until SIGTERM."""

    def run() -> None:
        settings = _settings_of(service)
        configure(service, settings.log_level)
        built = import_module(f"services.{service}.main").build(settings)
        # What is loaded by now stays: the collector need not walk through it again and again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_COLLECT_AFTER, 20, 50)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(built.run())

    return run


def _settings_of(service: str) -> "ServiceSettings":
    """Read a service's settings from the environment.

    Raises:
        SystemExit: with status 2, when one is missing or wrong; which one is said, not its value.
    """
    kind: type[ServiceSettings] = import_module(f"services.{service}.settings").Settings
    try:
        return kind()
    except ValidationError as failure:
        for error in failure.errors(include_url=False, include_context=False, include_input=False):
            name = str(error["loc"][0]).upper()
            variable = name if name.startswith("NAGORIK_") else f"{service.upper()}_{name}"
            sys.stderr.write(f"{variable}: {error['msg']}\n")
        raise SystemExit(2) from None
