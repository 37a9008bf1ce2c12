from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from libs.messaging.kafka.broker import client_options
from tools.embedded import class_cache
from tools.embedded.cluster_record import ensure_record, read_record
from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.jars import kafka_jars
from tools.embedded.kafka_accounts import Accounts, ensure_accounts
from tools.embedded.kafka_node import STOP_TIMEOUT_S, KafkaNode, NodeConfig
from tools.embedded.kafka_settings import Node, server_properties
from tools.embedded.ports import HOST, stable_ports
from tools.embedded.together import together


class EmbeddedKafka:
    """Apache Kafka in a folder of its own: one broker, or a cluster.

    Ports, passwords and data stay the same over restarts, also after a kill.
    Every client needs a password. A single broker uses the folder itself; several brokers use one
    folder in it each.

    Args:
        folder: the folder of settings, data and logs.
        brokers: how many; None takes as many as the folder was made with, one if it is new.
        jars_folder: where Kafka's jars are, if not in the user's cache.
        flush_every_append: write records to disk before they are acknowledged.
        java_options: more options for Java; None takes the cache of classes.
    """

    def __init__(
        self,
        folder: Path,
        *,
        brokers: int | None = None,
        jars_folder: Path | None = None,
        flush_every_append: bool = True,
        java_options: Sequence[str] | None = None,
    ) -> None:
        self._folder = folder.resolve()
        self._jars_folder = jars_folder
        self._flush_every_append = flush_every_append
        self._java_options = java_options
        before = read_record(self._folder)
        count = brokers or (before.brokers if before else 1)
        self.nodes = {
            node_id: KafkaNode(self._folder if count == 1 else self._folder / str(node_id))
            for node_id in range(1, count + 1)
        }
        self._addresses: list[str] = []
        self._accounts: Accounts | None = None

    @property
    def bootstrap(self) -> str:
        """The brokers' addresses, "127.0.0.1:port" each, with commas between.

        Raises:
            RuntimeError: they were never started.
        """
        if not self._addresses:
            raise RuntimeError("the brokers have no address before their first start")
        return ",".join(self._addresses)

    @property
    def security(self) -> dict[str, str]:
        """The operators' login, as in `kafka.security` of `.nagorik/state.json`.

        Raises:
            RuntimeError: they were never started.
        """
        if self._accounts is None:
            raise RuntimeError("the brokers have no operators before their first start")
        return self._accounts.security()

    @property
    def client(self) -> dict[str, Any]:
        """The options of an operator's client, as aiokafka takes them."""
        return client_options(self.bootstrap, self.security)

    @property
    def pid(self) -> int | None:
        """The first broker's process number while it runs."""
        return self.nodes[1].pid

    @property
    def is_running(self) -> bool:
        """Whether every broker's process runs."""
        return all(node.is_running for node in self.nodes.values())

    async def start(self) -> str:
        """Start the brokers that are down; return the addresses once all answer.

        Fails with `EmbeddedStackFailed` when a jar is missing, the folder is in use or was made
        for another number of brokers, or one did not answer in time; nothing is left running then.
        """
        try:
            if not self._addresses:
                await self._prepare()
            await together(node.start() for node in self.nodes.values())
        except BaseException:
            self.kill()
            raise
        return self.bootstrap

    async def stop(self, *, grace_s: float = STOP_TIMEOUT_S) -> None:
        """Shut the brokers down, and kill them after the grace period; ignore those that are down.

        Args:
            grace_s: seconds until a broker is killed.
        """
        await together(node.stop(grace_s=grace_s) for node in self.nodes.values())

    def kill(self) -> None:
        """Kill every broker, as a crash would; `start` restarts them."""
        for node in self.nodes.values():
            node.kill()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _prepare(self) -> None:
        """Configure every node; addresses stay the same while this object exists."""
        record = ensure_record(self._folder, len(self.nodes))
        await together(node.prepare() for node in self.nodes.values())
        self._accounts = accounts = self._known_accounts()
        jars = await kafka_jars(self._jars_folder)
        options = self._java_options
        if options is None:
            options = class_cache.options_of(class_cache.path_of(jars))
        cluster = await self._cluster()
        format_arguments = self._format_arguments(record.cluster_id, accounts)
        for node in cluster:
            config = NodeConfig(
                address=f"{HOST}:{node.broker_port}",
                security=accounts.security(),
                properties=self._properties(node, cluster, accounts),
                format_arguments=format_arguments,
                jars=jars,
                java_options=options,
            )
            self.nodes[node.node_id].configure(config)
        self._addresses = [f"{HOST}:{node.broker_port}" for node in cluster]

    def _known_accounts(self) -> Accounts:
        """Read the accounts that the stored data was made with.

        Raises:
            EmbeddedStackFailed: the data was made without accounts, by an older version.
        """
        path = self._folder / "accounts.json"
        if not path.exists() and any(node.is_formatted for node in self.nodes.values()):
            raise EmbeddedStackFailed(
                f"Kafka's data in {self._folder} is older than its passwords, so no login works",
                remedy=f"remove {self._folder} and start again, which creates it",
            )
        return ensure_accounts(path)

    async def _cluster(self) -> list[Node]:
        ends = {node_id: f"-{node_id}" if len(self.nodes) > 1 else "" for node_id in self.nodes}
        names = chain(*((f"broker{end}", f"controller{end}") for end in ends.values()))
        ports = await stable_ports(self._folder / "ports.json", names)
        return [
            Node(node_id, ports[f"broker{end}"], ports[f"controller{end}"])
            for node_id, end in ends.items()
        ]

    def _properties(self, node: Node, cluster: Sequence[Node], accounts: Accounts) -> str:
        return server_properties(
            node,
            cluster,
            self.nodes[node.node_id].data_folder,
            accounts,
            flush_every_append=self._flush_every_append,
        )

    def _format_arguments(self, cluster_id: str, accounts: Accounts) -> list[str]:
        # With "=", since one id in 64 begins with a dash and would be parsed as an option.
        return [
            f"--cluster-id={cluster_id}",
            *(f"--add-scram={account}" for account in accounts.scram()),
        ]
