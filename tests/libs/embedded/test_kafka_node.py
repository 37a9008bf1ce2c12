from pathlib import Path

import pytest

from libs.embedded.kafka import EmbeddedKafka
from libs.embedded.kafka_node import KafkaNode


async def test_a_node_is_told_first(folder: Path) -> None:
    """Alone, without knowing its cluster, it does not start."""
    with pytest.raises(RuntimeError, match="by its cluster"):
        await KafkaNode(folder).start()


async def test_a_killed_node_comes_back_alone(folder: Path) -> None:
    """Of three brokers the killed one starts again, with its address, beside two that ran on."""
    async with EmbeddedKafka(folder, brokers=3) as kafka:
        before = {node_id: node.pid for node_id, node in kafka.nodes.items()}
        kafka.nodes[2].kill()
        assert not kafka.is_running
        address = await kafka.nodes[2].start()
        after = {node_id: node.pid for node_id, node in kafka.nodes.items()}
        assert address == kafka.bootstrap.split(",")[1]
    assert {node_id for node_id in before if before[node_id] != after[node_id]} == {2}
