"""The adapter that is checked: its topics and broker."""

import asyncio
import json
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

Restart = Callable[[], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Target:
    """One adapter, seen from outside.

    Args:
        bootstrap: Kafka brokers.
        ministry: the id that the adapter serves.
        submissions_topic: what it reads.
        ministries_topic: what it writes.
        security: aiokafka's settings for a secured broker.
        public_service_id: the service that submissions are about.
        form: the form's content in submissions.
        wait_s: how long an answer may take.
        settle_s: how long to look for what should not come.
        decides: whether the adapter decides by itself within `wait_s`.
        served_by: which submissions are the adapter's: `own` for a ministry's own, `hosted` and
            `desk` for the platform's.
        restart: ends the adapter and starts it again; None where nobody can.
    """

    bootstrap: str
    ministry: str
    submissions_topic: str = ""
    ministries_topic: str = ""
    security: Mapping[str, Any] = field(default_factory=dict, repr=False)
    public_service_id: str = "S001"
    form: Mapping[str, Any] = field(default_factory=lambda: {"remark": "conformance"}, repr=False)
    wait_s: float = 30.0
    settle_s: float = 2.0
    decides: bool = True
    served_by: str = "own"
    restart: Restart | None = None

    @property
    def reads(self) -> str:
        """The topic that the kit writes and the adapter reads."""
        return self.submissions_topic or f"submissions.{self._whose}.v1"

    @property
    def writes(self) -> str:
        """The topic that the adapter writes and the kit reads."""
        return self.ministries_topic or f"ministries.{self._whose}.v1"

    @property
    def _whose(self) -> str:
        """Whose topics they are: of all ministries of an adapter of the platform, or an id."""
        return self.ministry if self.served_by == "own" else self.served_by


def security_settings(
    protocol: str, *, user: str = "", password: str = "", ca_file: str = ""
) -> dict[str, Any]:
    """Aiokafka's settings for `PLAINTEXT`, `SSL`, `SASL_PLAINTEXT` or `SASL_SSL`."""
    if protocol == "PLAINTEXT":
        return {}
    settings: dict[str, Any] = {"security_protocol": protocol}
    if protocol.endswith("SSL"):
        settings["ssl_context"] = ssl.create_default_context(cafile=ca_file or None)
    if protocol.startswith("SASL"):
        settings |= {
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": user,
            "sasl_plain_password": password,
        }
    return settings


def kafka_of_state(path: Path) -> tuple[str, dict[str, Any]]:
    """Brokers and security settings of a running `make up`, from its state.json."""
    kafka = json.loads(path.read_text(encoding="utf-8"))["kafka"]
    return kafka["bootstrap"], operator_settings(kafka.get("security"))


def operator_settings(security: Mapping[str, str] | None) -> dict[str, Any]:
    """Aiokafka's settings for the operator in state.json."""
    if security is None:
        return {}
    return security_settings(
        security["protocol"], user=security["username"], password=security["password"]
    )


OPTIONS = {
    "from-state": "state.json of a running `make up`: its brokers, and how to log in there",
    "bootstrap": "Kafka brokers, host:port, comma between them",
    "security": "PLAINTEXT (if not said), SSL, SASL_PLAINTEXT or SASL_SSL; SASL is SCRAM-SHA-512",
    "kafka-user": "user for both topics; its password is in CONFORMANCE_PASSWORD",
    "ca-file": "CA bundle of the brokers",
    "ministry": "id of the ministry that the adapter serves",
    "submissions-topic": "what the adapter reads, if not submissions.<ministry>.v1",
    "ministries-topic": "what the adapter writes, if not ministries.<ministry>.v1",
    "public-service": "id of the public service that submissions are about (S001)",
    "form": "JSON file with the form of each submission",
    "wait-s": "seconds that an answer may take (30)",
    "settle-s": "seconds to look for what should not come (2)",
    "served-by": "which submissions are the adapter's: own, or hosted for the platform's adapter",
    "report": "file for the report as JSON, which `admin catalogue record-report` keeps",
    "restart-command": "shell command that restarts the adapter and returns once it is back",
}


def is_given(options: Mapping[str, str]) -> bool:
    """Whether the options name an adapter."""
    return bool(options["bootstrap"] or options["from-state"])


def target_of(options: Mapping[str, str], *, password: str, decides: bool) -> Target:
    """Return the adapter that the options name.

    Raises:
        ValueError: the ministry is missing.
    """
    if not options["ministry"]:
        raise ValueError("--ministry is needed: which ministry's adapter is checked?")
    if options["bootstrap"]:
        bootstrap = options["bootstrap"]
        security = security_settings(
            options["security"] or "PLAINTEXT",
            user=options["kafka-user"],
            password=password,
            ca_file=options["ca-file"],
        )
    else:
        bootstrap, security = kafka_of_state(Path(options["from-state"]))
    given: dict[str, Any] = {}
    if options["form"]:
        given["form"] = json.loads(Path(options["form"]).read_text(encoding="utf-8"))
    if options["restart-command"]:
        given["restart"] = partial(_run, options["restart-command"])
    return Target(
        bootstrap,
        options["ministry"],
        submissions_topic=options["submissions-topic"],
        ministries_topic=options["ministries-topic"],
        security=security,
        public_service_id=options["public-service"] or "S001",
        wait_s=float(options["wait-s"] or 30),
        settle_s=float(options["settle-s"] or 2),
        decides=decides,
        served_by=options["served-by"] or ("own" if options["bootstrap"] else "hosted"),
        **given,
    )


async def _run(command: str) -> None:
    process = await asyncio.create_subprocess_shell(command)
    if await process.wait():
        raise RuntimeError(f"the restart command failed with status {process.returncode}")
