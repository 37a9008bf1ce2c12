"""The settings of the brokers in deploy/ and of the embedded ones are the same."""

from pathlib import Path

from tests.deploy.manifests import composed, named
from tools.embedded.kafka_accounts import Accounts
from tools.embedded.kafka_settings import Node, rules, server_properties

# What the embedded brokers are told beside the rules: where they are, whom they know, and to be
# small and quick.
OF_ONE_MACHINE = {
    "process.roles",
    "node.id",
    "controller.quorum.voters",
    "listeners",
    "advertised.listeners",
    "log.dirs",
    "log.flush.interval.messages",
    "offsets.topic.num.partitions",
    "transaction.state.log.num.partitions",
    "share.coordinator.state.topic.num.partitions",
    "num.network.threads",
    "num.io.threads",
    "background.threads",
    "metadata.max.idle.interval.ms",
    "log.cleaner.threads",
    "log.cleaner.dedupe.buffer.size",
    "group.initial.rebalance.delay.ms",
    "group.min.session.timeout.ms",
}


# Who gets in at all, and what those may do whom no row of an access list names.
OF_ACCESS = {
    "listener.security.protocol.map",
    "inter.broker.listener.name",
    "controller.listener.names",
    "sasl.enabled.mechanisms",
    "sasl.mechanism.inter.broker.protocol",
    "sasl.mechanism.controller.protocol",
    "listener.name.broker.scram-sha-512.sasl.jaas.config",
    "listener.name.controller.sasl.enabled.mechanisms",
    "listener.name.controller.plain.sasl.jaas.config",
    "authorizer.class.name",
    "allow.everyone.if.no.acl.found",
    "super.users",
}
OF_COMPOSE = Accounts(operators="operators-${NAGORIK_SECRET}", brokers="brokers-${NAGORIK_SECRET}")


def composed_broker() -> dict[str, str]:
    """The settings of the composed broker, under Kafka's own names."""
    return {
        name.removeprefix("KAFKA_").lower().replace("___", "-").replace("_", "."): value
        for name, value in composed()["kafka"]["environment"].items()
        if name.startswith("KAFKA_")
    }


def embedded(nodes: int) -> dict[str, str]:
    """Return the settings of the first of some embedded nodes."""
    cluster = [Node(number, 20_000 + number, 21_000 + number) for number in range(1, nodes + 1)]
    text = server_properties(
        cluster[0], cluster, Path("/data"), OF_COMPOSE, flush_every_append=True
    )
    return dict(line.split("=", 1) for line in text.splitlines())


def test_a_cluster_has_the_settings_of_the_embedded_one() -> None:
    """Replication, elections, timeouts and topic creation."""
    told = named("Kafka", "kafka")["spec"]["kafka"]["config"]
    assert {name: str(value).lower() for name, value in told.items()} == rules(3)


def test_the_composed_broker_has_the_settings_of_the_embedded_one() -> None:
    """Replication, elections, timeouts."""
    told = composed_broker()
    assert {name: told.get(name) for name in rules(1)} == rules(1)


def test_the_composed_broker_requires_passwords_and_rights() -> None:
    """On both listeners."""
    told, tested = composed_broker(), embedded(1)
    assert {name: told.get(name) for name in OF_ACCESS} == {
        name: tested[name] for name in OF_ACCESS
    }


def test_other_settings_concern_one_machine() -> None:
    """A new setting of the embedded brokers must be added to one of the lists."""
    for nodes in (1, 3):
        assert rules(nodes).items() <= embedded(nodes).items()
        assert embedded(nodes).keys() - rules(nodes).keys() == OF_ONE_MACHINE | OF_ACCESS
