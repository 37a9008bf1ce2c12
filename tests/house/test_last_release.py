"""Every statement of the last release can be prepared on the schema of this code.

Why: a deploy migrates first and then replaces one replica after the other. Until the last one is
replaced the old code runs on the new schema, and after a rollback all of it does. A column that a
migration renames is asked for by ten processes that nobody can replace in the same moment.
"""

import subprocess
from pathlib import Path

import pytest

from services.registry import WITH_DATABASE
from tests.house.checking import CHECKOUT, CODE, Source
from tests.house.conftest import Connect
from tests.house.statements import statements_on, wrong_with
from tools.last_release import LAST_RELEASE, NotInHistory, commit_of, read_files, unpack


@pytest.fixture(scope="session")
def last_release() -> tuple[Source, ...]:
    """The Python files of the last release."""
    try:
        files = read_files(CHECKOUT, *CODE)
    except NotInHistory as failure:
        pytest.skip(f"not run: {failure}")
    return tuple(
        Source(path, content.decode()) for path, content in files.items() if path.endswith(".py")
    )


@pytest.mark.database
@pytest.mark.parametrize("service", WITH_DATABASE)
async def test_the_last_release_runs_on_this_schema(
    connect: Connect, last_release: tuple[Source, ...], service: str
) -> None:
    """PostgreSQL can prepare each of its statements; a new service has none."""
    connection = await connect(service)
    found = statements_on(service, last_release)
    wrong = [why for statement in found if (why := await wrong_with(connection, statement))]
    was_there = any(source.path.startswith(f"services/{service}/") for source in last_release)
    assert bool(found) == was_there
    assert not wrong, "\n".join(wrong)


@pytest.mark.database
async def test_a_column_that_went_too_early_is_found(connect: Connect) -> None:
    """The old code asks for it."""
    source = Source(
        "services/identity/citizens/queries.py",
        'async def read(tx):\n    await tx.fetch("SELECT gone FROM citizens")\n',
    )
    (statement,) = statements_on("identity", (source,))
    found = await wrong_with(await connect("identity"), statement)
    assert found
    assert "does not exist" in found


def test_a_clone_without_the_commit_says_so(tmp_path: Path) -> None:
    """A shallow one has not all of the history."""
    (tmp_path / "deploy").mkdir()
    (tmp_path / LAST_RELEASE).write_text(f"{'0' * 40}\n")
    git("init", "-q", str(tmp_path))
    with pytest.raises(NotInHistory):
        read_files(tmp_path)


def test_a_release_is_unpacked_once(tmp_path: Path) -> None:
    """Into a folder of its commit; another commit is, too."""
    checkout, folder = tmp_path / "checkout", tmp_path / "unpacked"
    (checkout / "deploy").mkdir(parents=True)
    folder.mkdir()
    by = ("-C", str(checkout), "-c", "user.name=t", "-c", "user.email=t@example.org")
    git("init", "-q", str(checkout))
    (checkout / "code.py").write_text("VERSION = 1\n")
    git(*by, "add", "-A")
    git(*by, "commit", "-qm", "one")
    (checkout / LAST_RELEASE).write_text(git(*by, "rev-parse", "HEAD"))
    (checkout / "code.py").write_text("VERSION = 2\n")
    for _ in range(2):
        unpacked = unpack(checkout, folder)
        assert unpacked.name == commit_of(checkout)
        assert (unpacked / "code.py").read_text() == "VERSION = 1\n"
    git(*by, "commit", "-qam", "two")
    assert (unpack(checkout, folder, "HEAD") / "code.py").read_text() == "VERSION = 2\n"


def git(*arguments: str) -> str:
    """Run a command of git; return what it prints."""
    done = subprocess.run(["git", *arguments], check=True, capture_output=True)  # noqa: S603, S607
    return done.stdout.decode()
