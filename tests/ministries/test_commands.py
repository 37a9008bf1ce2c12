from pydantic import SecretStr
from typer.testing import CliRunner

from libs.database.pool import Database
from services.ministries.commands import in_transaction, make_app
from services.ministries.settings import Settings
from services.ministries.store import deliveries, due
from services.ministries.store.due import Retry
from services.ministries.worker import requeue
from tests.ministries.scenes import LAND, TRACE, claim, planned, submission


async def test_what_failed_is_listed_and_handed_over_again(
    database: Database, migrated: dict[str, str]
) -> None:
    """The list tells why, how often and in which trace; the command makes it due, once."""
    async with database.transaction() as tx:
        (delivery,) = await planned(tx, submission())
        await claim(tx)
        await due.save_retries(tx, [Retry(delivery.key, "nonsense_answer", None)])
    settings = Settings(dsn=migrated["ministries"], ministry_secret=SecretStr("x" * 16))
    (found,) = await in_transaction(settings, lambda tx: deliveries.read_failed(tx, LAND, limit=10))
    assert (found.reason, found.attempts) == ("nonsense_answer", 1)
    assert found.trace_context == TRACE.text()
    assert await in_transaction(settings, lambda tx: requeue(tx, LAND)) == 1
    assert await in_transaction(settings, lambda tx: requeue(tx, LAND)) == 0
    async with database.transaction() as tx:
        assert [each.key for each in await claim(tx, worker="w2")] == [delivery.key]


def test_an_unknown_ministry_is_turned_away() -> None:
    """A mistyped id is said to be one, before the database is asked."""
    for command in ("failed", "requeue"):
        result = CliRunner().invoke(make_app(), [command, "minlnd"])
        assert result.exit_code == 2
        assert "minlnd" in result.output
