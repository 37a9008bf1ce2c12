from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from libs.contracts.access import OPERATORS
from tools.embedded.kafka_accounts import BROKERS, Accounts
from tools.embedded.ports import HOST

_JAAS = "org.apache.kafka.common.security"


@dataclass(frozen=True)
class Node:
    """One broker that is a controller too, and the ports where it listens."""

    node_id: int
    broker_port: int
    controller_port: int


def server_properties(
    node: Node,
    cluster: Sequence[Node],
    data_folder: Path,
    accounts: Accounts,
    *,
    flush_every_append: bool,
) -> str:
    """Return the text of Kafka's settings file, which has passwords.

    Args:
        node: the node of the file.
        cluster: all nodes, this one included; a single node has no replicas.
        data_folder: the folder of its data.
        accounts: the accounts of the first start.
        flush_every_append: write records to disk before they are acknowledged.
    """
    settings = {
        **_identity(node, cluster, data_folder),
        **_logins(accounts),
        **rules(len(cluster)),
        **_small_machine(),
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "1000",
    }
    if flush_every_append:
        settings["log.flush.interval.messages"] = "1"
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _identity(node: Node, cluster: Sequence[Node], data_folder: Path) -> dict[str, str]:
    broker = f"BROKER://{HOST}:{node.broker_port}"
    voters = [f"{peer.node_id}@{HOST}:{peer.controller_port}" for peer in cluster]
    return {
        "process.roles": "broker,controller",
        "node.id": str(node.node_id),
        # A fixed list, not voters in the log: a node may restart on another port.
        "controller.quorum.voters": ",".join(voters),
        "listeners": f"{broker},CONTROLLER://{HOST}:{node.controller_port}",
        "advertised.listeners": broker,
        "listener.security.protocol.map": "BROKER:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT",
        "inter.broker.listener.name": "BROKER",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": str(data_folder),
    }


def _logins(accounts: Accounts) -> dict[str, str]:
    """Require a password on every listener, and refuse access that no list allows.

    Controllers use a password in this file (PLAIN): SCRAM passwords are in the log that the
    controllers must first agree on.
    """
    own = f'username="{BROKERS}" password="{accounts.brokers}"'
    return {
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
        "listener.name.broker.scram-sha-512.sasl.jaas.config": (
            f"{_JAAS}.scram.ScramLoginModule required {own};"
        ),
        "sasl.mechanism.controller.protocol": "PLAIN",
        "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.controller.plain.sasl.jaas.config": (
            f'{_JAAS}.plain.PlainLoginModule required {own} user_{BROKERS}="{accounts.brokers}";'
        ),
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found": "false",
        "super.users": f"User:{BROKERS};User:{OPERATORS}",
    }


def rules(nodes: int) -> dict[str, str]:
    """Return the settings for durability; the brokers of `deploy/` have the same.

    Args:
        nodes: the number of nodes.
    """
    copies, needed = str(min(nodes, 3)), "2" if nodes >= 3 else "1"
    return {
        "default.replication.factor": copies,
        "min.insync.replicas": needed,
        "unclean.leader.election.enable": "false",
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": needed,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": needed,
        "auto.create.topics.enable": "false",
        **_timeouts(nodes),
    }


def _timeouts(nodes: int) -> dict[str, str]:
    """Return the time-outs after which a silent node counts as dead.

    A single broker that was killed must wait that long before it may register again. In a cluster,
    new leaders are elected after that time; when the active controller died too, after its own
    election (decision 0009). A live node that counts as dead loses nothing.
    """
    if nodes == 1:
        return {"broker.session.timeout.ms": "3000", "broker.heartbeat.interval.ms": "500"}
    return {
        "broker.session.timeout.ms": "1500",
        "broker.heartbeat.interval.ms": "300",
        "controller.quorum.fetch.timeout.ms": "1000",
        "controller.quorum.election.timeout.ms": "500",
        "controller.quorum.election.backoff.max.ms": "200",
    }


def _small_machine() -> dict[str, str]:
    """Return the settings for a small heap and two cores."""
    return {
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.num.partitions": "2",
        "share.coordinator.state.topic.num.partitions": "2",
        "num.network.threads": "2",
        "num.io.threads": "4",
        "background.threads": "2",
        "metadata.max.idle.interval.ms": "5000",  # of empty records of the controller
        "log.cleaner.threads": "1",
        "log.cleaner.dedupe.buffer.size": "8388608",
    }
