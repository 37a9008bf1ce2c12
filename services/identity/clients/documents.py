"""Parts of the OpenAPI document for requests that are forms and for answers that are not ours."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

_ERROR = {"schema": {"$ref": "#/components/schemas/ClientError"}}
_STRING = {"type": "string"}


def form(*required: str, optional: Sequence[str] = ()) -> Mapping[str, Any]:
    """Describe a posted form by the names of its fields."""
    schema = {
        "type": "object",
        "properties": dict.fromkeys([*required, *optional], _STRING),
        "required": list(required),
        "additionalProperties": _STRING,  # of an extension; ignored, and never twice
    }
    value = {name: f"the-{name.replace('_', '-')}" for name in required or optional}
    content = {"schema": schema, "examples": {"example": {"value": value}}}
    return {"required": True, "content": {"application/x-www-form-urlencoded": content}}


def query(*required: str, optional: Sequence[str] = ()) -> list[Mapping[str, Any]]:
    """Describe a query by the names of its parameters."""
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _STRING}
        for name in [*required, *optional]
    ]


def errors(*statuses: int) -> Mapping[str, Any]:
    """Describe refusals of clients, by status (RFC 6749, section 5.2)."""
    return {
        str(status): {
            "description": HTTPStatus(status).phrase,
            "content": {"application/json": _ERROR},
        }
        for status in statuses
    }


def pages(*statuses: int) -> Mapping[str, Any]:
    """Describe answers that are pages for people, or that send the browser on, by status."""
    return {
        str(status): {
            "description": HTTPStatus(status).phrase,
            **({} if status == 303 else {"content": {"text/html": {"schema": _STRING}}}),
        }
        for status in statuses
    }
