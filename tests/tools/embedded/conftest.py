import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder of this test run, removed afterwards."""
    made = Path(tempfile.mkdtemp(prefix="nagorik-embedded-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="module")
def module_folder() -> Iterator[Path]:
    """The same for all tests of a file."""
    made = Path(tempfile.mkdtemp(prefix="nagorik-embedded-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)
