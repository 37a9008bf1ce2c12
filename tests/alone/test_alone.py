"""Each service by itself: its own folder, the libraries, the packages of its own group.

Why: in one checkout with all packages installed nobody notices that a service imports another, or
a package that its image will not have; the image would, at its first start in a real environment.
"""

import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from services.registry import REGISTRY, entry_of
from tests.alone.images import install_packages, make_tree
from tools.embedded.ports import free_port

_SECRET = "only-for-tests-0123456789-0123456789-0123456789"
_STARTS_WITHIN_S = 90.0


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of all images, with one environment.

    It gets the packages of each image in turn and no others. What is compiled of a package that
    two images have is kept.
    """
    return tmp_path_factory.mktemp("alone")


@pytest.fixture(scope="module", params=[entry.name for entry in REGISTRY if entry.production])
def image(request: pytest.FixtureRequest, alone: Path) -> Path:
    """A folder with the content of one service's image; the folder has the service's name."""
    folder = alone / str(request.param)
    folder.mkdir()
    make_tree(folder, folder.name)
    install_packages(folder, alone / ".venv", "service-packages", folder.name)
    return folder


def test_it_starts_without_any_other_process(image: Path) -> None:
    """A service is live without broker, database and other services."""
    with _started(image) as url:
        assert _answer(f"{url}/health/live") == 200
        assert _answer(f"{url}/metrics") == 200


@contextmanager
def _started(image: Path) -> Iterator[str]:
    service, port = image.name, free_port()
    settings = {
        "PORT": str(port),
        **{
            secret.setting: f"{secret.key_id}:{_SECRET}" if secret.key_id else _SECRET
            for secret in entry_of(service).secrets
        },
        "DSN": "postgresql://nobody@127.0.0.1:1/nothing",
    }
    variables = [f"{service.upper()}_{name}={value}" for name, value in settings.items()]
    process = subprocess.Popen(  # noqa: S603
        [
            *("env", "--unset=PYTHONPATH", "NAGORIK_KAFKA_BOOTSTRAP=127.0.0.1:1", *variables),
            *(str(image.parent / ".venv" / "bin" / "python"), "-m", "services", service),
        ],
        cwd=image,
        stdout=(image / "output.txt").open("w"),
        stderr=subprocess.STDOUT,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _await(url, process, image / "output.txt")
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)


def _await(url: str, process: "subprocess.Popen[bytes]", output: Path) -> None:
    end_s = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < end_s and process.poll() is None:
        with suppress(OSError):
            _answer(f"{url}/health/live")
            return
        time.sleep(0.1)
    pytest.fail(f"it did not start: {output.read_text()[-2000:]}")


def _answer(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
            return int(answer.status)
    except urllib.error.HTTPError as failure:
        return failure.code
