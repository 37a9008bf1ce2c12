"""The administration client, on a real broker."""

import asyncio
import os
import signal

from libs.messaging.kafka.administering import administering
from tools.embedded.kafka import EmbeddedKafka

LONGER_THAN_A_SESSION_S = 5.0


async def test_a_broker_that_the_cluster_does_not_name_for_a_moment_is_waited_for(
    fresh_module_kafka: EmbeddedKafka,
) -> None:
    """A machine that stood still: the broker's session has ended, and begins again."""
    (node,) = fresh_module_kafka.nodes.values()
    assert node.pid
    for _ in range(2):
        os.kill(node.pid, signal.SIGSTOP)
        await asyncio.sleep(LONGER_THAN_A_SESSION_S)
        os.kill(node.pid, signal.SIGCONT)
        for _ in range(20):
            async with administering(fresh_module_kafka.client) as admin:
                assert "identity.v1" in await admin.list_topics()
