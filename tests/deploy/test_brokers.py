"""The brokers of deploy/ against those that every test here runs on: told the same, key by key."""

from pathlib import Path

from libs.embedded.kafka_accounts import Accounts
from libs.embedded.kafka_settings import Node, rules, server_properties
from tests.deploy.manifests import DEPLOY, load, named

# What the embedded brokers are told beside the rules: where they are, whom they know, and to be
# small and quick.
OF_ONE_MACHINE = {
    "process.roles",
    "node.id",
    "controller.quorum.voters",
    "listeners",
    "advertised.listeners",
    "listener.security.protocol.map",
    "inter.broker.listener.name",
    "controller.listener.names",
    "log.dirs",
    "sasl.enabled.mechanisms",
    "sasl.mechanism.inter.broker.protocol",
    "sasl.mechanism.controller.protocol",
    "listener.name.broker.scram-sha-512.sasl.jaas.config",
    "listener.name.controller.sasl.enabled.mechanisms",
    "listener.name.controller.plain.sasl.jaas.config",
    "authorizer.class.name",
    "allow.everyone.if.no.acl.found",
    "super.users",
    "log.flush.interval.messages",
    "offsets.topic.num.partitions",
    "transaction.state.log.num.partitions",
    "share.coordinator.state.topic.num.partitions",
    "num.network.threads",
    "num.io.threads",
    "background.threads",
    "log.cleaner.threads",
    "log.cleaner.dedupe.buffer.size",
    "group.initial.rebalance.delay.ms",
    "group.min.session.timeout.ms",
}


def embedded(nodes: int) -> dict[str, str]:
    """What the first of some embedded nodes is told."""
    cluster = [Node(number, 20_000 + number, 21_000 + number) for number in range(1, nodes + 1)]
    accounts = Accounts(operators="one", brokers="two")
    text = server_properties(cluster[0], cluster, Path("/data"), accounts, flush_every_append=True)
    return dict(line.split("=", 1) for line in text.splitlines())


def test_the_clusters_rules_are_those_of_the_tested_one() -> None:
    """Copies, elections, patience, no topics by asking: three brokers here and there."""
    told = named("Kafka", "kafka")["spec"]["kafka"]["config"]
    assert {name: str(value).lower() for name, value in told.items()} == rules(3)


def test_the_rules_of_the_composed_broker_are_those_of_the_tested_one() -> None:
    """The container's variables are the same names in capitals."""
    (document,) = load(DEPLOY / "compose.yaml")
    told = document["services"]["kafka"]["environment"]
    variables = {f"KAFKA_{name.upper().replace('.', '_')}": name for name in rules(1)}
    assert {name: told.get(variable) for variable, name in variables.items()} == rules(1)


def test_nothing_else_that_matters_is_told_here() -> None:
    """What is new to the embedded brokers is a rule for all, or belongs to one machine."""
    for nodes in (1, 3):
        assert rules(nodes).items() <= embedded(nodes).items()
        assert embedded(nodes).keys() - rules(nodes).keys() == OF_ONE_MACHINE
