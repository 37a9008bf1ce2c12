"""A form as names and texts, for systems whose records are flat."""

from collections.abc import Iterator
from typing import Any

import orjson


def flatten(form: str | None) -> dict[str, str]:
    """Return the answers of a form by their names; `address.village`, `children.0.name`.

    Args:
        form: the snapshot as JSON text; None has no answers.
    """
    return {} if form is None else dict(_answers("", orjson.loads(form)))


def _answers(name: str, value: Any) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for key, inner in value.items():
                yield from _answers(f"{name}.{key}" if name else key, inner)
        case list():
            for place, inner in enumerate(value):
                yield from _answers(f"{name}.{place}", inner)
        case str():
            yield name, value
        case None:
            yield name, ""
        case _:
            yield name, orjson.dumps(value).decode()
