"""Loads a file of the examples, which lie outside the packages."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any, Final

_EXAMPLES: Final = Path(__file__).resolve().parents[2] / "examples"


def example(path: str) -> Any:
    """Return a file of the examples as a module.

    Args:
        path: of the file, from the folder of the examples.
    """
    file = _EXAMPLES / path
    spec = spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[file.stem] = module
    spec.loader.exec_module(module)
    return module
