"""Deploy steps against a real server: schema and topics, as often as one likes."""

from tests.operating import comes_in
from tests.tools.commands.invoking import environment, invoke
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.postgres import EmbeddedPostgres


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


async def test_a_ministry_that_is_none_is_told_before_anything_is_made(
    kafka: EmbeddedKafka,
) -> None:
    """A mistyped name must give nobody a right."""
    words = ["topics", "apply", "--ministry", "mopaa"]
    status, told = await invoke(*words, **environment(kafka), MINISTRY_MOPAA_KAFKA_PASSWORD="p")
    assert (status, "no ministry 'mopaa'" in told) == (2, True)
    assert not await comes_in(kafka, "ministry-mopaa", "p")


async def test_users_and_rights_are_left_alone_where_somebody_else_makes_them(
    kafka: EmbeddedKafka,
) -> None:
    """The same words make a ministry's user, or with `--no-access` nobody."""
    words = ["topics", "apply", "--ministry", "ird"]
    told = {**environment(kafka), "MINISTRY_IRD_KAFKA_PASSWORD": "only-for-tests"}
    assert (await invoke(*words, "--no-access", **told))[0] == 0
    assert not await comes_in(kafka, "ministry-ird", "only-for-tests")
    assert (await invoke(*words, **told))[0] == 0
    assert await comes_in(kafka, "ministry-ird", "only-for-tests")


async def test_a_step_that_failed_has_a_status_that_stops_the_deploy() -> None:
    """Without a broker or a database no deploy goes on."""
    status, _ = await invoke("topics", "apply", NAGORIK_KAFKA_BOOTSTRAP="127.0.0.1:1")
    assert status != 0
    dsn = "postgresql://x:a-password@127.0.0.1:1/x"
    status, told = await invoke("migrate", "catalogue", CATALOGUE_DSN=dsn)
    assert status == 1
    assert told.strip() == "the database of catalogue does not answer: ConnectionRefusedError"
