"""The administration client of a cluster that names its brokers."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import NodeNotReadyError

_TRIES = 20


@asynccontextmanager
async def administering(client: Mapping[str, Any]) -> AsyncIterator[AIOKafkaAdminClient]:
    """Connect an administration client, and close it at the end.

    A broker that gave no sign of life for its session time is left out of what the cluster says
    about itself until it gives the next one. A client that connects in that moment knows no broker
    and does not ask again, so all its requests fail: it is replaced, once a second.

    Args:
        client: addresses and login of the brokers, as arguments of aiokafka.

    Raises:
        KafkaError: no broker answers; none is named for 20 seconds; or what the requests raise.
    """
    admin = await _connected(client)
    try:
        yield admin
    finally:
        await admin.close()


async def _connected(client: Mapping[str, Any]) -> AIOKafkaAdminClient:
    for left in reversed(range(_TRIES)):
        admin = AIOKafkaAdminClient(**client)
        try:
            await admin.start()
            await admin.describe_cluster()
        except NodeNotReadyError:
            await admin.close()
            if not left:
                raise
            await asyncio.sleep(1)
        except BaseException:
            await admin.close()
            raise
        else:
            return admin
    raise AssertionError("the last try returns or raises")
