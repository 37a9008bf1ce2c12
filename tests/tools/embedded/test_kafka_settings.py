from pathlib import Path

from tools.embedded.kafka_accounts import Accounts
from tools.embedded.kafka_settings import Node, server_properties

ONE = Node(1, broker_port=20_001, controller_port=20_002)
THREE = [Node(n, broker_port=20_000 + n, controller_port=21_000 + n) for n in (1, 2, 3)]


def told(node: Node, cluster: list[Node], *, flush_every_append: bool = True) -> dict[str, str]:
    text = server_properties(
        node,
        cluster,
        Path("/data"),
        Accounts(operators="one", brokers="two"),
        flush_every_append=flush_every_append,
    )
    return dict(line.split("=", 1) for line in text.splitlines())


def test_acknowledged_means_on_disk_unless_told_otherwise() -> None:
    """One broker has no neighbour that remembers, so its disk must."""
    assert told(ONE, [ONE])["log.flush.interval.messages"] == "1"
    assert "log.flush.interval.messages" not in told(ONE, [ONE], flush_every_append=False)


def test_topics_are_never_made_by_asking_for_them() -> None:
    """A misspelt topic is an error, not a new topic."""
    assert told(ONE, [ONE])["auto.create.topics.enable"] == "false"


def test_one_node_copies_nothing() -> None:
    """A single broker must be able to acknowledge alone."""
    assert told(ONE, [ONE])["default.replication.factor"] == "1"
    assert told(ONE, [ONE])["min.insync.replicas"] == "1"


def test_three_nodes_copy_everything_and_two_must_have_it() -> None:
    """A cluster of three loses nothing with one of them."""
    settings = told(THREE[1], THREE)
    assert settings["node.id"] == "2"
    assert settings["offsets.topic.replication.factor"] == "3"
    assert settings["min.insync.replicas"] == "2"
    assert settings["unclean.leader.election.enable"] == "false"
    assert settings["controller.quorum.voters"] == (
        "1@127.0.0.1:21001,2@127.0.0.1:21002,3@127.0.0.1:21003"
    )


def test_every_listener_asks_who_comes() -> None:
    """Brokers, controllers and clients alike: none is spoken to without a password."""
    settings = told(ONE, [ONE])
    protocols = settings["listener.security.protocol.map"].split(",")
    assert [each.partition(":")[2] for each in protocols] == ["SASL_PLAINTEXT"] * 2


def test_what_no_list_grants_is_refused() -> None:
    """Only those whom the nodes know from the beginning may do more."""
    settings = told(ONE, [ONE])
    assert settings["allow.everyone.if.no.acl.found"] == "false"
    assert settings["super.users"] == "User:brokers;User:operators"


def test_the_operators_password_is_not_in_the_settings() -> None:
    """Nodes need their own only; an operator's stands salted in the broker's data."""
    told_passwords = [value for value in told(ONE, [ONE]).values() if '"' in value]
    assert told_passwords
    assert all('"two"' in value and '"one"' not in value for value in told_passwords)
