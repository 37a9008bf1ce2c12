"""The options of the kit."""

import json
from pathlib import Path

import pytest

from conformance.pair import TopicMissing, connected
from conformance.target import (
    OPTIONS,
    Target,
    is_given,
    operator_settings,
    security_settings,
    target_of,
)
from tools.embedded.kafka import EmbeddedKafka

NOTHING = dict.fromkeys(OPTIONS, "")


def test_a_bootstrap_and_a_ministry_are_enough() -> None:
    """Everything else has a default; the topics follow from the ministry."""
    target = target_of(
        {**NOTHING, "bootstrap": "kafka:9092", "ministry": "ird"}, password="", decides=True
    )
    assert (target.bootstrap, target.security) == ("kafka:9092", {})
    assert (target.reads, target.writes) == ("submissions.ird.v1", "ministries.ird.v1")
    assert target.restart is None


def test_topics_form_and_timeouts_are_options(tmp_path: Path) -> None:
    """For adapters with other topic names, or with a form of their own."""
    form = tmp_path / "form.json"
    form.write_text('{"plot": "১২"}', encoding="utf-8")
    options = {
        **NOTHING,
        "bootstrap": "kafka:9092",
        "ministry": "ird",
        "submissions-topic": "in",
        "ministries-topic": "out",
        "form": str(form),
        "public-service": "S031",
        "wait-s": "90",
        "settle-s": "5",
    }
    target = target_of(options, password="", decides=False)
    assert (target.reads, target.writes, target.form) == ("in", "out", {"plot": "১২"})
    assert (target.public_service_id, target.wait_s, target.settle_s) == ("S031", 90.0, 5.0)
    assert not target.decides


@pytest.mark.parametrize(
    ("kafka", "protocol"),
    [
        ({"bootstrap": "127.0.0.1:1"}, None),
        (
            {
                "bootstrap": "127.0.0.1:1",
                "security": {
                    "protocol": "SASL_PLAINTEXT",
                    "username": "operators",
                    "password": "p",
                },
            },
            "SASL_PLAINTEXT",
        ),
    ],
)
def test_from_state_reads_the_state_file(
    kafka: dict[str, object], protocol: str | None, tmp_path: Path
) -> None:
    """`--from-state` takes brokers, user and password from state.json."""
    state = tmp_path / "state.json"
    state.write_text(json.dumps({"kafka": kafka}), encoding="utf-8")
    options = {**NOTHING, "from-state": str(state), "ministry": "ird"}
    target = target_of(options, password="", decides=True)
    assert is_given(options)
    assert target.bootstrap == "127.0.0.1:1"
    assert target.security.get("security_protocol") == protocol


def test_a_secured_broker_needs_scram() -> None:
    """User and password are used with SCRAM-SHA-512, as by the services."""
    assert security_settings("SASL_PLAINTEXT", user="ministry-ird", password="p") == {
        "security_protocol": "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "ministry-ird",
        "sasl_plain_password": "p",
    }


def test_the_ministry_is_required() -> None:
    """The error names the option."""
    with pytest.raises(ValueError, match="--ministry is needed"):
        target_of({**NOTHING, "bootstrap": "kafka:9092"}, password="", decides=True)


async def test_the_restart_command_is_run(tmp_path: Path) -> None:
    """It is a shell command; a failure of it is an error."""
    options = {**NOTHING, "bootstrap": "kafka:9092", "ministry": "ird"}
    marker = tmp_path / "restarted"
    given = {**options, "restart-command": f"touch {marker}"}
    restart = target_of(given, password="", decides=True).restart
    assert restart is not None
    await restart()
    assert marker.exists()
    failing = target_of({**options, "restart-command": "false"}, password="", decides=True).restart
    assert failing is not None
    with pytest.raises(RuntimeError, match="status 1"):
        await failing()


async def test_topics_that_nobody_made_are_named(kafka: EmbeddedKafka) -> None:
    """With the command that makes them."""
    target = Target(kafka.bootstrap, "ecs", security=operator_settings(kafka.security))
    named = r"ministries\.ecs\.v1 and submissions\.ecs\.v1: .* topics apply --ministry ecs"
    with pytest.raises(TopicMissing, match=named):
        async with connected(target):
            pytest.fail("it connects")
