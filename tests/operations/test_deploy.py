"""Deploy steps on real servers: schema and topics; they can be repeated."""

from kafka.admin import ConfigResource, ConfigResourceType, KafkaAdminClient

from tests.libs.messaging.scenes import setting
from tests.operating import can_log_in
from tests.tools.commands.invoking import environment, invoke
from tests.waiting import until
from tools.embedded.kafka import EmbeddedKafka
from tools.embedded.postgres import EmbeddedPostgres


async def test_migrate_creates_the_schema_once(
    postgres: EmbeddedPostgres,
) -> None:
    """The mechanism's tables and the service's own; a second run finds nothing to do."""
    await postgres.ensure_database("catalogue_deploy", "only-for-tests")
    dsn = postgres.owner_dsn("catalogue_deploy")
    status, told = await invoke("migrate", "catalogue", CATALOGUE_DSN=dsn)
    assert status == 0
    assert "0001_public_services" in told
    assert "messaging" in told
    status, told = await invoke("migrate", "catalogue", CATALOGUE_DSN=dsn)
    assert (status, "nothing to apply" in told) == (0, True)


async def test_migrate_refuses_a_service_without_a_database() -> None:
    """The gateway and unknown services are refused."""
    for name in ("gateway", "nobody"):
        status, told = await invoke("migrate", name)
        assert (status, "has no database" in told) == (2, True)


async def test_existing_topics_do_not_change(kafka: EmbeddedKafka) -> None:
    """A second `topics apply` creates nothing."""
    status, told = await invoke("topics", "apply", **environment(kafka))
    assert (status, "0 topics made or grown" in told) == (0, True)


async def test_settings_that_differ_are_changed_and_printed(
    fresh_module_kafka: EmbeddedKafka,
) -> None:
    """A dry run changes nothing, and what may lose records is changed on request only."""
    topic = "notifications.v1"
    with KafkaAdminClient(**fresh_module_kafka.client) as admin:
        before = {"retention.ms": "-1", "max.message.bytes": "9000000"}
        admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs=before)])
    await until(lambda: has(fresh_module_kafka, topic, **before))
    words, told = ("topics", "apply", "--no-access"), environment(fresh_module_kafka)

    status, dry = await invoke(*words, "--dry-run", **told)
    assert (status, "1 settings would be changed" in dry) == (0, True)
    assert await has(fresh_module_kafka, topic, **before)

    status, first = await invoke(*words, **told)
    assert (status, "1 settings changed" in first) == (0, True)
    assert f"{topic}: max.message.bytes 9000000 -> 1048576" in first
    assert f"{topic}: retention.ms -1 -> 2592000000 left as it is" in first
    after = before | {"max.message.bytes": "1048576"}
    await until(lambda: has(fresh_module_kafka, topic, **after))

    status, second = await invoke(*words, "--allow-loss", **told)
    assert (status, "1 settings changed" in second) == (0, True)
    after["retention.ms"] = "2592000000"
    await until(lambda: has(fresh_module_kafka, topic, **after))


async def has(kafka: EmbeddedKafka, topic: str, **settings: str) -> bool:
    """Whether a broker acts on these settings of a topic, which is a little after the change."""
    return {name: await setting(kafka, topic, name) for name in settings} == settings


async def test_a_dry_run_makes_no_topic(fresh_module_kafka: EmbeddedKafka) -> None:
    """It says how many are missing."""
    with KafkaAdminClient(**fresh_module_kafka.client) as admin:
        admin.delete_topics(["catalogue.v1"])
        await until(lambda: "catalogue.v1" not in admin.list_topics())
    words = ("topics", "apply", "--no-access", "--dry-run")
    for _ in range(2):
        status, printed = await invoke(*words, **environment(fresh_module_kafka))
        assert (status, "1 topics would be made or grown" in printed) == (0, True)


async def test_an_unknown_ministry_is_refused_before_any_change(
    kafka: EmbeddedKafka,
) -> None:
    """A mistyped id gets no rights."""
    words = ["topics", "apply", "--ministry", "mopaa"]
    status, told = await invoke(*words, **environment(kafka), MINISTRY_MOPAA_KAFKA_PASSWORD="p")
    assert (status, "no ministry 'mopaa'" in told) == (2, True)
    assert not await can_log_in(kafka, "ministry-mopaa", "p")


async def test_without_access_no_user_or_right_changes(
    kafka: EmbeddedKafka,
) -> None:
    """The command without `--no-access` makes a ministry's user."""
    words = ["topics", "apply", "--ministry", "ird"]
    told = {**environment(kafka), "MINISTRY_IRD_KAFKA_PASSWORD": "only-for-tests"}
    assert (await invoke(*words, "--no-access", **told))[0] == 0
    assert not await can_log_in(kafka, "ministry-ird", "only-for-tests")
    assert (await invoke(*words, **told))[0] == 0
    assert await can_log_in(kafka, "ministry-ird", "only-for-tests")


async def test_a_failed_step_has_status_1() -> None:
    """Without a broker or database the deploy stops."""
    status, _ = await invoke("topics", "apply", NAGORIK_KAFKA_BOOTSTRAP="127.0.0.1:1")
    assert status != 0
    dsn = "postgresql://x:a-password@127.0.0.1:1/x"
    status, told = await invoke("migrate", "catalogue", CATALOGUE_DSN=dsn)
    assert status == 1
    assert told.strip() == "the database of catalogue does not answer: ConnectionRefusedError"
