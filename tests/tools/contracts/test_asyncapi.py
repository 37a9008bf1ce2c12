"""The AsyncAPI document against the official schema and against the map."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from libs.bangladesh.bodies import bodies
from libs.contracts.events import Event
from libs.contracts.export import slug_of
from libs.contracts.topics import SUBMISSIONS, TOPICS
from libs.messaging.reading.broadcast import BroadcastRouter
from libs.messaging.reading.router import Batch, Router, TopicRouter, Tx
from tools.contracts.asyncapi import asyncapi_document

OFFICIAL = Path(__file__).parents[2] / "contract" / "asyncapi-3.0.0.schema.json"


@pytest.fixture(scope="module")
def official() -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for(json.loads(OFFICIAL.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    return asyncapi_document(routers())


def routers() -> list[TopicRouter]:
    """Of two services that publish and subscribe to all topics; one of them broadcasts."""
    writer, reader, live = Router("writer"), Router("reader"), BroadcastRouter("live")
    live.subscriber(*TOPICS)(on_any)
    for topic in TOPICS:
        writer.publisher(topic)
        reader.subscriber(topic)(on_events)
    return [writer, reader, live]


async def on_events(batch: Batch[Event], tx: Tx) -> None:
    """Nothing is consumed."""


async def on_any(batch: Batch[Event]) -> None:
    """Nothing is consumed."""


def test_document_is_valid_against_the_official_schema(
    official: jsonschema_rs.Validator, made: dict[str, Any]
) -> None:
    """The document is AsyncAPI 3.0 by the specification's own JSON Schema."""
    assert [str(error) for error in official.iter_errors(made)] == []


def test_official_schema_would_notice(
    official: jsonschema_rs.Validator, made: dict[str, Any]
) -> None:
    """The official schema refuses an invalid channel, so the check above is effective."""
    assert not official.is_valid({**made, "channels": {"identity.v1": {"address": 7}}})


def test_every_topic_is_one_channel_and_every_event_one_message(made: dict[str, Any]) -> None:
    """The document has all topics and events of the map."""
    told = {name: set(channel["messages"]) for name, channel in made["channels"].items()}
    assert told == {slug_of(topic): {event.type for event in topic.events} for topic in TOPICS}


def test_operations_are_those_that_routers_declare(made: dict[str, Any]) -> None:
    """Both directions are listed, with the services that declared them and no others."""
    summaries = {name: each["summary"] for name, each in made["operations"].items()}
    assert summaries == {
        **{f"write.{slug_of(topic)}": "Published by writer" for topic in TOPICS},
        **{f"read.{slug_of(topic)}": "Read by live, reader" for topic in TOPICS},
    }


def test_a_topic_that_is_not_declared_is_not_listed() -> None:
    """The document lists what the services declare, not what the map allows."""
    router = Router("writer")
    router.publisher(SUBMISSIONS)
    document = asyncapi_document([router])
    assert list(document["channels"]) == ["submissions.v1"]
    assert list(document["operations"]) == ["write.submissions.v1"]


def test_a_topic_per_ministry_is_one_channel_with_67_names(made: dict[str, Any]) -> None:
    """A ministry finds its own topics by its id."""
    channel = made["channels"][slug_of(SUBMISSIONS)]
    assert channel["address"] == "submissions.{ministry}.v1"
    assert channel["parameters"]["ministry"]["enum"] == [body.body_id for body in bodies()]


def test_all_references_lead_somewhere(made: dict[str, Any]) -> None:
    """Every `$ref` of the document can be resolved."""
    for reference in _references(made):
        found: Any = made
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def test_examples_have_the_promised_headers_and_payload(made: dict[str, Any]) -> None:
    """Every example is valid for its schemas."""
    for message in made["components"]["messages"].values():
        (example,) = message["examples"]
        whole = {"components": made["components"]}
        assert jsonschema_rs.is_valid({**whole, **message["payload"]}, example["payload"])
        assert jsonschema_rs.is_valid({**whole, **message["headers"]}, example["headers"])


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [reference for value in node.values() for reference in _references(value)]
    if isinstance(node, list):
        return [reference for value in node for reference in _references(value)]
    return []
