import copy
from typing import Any

from libs.contracts.openapi_check import broken_operations

BEFORE: dict[str, Any] = {
    "paths": {
        "/v1/things": {
            "post": {
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Ask"}}
                    }
                },
                "responses": {
                    "201": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Answer"}}
                        }
                    }
                },
            }
        }
    },
    "components": {
        "schemas": {
            "Ask": {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
            "Answer": {
                "type": "object",
                "properties": {"b": {"type": "string"}},
                "required": ["b"],
            },
        }
    },
}


def changed() -> dict[str, Any]:
    return copy.deepcopy(BEFORE)


def test_an_unchanged_api_is_compatible() -> None:
    """There is no finding."""
    assert list(broken_operations(BEFORE, changed())) == []


def test_a_removed_operation_or_answer_is_reported() -> None:
    """Clients still use it."""
    later = changed()
    del later["paths"]["/v1/things"]["post"]["responses"]["201"]
    assert list(broken_operations(BEFORE, later)) == ["POST /v1/things no longer answers 201"]
    later["paths"] = {}
    assert list(broken_operations(BEFORE, later)) == ["POST /v1/things is gone"]


def test_a_newly_required_body_field_is_reported() -> None:
    """Older clients do not send it."""
    later = changed()
    later["components"]["schemas"]["Ask"]["properties"]["c"] = {"type": "string"}
    assert list(broken_operations(BEFORE, later)) == []
    later["components"]["schemas"]["Ask"]["required"].append("c")
    assert list(broken_operations(BEFORE, later)) == [
        "POST /v1/things body /c: the field is new and has no default"
    ]


def test_a_field_removed_from_an_answer_is_reported() -> None:
    """Clients still show it."""
    later = changed()
    later["components"]["schemas"]["Answer"]["required"] = []
    assert list(broken_operations(BEFORE, later)) == [
        "POST /v1/things 201 /b: the field may now be missing"
    ]


def test_a_newly_required_parameter_is_reported() -> None:
    """Older clients do not send it."""
    later = changed()
    needed = {"in": "header", "name": "Idempotency-Key", "required": True}
    later["paths"]["/v1/things"]["post"]["parameters"] = [needed]
    assert list(broken_operations(BEFORE, later)) == [
        "POST /v1/things now needs the header parameter Idempotency-Key"
    ]
