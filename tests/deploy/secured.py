"""A real broker that asks who somebody is, with the access lists that deploy/ gives a cluster."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import CreateAclsRequest
from typing_extensions import override

from deploy.access import Grant
from libs.embedded.kafka import EmbeddedKafka
from libs.embedded.kafka_settings import Node
from libs.embedded.ports import stable_ports
from libs.messaging.broker import Broker
from libs.settings import ServiceSettings

PASSWORD = "only-for-tests"
Line = tuple[int, str, int, str, str, int, int]

# Kafka's numbers for what access lists speak of.
_OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Alter": 7, "Describe": 8, "DescribeConfigs": 10}
_KINDS = {"topic": 2, "group": 3}
_LITERAL, _PREFIX, _ALLOW = 3, 4, 3


class SecuredKafka(EmbeddedKafka):
    """The embedded broker with a second door, where nobody may do what no list grants.

    Args:
        folder: keeps its data.
        users: what each user may do, by name.
    """

    def __init__(self, folder: Path, users: Mapping[str, Sequence[Grant]]) -> None:
        super().__init__(folder)
        self._users = users
        self._secured = ""

    def security(self, user: str) -> dict[str, Any]:
        """How a client of a user reaches the second door, in the words of aiokafka."""
        settings = ServiceSettings.model_validate(
            {
                "kafka_user": user,
                "kafka_password": PASSWORD,
                "NAGORIK_KAFKA_BOOTSTRAP": self._secured,
                "NAGORIK_KAFKA_SECURITY": "SASL_PLAINTEXT",
            }
        )
        return Broker(user, settings).client_security()

    @property
    def secured(self) -> str:
        """Address of the second door."""
        return self._secured

    @override
    async def start(self) -> str:
        bootstrap = await super().start()
        admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
        await admin.start()
        try:
            lines = [
                line
                for user, granted in self._users.items()
                for grant in granted
                for line in _lines(user, grant)
            ]
            answer: Any = await admin._send_request(_CreateAll(lines))
            assert {code for code, _ in answer.creation_responses} == {0}
        finally:
            await admin.close()
        return bootstrap

    @override
    async def _prepare(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        ports = await stable_ports(self._folder / "secured.json", ["secured"])
        self._secured = f"127.0.0.1:{ports['secured']}"
        await super()._prepare()

    @override
    def _properties(self, seat: Node, seats: Sequence[Node]) -> str:
        lines = super()._properties(seat, seats).splitlines()
        told = dict(line.split("=", 1) for line in lines)
        told["listeners"] += f",SECURED://{self._secured}"
        told["advertised.listeners"] += f",SECURED://{self._secured}"
        told["listener.security.protocol.map"] += ",SECURED:SASL_PLAINTEXT"
        told |= {
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.secured.scram-sha-512.sasl.jaas.config": (
                "org.apache.kafka.common.security.scram.ScramLoginModule required;"
            ),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",  # who comes by the first door
        }
        return "".join(f"{key}={value}\n" for key, value in told.items())

    @override
    def _format_words(self, cluster_id: str) -> list[str]:
        words = super()._format_words(cluster_id)
        for user in self._users:
            words += ["--add-scram", f"SCRAM-SHA-512=[name={user},password={PASSWORD}]"]
        return words


class _CreateAll(CreateAclsRequest):  # type: ignore[misc]
    """Makes many lines in one go; the client's own request makes one."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._lines = lines

    @override
    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class(list(self._lines))


def _lines(user: str, grant: Grant) -> Iterator[Line]:
    pattern = _PREFIX if grant.is_prefix else _LITERAL
    for operation in grant.operations:
        kind, number = _KINDS[grant.kind], _OPERATIONS[operation]
        yield (kind, grant.name, pattern, f"User:{user}", "*", number, _ALLOW)
