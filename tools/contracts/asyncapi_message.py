"""An event as a Kafka record, for the AsyncAPI document: headers, key, and an example."""

import inspect
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from libs.contracts.events import ENVELOPE_FIELDS, Event
from libs.contracts.export import Document
from libs.contracts.json_schema import SchemasWithoutTitles
from libs.contracts.topics import Topic
from libs.messaging.envelope import encode
from libs.trace_context import TraceContext

_AT = datetime(2026, 1, 15, 4, 30, tzinfo=UTC)
_ID = UUID("0198a5b0-0000-7000-8000-000000000001")
_TRACE = TraceContext("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")

_HEADERS = {
    "ce_specversion": "Version of CloudEvents",
    "ce_id": "Id of the event; unique together with ce_source, and the same when it is told again",
    "ce_type": "Which event of the topic it is",
    "ce_source": "Who tells it, as `/nagorik/<writer>`",
    "ce_subject": "What it is about: the record's key as text",
    "ce_time": "When it happened (RFC 3339)",
    "content-type": "Always application/json",
    "traceparent": "W3C Trace Context: what the event belongs to; hand it on",
    "tracestate": "W3C Trace Context: what other systems added",
}
_OPTIONAL = frozenset({"ce_subject", "traceparent", "tracestate"})


def envelope_headers() -> Document:
    """JSON Schema of the record headers that every event has."""
    properties: dict[str, Any] = {
        name: {"type": "string", "description": about} for name, about in _HEADERS.items()
    }
    properties["ce_specversion"]["const"] = "1.0"
    properties["ce_time"]["format"] = "date-time"
    properties["content-type"]["const"] = "application/json"
    return {
        "title": "CloudEventHeaders",
        "description": "Attributes of CloudEvents 1.0 as Kafka record headers, text in UTF-8.",
        "type": "object",
        "properties": properties,
        "required": [name for name in _HEADERS if name not in _OPTIONAL],
    }


def message_of(topic: Topic, event_class: type[Event]) -> Document:
    """One event as an AsyncAPI message."""
    return {
        "name": event_class.type,
        "title": event_class.__name__,
        "summary": inspect.getdoc(event_class) or "",
        "contentType": "application/json",
        "headers": {
            "allOf": [
                {"$ref": "#/components/schemas/CloudEventHeaders"},
                {"type": "object", "properties": {"ce_type": {"const": event_class.type}}},
            ]
        },
        "payload": {"$ref": f"#/components/schemas/{event_class.__name__}"},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": f"The event's `{topic.key}` as text"},
                "bindingVersion": "0.4.0",
            }
        },
        "examples": [_example(topic, event_class)],
    }


def _example(topic: Topic, event_class: type[Event]) -> Document:
    record = encode(_sample(topic, event_class), trace=_TRACE)
    return {
        "name": event_class.type,
        "headers": {name: value.decode() for name, value in record.headers},
        "payload": json.loads(record.value or b"{}"),
    }


def _sample(topic: Topic, event_class: type[Event]) -> Event:
    """An event of a topic with invented values; optional fields have their defaults."""
    schema = event_class.model_json_schema(schema_generator=SchemasWithoutTitles)
    fields = {
        name: _value(name, field, schema)
        for name, field in schema["properties"].items()
        if name in schema.get("required", ()) and name not in ENVELOPE_FIELDS
    }
    if "served_by" in fields:
        fields["served_by"] = topic.served_by
    return event_class.model_validate({**fields, "event_id": _ID, "occurred_at": _AT})


_BY_NAME: dict[str, Any] = {
    "ministry": "mopa",
    "area": "100409",
    "public_service_id": "S001",
    "tracking_number": "NS-7K4M9-PXRT3-HC2D3",
    "phone": "+8801700000000",
    "code": "482913",
    "template": "submitted",
    "reason": "absent_subscriber",
    "number": "7K4M-9PXR-T3H5",
    "replaced_by": "2B7C-4DXR-K9H3",
    "category": "civil_registration",
    "workflow_version": "S025@1",
    "tariff_id": "trade_licence@U0712",
    "rows": [{"item": "trade_licence", "amount_bdt": 200}],
    "year": "2027",
}


def _value(name: str, field: Document, schema: Document) -> Any:
    if "enum" in field or "const" in field:
        return field.get("const", field.get("enum", [None])[0])
    if name in _BY_NAME:
        return _BY_NAME[name]
    if "$ref" in field:
        part = schema["$defs"][field["$ref"].rpartition("/")[2]]
        if {"bn", "en"} <= part["properties"].keys():
            return {"bn": "উদাহরণ", "en": "Example"}
        return {key: _value(key, part["properties"][key], schema) for key in part["required"]}
    if "anyOf" in field:
        return _value(name, field["anyOf"][0], schema)
    by_format = {"uuid": str(_ID), "date-time": _AT.isoformat(), "date": "2026-02-15"}
    by_type: dict[str, Any] = {"integer": 1, "boolean": True, "object": {}, "array": []}
    kind = str(field.get("type", ""))
    return by_format.get(str(field.get("format", "")), by_type.get(kind, f"example_{name}"))
