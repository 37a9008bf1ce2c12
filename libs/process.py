"""Run one service in this process, as a container does, until SIGTERM."""

import asyncio
import gc
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from pydantic_core import ValidationError

from libs.telemetry.logging import configure
from libs.web.calling.tls import UnfitCertificate

if TYPE_CHECKING:
    from libs.settings import ServiceSettings

# New objects until the garbage collector runs. A batch makes more live objects than the default of
# 700; scanning them took 8 % of the CPU time of applications, and a tenth of a start.
_COLLECT_AFTER = 100_000


def run_service(name: str, package: str) -> None:
    """Build a service and run it until SIGTERM.

    Args:
        name: the service's name; the prefix of its variables in the environment.
        package: the Python package that has `main.build` and `settings.Settings`.

    Raises:
        SystemExit: status 2: a setting or the certificate is wrong; standard error has a sentence.
    """
    gc.set_threshold(_COLLECT_AFTER, 20, 50)
    settings = _settings_of(name, package)
    configure(name, settings.log_level)
    try:
        built = import_module(f"{package}.main").build(settings)
    except UnfitCertificate as failure:
        sys.stderr.write(f"NAGORIK_TLS_FOLDER: {failure}\n")
        raise SystemExit(2) from None
    # Modules stay loaded, so the collector need not scan them.
    gc.collect()
    gc.freeze()
    # Not uvloop (3.5 % less CPU): its connections raise RuntimeError where aiokafka expects that a
    # write after the peer's end does nothing; its task for metadata ends silently (decision 52).
    asyncio.run(built.run())


def _settings_of(name: str, package: str) -> "ServiceSettings":
    """Read a service's settings from the environment.

    Raises:
        SystemExit: status 2: a setting is missing or wrong. The variable is printed to standard
            error without its value.
        ValueError: the settings fail in a way of their own.
    """
    kind: type[ServiceSettings] = import_module(f"{package}.settings").Settings
    try:
        return kind()
    except ValidationError as failure:
        for variable, message in wrong_settings(name, failure).items():
            sys.stderr.write(f"{variable}: {message}\n")
        raise SystemExit(2) from None
    except ValueError as failure:
        # The package is loaded with the settings of the service, and not before.
        if not isinstance(failure, import_module("pydantic_settings").SettingsError):
            raise
        sys.stderr.write(f"{name.upper()}_…: {failure}; it must be JSON\n")
        raise SystemExit(2) from None


def wrong_settings(name: str, failure: ValidationError) -> dict[str, str]:
    """Return the errors in a service's settings, by variable and without values.

    One that concerns several settings begins with the variable.

    Args:
        name: the service's name.
        failure: of its settings.
    """
    wrong: dict[str, str] = {}
    for error in failure.errors(include_url=False, include_context=False, include_input=False):
        message = error["msg"]
        if not error["loc"]:
            variable, _, message = message.removeprefix("Value error, ").partition(" ")
            wrong[variable.rstrip(":")] = message
            continue
        field = str(error["loc"][0]).upper()
        variable = field if field.startswith("NAGORIK_") else f"{name.upper()}_{field}"
        wrong[variable] = message
    return wrong
