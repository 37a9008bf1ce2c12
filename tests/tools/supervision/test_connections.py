"""The ministries of the sandbox, connected by every kind."""

from collections import Counter
from collections.abc import Awaitable, Callable

from libs.database.pool import Database
from services.ministries.connections.use_cases import read_current
from tools.supervision.connections import BY_SOAP, connect_sandbox, kinds


def test_the_67_ministries_have_systems_of_all_kinds() -> None:
    """A quarter of each, or two by SOAP and the others by JSON."""
    counts = Counter(kinds(mixed=True).values())
    assert counts == {"http_json": 17, "soap": 17, "poll_json": 17, "files": 16}
    by_soap = {ministry for ministry, kind in kinds(mixed=False).items() if kind == "soap"}
    assert by_soap == set(BY_SOAP)


async def test_a_start_without_mixed_ministries_ends_what_one_with_them_began(
    dsn_for: Callable[[str], Awaitable[str]],
) -> None:
    """In the same folder; a repeat adds no version."""
    dsn = await dsn_for("ministries")
    found: list[Counter[str]] = []
    versions: list[int] = []
    database = Database(dsn, connections=1)
    for mixed in (True, True, False, False):
        await connect_sandbox(
            dsn, "http://127.0.0.1:9", file_server="127.0.0.1:9", secret="s" * 32, mixed=mixed
        )
        async with database.transaction() as tx:
            current = await read_current(tx)
        found.append(
            Counter(version.connection.adapter for version in current if version.connection)
        )
        versions.append(sum(version.version for version in current))
    await database.close()
    assert found[0] == found[1] == {"soap": 17, "poll_json": 17, "files": 16}
    assert found[2]["soap"] == len(BY_SOAP)
    assert found[2]["files"] == found[2]["poll_json"] == 0
    assert (versions[0], versions[2]) == (versions[1], versions[3])
