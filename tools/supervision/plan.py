"""Addresses, secrets and settings of all processes on one machine."""

import hmac
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.registry import (
    ON_KAFKA,
    ORIGINS,
    SERVICES,
    WITH_A_NAME,
    ServiceEntry,
    entry_of,
)
from tools.embedded.files import write_whole
from tools.embedded.ports import remembered_ports, stable_ports
from tools.embedded.server import CHECKOUT
from tools.supervision.connections import CREDENTIALS, ssh_key

_HOST = "127.0.0.1"
FILES = "sandbox-files"
"""Name of the port of the sandbox's file server."""
WATCH = "watch"
"""Name of the port of the page with the platform's figures."""


@dataclass(frozen=True, slots=True)
class Replica:
    """One of several processes of a service: its stable name, and its port unless the service's."""

    name: str
    port: int = 0


FIRST = Replica("0")


@dataclass(frozen=True, slots=True)
class Plan:
    """The addresses and secrets of a folder.

    Args:
        folder: has data, logs and state.
        ports: port by service, of the sandbox's file server, and of the page with the figures; the
            same at every start of the folder.
        secret: all secrets and passwords derive from it; a new one per folder.
    """

    folder: Path
    ports: Mapping[str, int]
    secret: str

    def url(self, service: str) -> str:
        """Return the base URL of a service."""
        return self.url_at(self.ports[service])

    def origin(self, service: str) -> str:
        """Return the address of a service as browsers open it: where passkeys are, by a name."""
        port = self.ports[service]
        return f"http://localhost:{port}" if service in WITH_A_NAME else self.url_at(port)

    @staticmethod
    def url_at(port: int) -> str:
        """Return the base URL of a port of this machine."""
        return f"http://{_HOST}:{port}"

    @property
    def file_server(self) -> str:
        """Host and port of the sandbox's file server."""
        return f"{_HOST}:{self.ports.get(FILES, 0)}"

    @property
    def ministry_secret(self) -> str:
        """The secret from which the ministries' keys derive."""
        (secret,) = (
            secret for secret in entry_of("sandbox").secrets if "MINISTRY" in secret.setting
        )
        return f"{secret.prefix}-{self.secret}"

    def environment(
        self,
        service: str,
        *,
        bootstrap: str,
        dsn: Mapping[str, str],
        replica: Replica = FIRST,
        secured: bool = False,
    ) -> dict[str, str]:
        """Return the environment of one service's process.

        Callbacks come to the first replica, as they would to a load balancer: the others come and
        go.

        Args:
            service: its name.
            bootstrap: Kafka brokers.
            dsn: DSN by service.
            replica: which of its processes.
            secured: whether the brokers are ours, with a password for every service.
        """
        own = {
            "DSN": dsn.get(service, ""),
            "PORT": str(replica.port or self.ports[service]),
            "PUBLIC_URL": self.url(service),
            "REPLICA": replica.name,
            **self._own_settings(entry_of(service)),
        }
        shared = {}
        if secured:
            shared["NAGORIK_KAFKA_SECURITY"] = "SASL_PLAINTEXT"
            own |= self._kafka_login(service)
        return {
            **os.environ,  # noqa: TID251  # a child inherits it, as from any shell
            **shared,
            "PYTHONPATH": str(CHECKOUT),
            "NAGORIK_KAFKA_BOOTSTRAP": bootstrap,
            "NAGORIK_OTLP_ENDPOINT": f"{self.url('sandbox')}/v1/traces",
            **{f"{service.upper()}_{name}": value for name, value in own.items()},
        }

    def opener_socket(self, service: str) -> Path:
        """Return the socket of the process that opens files for a service."""
        return self.folder / "openers" / service / "socket"

    def kafka_passwords(self) -> dict[str, str]:
        """Return the services' passwords on the brokers; none can be derived from another."""
        return {user: self._derived(f"kafka-{user}") for user in ON_KAFKA}

    def ministry_kafka_password(self, ministry: str) -> str:
        """Return the password of the program of a ministry that fetches by itself."""
        return self._derived(f"kafka-ministry-{ministry}")

    def database_password(self, service: str) -> str:
        """Return a service's password in its database."""
        return self._derived(f"postgres-{service}")

    def _derived(self, purpose: str) -> str:
        return hmac.digest(self.secret.encode(), purpose.encode(), "sha256").hex()

    def _kafka_login(self, service: str) -> dict[str, str]:
        password = self.kafka_passwords().get(service)
        return {} if password is None else {"KAFKA_USER": service, "KAFKA_PASSWORD": password}

    def _own_settings(self, entry: ServiceEntry) -> dict[str, str]:
        return {
            **{f"{service.upper()}_URL": self.url(service) for service in entry.addressed},
            **dict.fromkeys(entry.destinations, self.url("sandbox")),
            **{secret.setting: f"{secret.prefix}-{self.secret}" for secret in entry.secrets},
            **({"FOLDER": str(self.folder / entry.name)} if entry.folder else {}),
            **({"OPENER": str(self.opener_socket(entry.name))} if entry.opener else {}),
            **{name: self.origin(ORIGINS[name]) for name in entry.addresses if name in ORIGINS},
            **self._files(entry.name),
            **entry.on_one_machine,
        }

    def _files(self, service: str) -> dict[str, str]:
        match service:
            case "sandbox":
                return {"SFTP_PORT": str(self.ports.get(FILES, 0))}
            case "ministries":
                return {"SSH_KEYS": json.dumps({CREDENTIALS: ssh_key(self.ministry_secret)})}
            case _:
                return {}


async def make_plan(folder: Path) -> Plan:
    """Choose free ports and a secret at the first start of a folder; take them again later."""
    ports = await stable_ports(folder / "ports.json", [*SERVICES, FILES, WATCH])
    return Plan(folder, ports, _secret(folder / "secret"))


def read_plan(folder: Path) -> Plan:
    """Return the plan of the platform that runs in a folder, with the ports that it uses."""
    return Plan(folder, remembered_ports(folder / "ports.json"), _secret(folder / "secret"))


async def make_replica(folder: Path, name: str) -> Replica:
    """Choose a free port for a further replica; the same one every time its folder is used."""
    ports = await stable_ports(folder / "ports.json", [name])
    return Replica(name, ports[name])


def _secret(path: Path) -> str:
    if not path.exists():
        write_whole(path, secrets.token_urlsafe(32))
    return path.read_text()
