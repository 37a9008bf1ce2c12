"""Modules of capabilities that are found by their names, as migrations are."""

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec


def modules_of(package: str, file: str) -> Iterator[str]:
    """Yield the modules of this name in the capabilities of a service, by capability.

    Args:
        package: the service's package. One that is not in an image has none.
        file: the file's name without `.py`.
    """
    if find_spec(package) is None:
        return
    for folder in pkgutil.iter_modules(import_module(package).__path__, f"{package}."):
        if folder.ispkg and find_spec(f"{folder.name}.{file}"):
            yield f"{folder.name}.{file}"
