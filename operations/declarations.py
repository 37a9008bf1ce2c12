"""The declarations of a service's modules: routes, routers of topics, manual actions.

Nothing is built and no setting is read, so a document can be made, and a dead letter replayed,
without the service's secrets.
"""

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import TypeVar

from libs.dead_letters.rules import ManualActions
from libs.messaging.reading.router import TopicRouter
from libs.web.handling.routes import Declaration, Routes

T = TypeVar("T")


def routes_of(package: str) -> list[Declaration]:
    """Return the routes of a service."""
    return [
        declaration for routes in _named(package, Routes) for declaration in routes.declarations
    ]


def routers_of(package: str) -> list[TopicRouter]:
    """Return the routers of the topics that a service publishes and consumes."""
    return _named(package, TopicRouter)


def manual_actions_of(package: str) -> Mapping[str, ManualActions]:
    """Return the manual actions on failed jobs of a service, by job type."""
    found: dict[str, ManualActions] = {}
    for module in _modules(package):
        found |= getattr(module, "MANUAL_ACTIONS", {})
    return found


def _named(package: str, kind: type[T]) -> list[T]:
    found: dict[int, T] = {}
    for module in _modules(package):
        found |= {id(value): value for value in vars(module).values() if isinstance(value, kind)}
    return list(found.values())


def _modules(package: str) -> Iterator[ModuleType]:
    folder = import_module(package).__path__
    for module in pkgutil.walk_packages(folder, f"{package}."):
        if not module.name.endswith("__main__"):
            yield import_module(module.name)
