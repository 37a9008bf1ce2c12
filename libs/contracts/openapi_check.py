"""Finds changes between two OpenAPI documents that break clients."""

from collections.abc import Iterator, Mapping
from typing import Any

from libs.contracts.compatible import Peer, breaks_within

_METHODS = ("get", "head", "post", "put", "patch", "delete", "options")
_JSON = "application/json"

DocumentPair = tuple[Mapping[str, Any], Mapping[str, Any]]


def broken_operations(before: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Describe operations, answers and fields that were removed or require more."""
    for path, operations in before.get("paths", {}).items():
        for method in _METHODS:
            if method not in operations:
                continue
            today = now.get("paths", {}).get(path, {}).get(method)
            what = f"{method.upper()} {path}"
            if today is None:
                yield f"{what} is gone"
                continue
            documents = (before, now)
            yield from _broken_parameters(operations[method], today, what)
            yield from _broken_body(operations[method], today, documents, what)
            yield from _broken_answers(operations[method], today, documents, what)


def _broken_parameters(old: Mapping[str, Any], new: Mapping[str, Any], what: str) -> Iterator[str]:
    before = {
        (parameter.get("in"), parameter.get("name")) for parameter in old.get("parameters", ())
    }
    for parameter in new.get("parameters", ()):
        if parameter.get("required") and (parameter.get("in"), parameter.get("name")) not in before:
            yield f"{what} now needs the {parameter['in']} parameter {parameter['name']}"


def _broken_body(
    old: Mapping[str, Any], new: Mapping[str, Any], documents: DocumentPair, what: str
) -> Iterator[str]:
    yield from _broken_content(
        old.get("requestBody", {}), new.get("requestBody", {}), documents, "writes", f"{what} body"
    )


def _broken_answers(
    old: Mapping[str, Any], new: Mapping[str, Any], documents: DocumentPair, what: str
) -> Iterator[str]:
    for status, answer in old.get("responses", {}).items():
        if not status.startswith("2"):
            continue
        today = new.get("responses", {}).get(status)
        if today is None:
            yield f"{what} no longer answers {status}"
            continue
        yield from _broken_content(answer, today, documents, "reads", f"{what} {status}")


def _broken_content(
    old: Mapping[str, Any], new: Mapping[str, Any], documents: DocumentPair, peer: Peer, what: str
) -> Iterator[str]:
    schemas = [side.get("content", {}).get(_JSON, {}).get("schema") for side in (old, new)]
    if schemas[0] is None or schemas[1] is None:
        return
    for sentence in breaks_within((schemas[0], schemas[1]), documents, peer=peer):
        yield f"{what} {sentence}"
