"""Deploy steps against a real server: schema and topics, as often as one likes."""

from libs.embedded.kafka import EmbeddedKafka
from libs.embedded.postgres import EmbeddedPostgres
from tests.commands.invoking import environment, invoke


async def test_migrate_brings_a_new_database_to_the_schema_and_then_does_nothing(
    postgres: EmbeddedPostgres,
) -> None:
    """The mechanism's tables and the service's own; a second run finds nothing to do."""
    dsn = await postgres.ensure_database("catalogue_deploy", "only-for-tests")
    status, told = await invoke("migrate", "catalogue", CATALOGUE_DSN=dsn)
    assert status == 0
    assert "0001_catalogue" in told
    assert "messaging" in told
    status, told = await invoke("migrate", "catalogue", CATALOGUE_DSN=dsn)
    assert (status, "nothing to apply" in told) == (0, True)


async def test_a_service_without_database_is_said_so() -> None:
    """The gateway, and strangers."""
    for name in ("gateway", "nobody"):
        status, told = await invoke("migrate", name)
        assert (status, "has no database" in told) == (2, True)


async def test_topics_that_are_there_stay_as_they_are(kafka: EmbeddedKafka) -> None:
    """Applying the map again makes nothing."""
    status, told = await invoke("topics", "apply", **environment(kafka))
    assert (status, "0 topics made or grown" in told) == (0, True)


async def test_a_step_that_failed_has_a_status_that_stops_the_deploy() -> None:
    """Without a broker or a database no deploy goes on."""
    status, _ = await invoke("topics", "apply", NAGORIK_KAFKA_BOOTSTRAP="127.0.0.1:1")
    assert status != 0
    dsn = "postgresql://x:a-password@127.0.0.1:1/x"
    status, told = await invoke("migrate", "catalogue", CATALOGUE_DSN=dsn)
    assert status == 1
    assert told.strip() == "the database of catalogue does not answer: ConnectionRefusedError"
