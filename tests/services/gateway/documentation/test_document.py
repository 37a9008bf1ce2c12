from typing import Any

import pytest

from services.gateway.documentation.document import document, problem_codes
from services.gateway.forwarding.operations import ROUTES, Operation

MADE = document()


def declared(operation: Operation) -> dict[str, Any]:
    found: dict[str, Any] = MADE["paths"][operation.path][operation.method.lower()]
    return found


@pytest.mark.parametrize("operation", ROUTES, ids=lambda operation: operation.name)
def test_operation_is_declared_whole(operation: Operation) -> None:
    """Every row of the table is in the document with its answer, its problems and its token."""
    found = declared(operation)
    assert found["operationId"] == operation.name
    assert str(operation.status) in found["responses"]
    assert ("security" in found) == operation.needs_token
    assert ("requestBody" in found) == (operation.body is not None)
    for status, answer in found["responses"].items():
        if int(status) >= 400:
            assert list(answer["content"]) == ["application/problem+json"]


def test_nothing_else_is_declared() -> None:
    """The document has no operation that the table does not have."""
    assert sum(len(methods) for methods in MADE["paths"].values()) == len(ROUTES)


def test_document_is_of_version_3_1_and_speaks_no_framework() -> None:
    """FastAPI's own error model does not slip in beside our problems."""
    assert MADE["openapi"].startswith("3.1")
    assert "HTTPValidationError" not in str(MADE)


def test_every_reference_has_its_target() -> None:
    """A generated client finds every schema."""

    def references(node: Any) -> Any:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    schemas = MADE["components"]["schemas"]
    for reference in references(MADE):
        assert reference.removeprefix("#/components/schemas/") in schemas


def test_applying_needs_a_key_and_correcting_takes_one() -> None:
    """The header is documented as it is enforced."""
    required = {
        operation.name: [
            parameter["required"]
            for parameter in declared(operation).get("parameters", [])
            if parameter["name"] == "Idempotency-Key"
        ]
        for operation in ROUTES
    }
    assert required["submit_application"] == [True]
    assert required["correct_application"] == [False]
    assert required["withdraw_application"] == []


def test_body_has_an_example() -> None:
    """Each body is shown once as it is written."""
    for operation in ROUTES:
        if operation.body is not None:
            (content,) = declared(operation)["requestBody"]["content"].values()
            operation.body.model_validate(content["examples"]["example"]["value"])


def test_live_view_is_a_stream() -> None:
    """The stream is declared as what it is, not as JSON."""
    operation = next(each for each in ROUTES if each.name == "watch_application")
    assert list(declared(operation)["responses"]["200"]["content"]) == ["text/event-stream"]
    assert "LiveEvent" in MADE["components"]["schemas"]


def test_late_answer_of_an_application_is_told_apart() -> None:
    """Only where repeating is safe does the document say so."""
    with_promise = [
        operation.name
        for operation in ROUTES
        if "answer_late_repeat_safe" in problem_codes(operation)
    ]
    assert with_promise == ["submit_application"]


def test_document_is_made_the_same_each_time() -> None:
    """The committed copy differs only where the table does."""
    assert document() == MADE
