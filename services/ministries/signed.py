"""How signed calls of ministries' systems stand in the OpenAPI document."""

from collections.abc import Mapping
from typing import Any, Final

from libs.web.header import Header

_SIGNATURE: Final = (
    "`v1,` and the base64 of HMAC-SHA256 over `webhook-id.webhook-timestamp.body`; the key is the "
    "base64 behind `whsec_`. Several are separated by blanks, and one must be right"
)
SIGNED: Final = tuple(
    Header(name, about, required=True)
    for name, about in (
        (
            "webhook-id",
            "Any text of your own; the same for every repeat of a call. Part of what is signed",
        ),
        ("webhook-timestamp", "Seconds since 1970; within five minutes of now"),
        (
            "webhook-signature",
            _SIGNATURE,
        ),
    )
)
"""The headers of Standard Webhooks."""


def json_body(model: str, **examples: Any) -> Mapping[str, Any]:
    """Describe a body that is read as bytes, since it is signed.

    Args:
        model: name of its schema.
        examples: by name.
    """
    schema = {"$ref": f"#/components/schemas/{model}"}
    shown = {name: {"value": value} for name, value in examples.items()}
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": schema, "examples": shown}},
        }
    }
