from pathlib import Path

from tools.embedded.kafka_accounts import Accounts
from tools.embedded.kafka_settings import Node, server_properties

ONE = Node(1, broker_port=20_001, controller_port=20_002)
THREE = [Node(n, broker_port=20_000 + n, controller_port=21_000 + n) for n in (1, 2, 3)]


def settings_of(
    node: Node, cluster: list[Node], *, flush_every_append: bool = True
) -> dict[str, str]:
    text = server_properties(
        node,
        cluster,
        Path("/data"),
        Accounts(operators="one", brokers="two"),
        flush_every_append=flush_every_append,
    )
    return dict(line.split("=", 1) for line in text.splitlines())


def test_acknowledged_means_on_disk_unless_asked_otherwise() -> None:
    """A single broker has no replicas, so it flushes unless told not to."""
    assert settings_of(ONE, [ONE])["log.flush.interval.messages"] == "1"
    assert "log.flush.interval.messages" not in settings_of(ONE, [ONE], flush_every_append=False)


def test_a_single_node_has_no_replicas() -> None:
    """A single broker must be able to acknowledge alone."""
    assert settings_of(ONE, [ONE])["default.replication.factor"] == "1"
    assert settings_of(ONE, [ONE])["min.insync.replicas"] == "1"


def test_three_nodes_have_three_replicas_and_two_must_be_in_sync() -> None:
    """No record is lost with one of three brokers."""
    settings = settings_of(THREE[1], THREE)
    assert settings["node.id"] == "2"
    assert settings["offsets.topic.replication.factor"] == "3"
    assert settings["min.insync.replicas"] == "2"
    assert settings["unclean.leader.election.enable"] == "false"
    assert settings["controller.quorum.voters"] == (
        "1@127.0.0.1:21001,2@127.0.0.1:21002,3@127.0.0.1:21003"
    )


def test_every_listener_needs_a_login() -> None:
    """Those of brokers, controllers and clients."""
    settings = settings_of(ONE, [ONE])
    protocols = settings["listener.security.protocol.map"].split(",")
    assert [protocol.partition(":")[2] for protocol in protocols] == ["SASL_PLAINTEXT"] * 2


def test_rights_that_no_access_list_grants_are_refused() -> None:
    """Only the two accounts of the first start are super users."""
    settings = settings_of(ONE, [ONE])
    assert settings["allow.everyone.if.no.acl.found"] == "false"
    assert settings["super.users"] == "User:brokers;User:operators"


def test_the_operators_password_is_not_in_the_settings() -> None:
    """The settings have the nodes' own password only."""
    passwords = [value for value in settings_of(ONE, [ONE]).values() if '"' in value]
    assert passwords
    assert all('"two"' in value and '"one"' not in value for value in passwords)
