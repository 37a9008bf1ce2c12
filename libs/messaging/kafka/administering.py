"""The administration client of a cluster that names its brokers."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import NodeNotReadyError

_TRIES = 20
_PAUSE_S = 1.0


@asynccontextmanager
async def administering(client: Mapping[str, Any]) -> AsyncIterator[AIOKafkaAdminClient]:
    """Connect an administration client, and close it at the end.

    A broker that gave no sign of life for its session time is left out of what the cluster says
    about itself until it gives the next one. A client that connects in that moment knows no broker
    and does not ask again, so all its requests fail: it is replaced, once a second.

    Args:
        client: addresses and login of the brokers, as arguments of aiokafka.

    Raises:
        NodeNotReadyError: none is named in 20 tries, a second apart.
        KafkaError: no broker answers, or what the requests raise.
    """
    for _ in range(_TRIES):
        admin = AIOKafkaAdminClient(**client)
        try:
            await admin.start()
            if await _knows_a_broker(admin):
                yield admin
                return
        finally:
            await admin.close()
        await asyncio.sleep(_PAUSE_S)
    raise NodeNotReadyError("the cluster names no broker")


async def _knows_a_broker(admin: AIOKafkaAdminClient) -> bool:
    try:
        await admin.describe_cluster()
    except NodeNotReadyError:
        return False
    return True
