"""Removes a static member from its consumer group, which aiokafka's consumer does not do.

A consumer with a `group_instance_id` does not leave its group when it stops, since it may come back
(KIP-345). This is right for a killed replica, which gets its partitions back without a rebalance.
After a replica that stopped for good, its partitions have no consumer until the session ends (ten
seconds). LeaveGroup version 3 names the static member. aiokafka has versions 0 and 1, so version 3
is declared here with aiokafka's own classes.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from aiokafka.client import AIOKafkaClient, ConnectionGroup, CoordinationType
from aiokafka.errors import KafkaError, for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Int16, Int32, Schema, String
from typing_extensions import override

_TEXT = String("utf-8")


class _LeaveGroupResponse(Response):  # type: ignore[misc]
    API_KEY = 13
    API_VERSION = 3
    SCHEMA: ClassVar[Any] = Schema(
        ("throttle_time_ms", Int32),
        ("error_code", Int16),
        (
            "members",
            Array(("member_id", _TEXT), ("group_instance_id", _TEXT), ("error_code", Int16)),
        ),
    )


class _LeaveGroupRequest_v3(RequestStruct):  # type: ignore[misc] # noqa: N801 -- aiokafka's way
    API_KEY = 13
    API_VERSION = 3
    RESPONSE_TYPE = _LeaveGroupResponse
    SCHEMA: ClassVar[Any] = Schema(
        ("group", _TEXT),
        ("members", Array(("member_id", _TEXT), ("group_instance_id", _TEXT))),
    )


class _LeaveGroup(Request[_LeaveGroupRequest_v3]):  # type: ignore[misc]
    API_KEY = 13

    def __init__(self, group: str, member: str) -> None:
        self._group = group
        self._member = member

    @override
    def build(self, request_struct_class: type[_LeaveGroupRequest_v3]) -> _LeaveGroupRequest_v3:
        return request_struct_class(self._group, [("", self._member)])


async def leave_group(client: Mapping[str, Any], group: str, member: str) -> None:
    """Remove a static member from its group.

    Args:
        client: addresses and login of the brokers, as arguments of aiokafka.
        group: the group.
        member: the member's `group_instance_id`.

    Raises:
        KafkaError: the broker does not answer, or refuses the request.
    """
    connected = AIOKafkaClient(**client)
    try:
        await connected.bootstrap()
        node = await connected.coordinator_lookup(CoordinationType.GROUP, group)
        ready = await connected.ready(node, group=ConnectionGroup.COORDINATION)
        if not ready:
            raise KafkaError("the coordinator does not answer")
        answer = await connected.send(
            node, _LeaveGroup(group, member), group=ConnectionGroup.COORDINATION
        )
    finally:
        await connected.close()
    for code in (answer.error_code, *(left[2] for left in answer.members)):
        if code:
            raise KafkaError(for_code(code).__name__)
