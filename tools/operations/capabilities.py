"""Files of a service and its capabilities that are found by their names, as migrations are."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

from libs.encryption import EncryptedColumn
from services.registry import ServiceEntry

_CHECKOUT = Path(__file__).resolve().parents[2]


def modules_of(entry: ServiceEntry, file: str) -> Iterator[str]:
    """Yield the names of the modules that are called so, of a service and of its capabilities.

    Args:
        entry: the service.
        file: the name without `.py`.
    """
    folder = _CHECKOUT.joinpath(*entry.package.split("."))
    for path in [*folder.glob(f"{file}.py"), *sorted(folder.glob(f"*/{file}.py"))]:
        yield ".".join(path.relative_to(_CHECKOUT).with_suffix("").parts)


def encrypted_columns(entry: ServiceEntry) -> tuple[EncryptedColumn, ...]:
    """Return the columns that `encrypted.py` of a service and of its capabilities list."""
    modules = map(import_module, modules_of(entry, "encrypted"))
    return tuple(column for module in modules for column in module.COLUMNS)
