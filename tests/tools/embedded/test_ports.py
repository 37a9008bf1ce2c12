import os
import socket
import time
from pathlib import Path

import pytest

from tools.embedded.errors import EmbeddedStackFailed
from tools.embedded.ports import (
    HIGHEST_PORT,
    HOST,
    LOWEST_PORT,
    STARTS_WITHIN_S,
    free_port,
    is_free,
    note_of,
    stable_ports,
)


async def test_ports_of_a_folder_stay(folder: Path) -> None:
    """Clients find a restarted server at the same address."""
    first = await stable_ports(folder / "ports.json", ["broker", "controller"])
    assert await stable_ports(folder / "ports.json", ["broker", "controller"]) == first
    assert first["broker"] != first["controller"]


async def test_a_taken_port_is_replaced(folder: Path) -> None:
    """The other ports of the folder stay."""
    first = await stable_ports(folder / "ports.json", ["broker", "controller"])
    with socket.create_server((HOST, first["broker"])):
        second = await stable_ports(folder / "ports.json", ["broker", "controller"], wait_s=0.1)
    assert second["broker"] != first["broker"]
    assert second["controller"] == first["controller"]


async def test_ports_are_below_the_ephemeral_range(folder: Path) -> None:
    """A client that retries a stopped server's port must not connect to itself."""
    ports = await stable_ports(folder / "ports.json", map(str, range(20)))
    assert all(LOWEST_PORT <= port < HIGHEST_PORT for port in ports.values())


def test_port_with_a_listener_is_not_free() -> None:
    """A port is free if a server could listen there."""
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
        assert not is_free(port)
    assert is_free(port)


def test_a_port_is_given_to_nobody_else_until_its_server_can_listen() -> None:
    """A server takes seconds to start; meanwhile another process would find the port free."""
    port = free_port()
    with pytest.raises(EmbeddedStackFailed, match="no free port"):
        free_port(among=[port])
    before_s = time.time() - STARTS_WITHIN_S
    os.utime(note_of(port), (before_s, before_s))
    assert free_port(among=[port]) == port
