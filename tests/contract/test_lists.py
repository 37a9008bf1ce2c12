"""Lists are alike: `items`, and `next` with `?after=&limit=` where one answer may not hold all."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import libs.contracts

_DOCUMENT: Final = Path(libs.contracts.__file__).with_name("schemas") / "openapi.json"
_WHOLE: Final[Mapping[str, str]] = {
    "/v1/applications/{tracking_number}/looks": "one for each day of an office",
    "/v1/applications/{tracking_number}/messages": "some for each step of one application",
    "/v1/applications/{tracking_number}/papers": "a few about one application",
    "/v1/issued-papers": "a citizen has few: one or two of each decided application",
    "/v1/assisted-applications/{tracking_number}/papers": "a few about one application",
    "/v1/bodies": "67",
    "/v1/services/{public_service_id}/feedback/sentences": "500 of a month, the worst ratings",
    "/v1/decision-papers": "the 100 that wait longest for a second officer",
    "/v1/cases/bulk": "one for each step of a duty of an officer",
    "/v1/cases/bulk/cases": "the nearest 500, with which one thing is done",
    "/v1/cases/counts": "one for each duty of an officer",
    "/v1/cases/figures": "the 100 rows with the most overdue cases; it says whether there are more",
    "/v1/cases/overdue": "the 100 that are overdue longest",
    "/v1/categories": "20 or so",
    "/v1/centres/{service_centre_id}/devices": "those of one counter",
    "/v1/centres/{service_centre_id}/rates": "one for each public service",
    "/v1/consents": "those to one policy",
    "/v1/document-kinds": "those that the forms ask for",
    "/v1/documents": "a locker that is full takes no more",
    "/v1/drafts": "50, and then no more",
    "/v1/life-events": "20 or so",
    "/v1/mandates/{mandate_id}/complaints": "about one application",
    "/v1/officers/{officer_id}/duties": "those of one officer",
    "/v1/operations/connections": "one for each ministry",
    "/v1/operations/connections/{ministry}": "the versions of one",
    "/v1/operations/escalations": "two for each ministry",
    "/v1/operations/publications": "one for each workflow, tariff and year",
    "/v1/operations/routing-rules/{public_service_id}": "the versions of one service",
    "/v1/operations/status": "one for each ministry",
    "/v1/programme/bodies/{body}/extensions": "two that were given, and the last 20 proposals",
    "/v1/programme/bodies/{body}/focal-points": "two",
    "/v1/programme/going-live": "those that wait",
    "/v1/programme/never-came": "67 at most",
    "/v1/programme/own/reports": "the newest 5",
    "/v1/programme/bodies/{body}/reminders": "six for each of five steps and three last days",
    "/v1/training/seats": "64 districts and 67 bodies for each course",
    "/v1/programme/stuck": "a few of each body and of each of 81 services",
    "/v1/progress": "53",
    "/v1/publishing/services": "81",
    "/v1/services/{public_service_id}/history": "what two people have published of one",
    "/v1/training/courses": "a handful",
    "/v1/cases/pools": "the groups at steps of one officer's duties, and their last 50 lists",
    "/v1/operations/service-connections": "one for each public service",
    "/v1/training/sessions": "the nearest 500, and those of the last 30 days",
    "/v1/sessions": "those of one citizen, which end",
    "/v1/staff/passkeys": "those of one person",
    "/v1/staff/{staff_id}/roles": "those of one account",
    "/v1/status": "one for each ministry",
    "/v1/uddokta/account": "one day of one uddokta",
}
"""Lists that are always complete, and why they stay short."""


def test_a_list_is_complete_or_goes_on() -> None:
    """Nothing is left out of a list without a sign."""
    wrong: dict[str, Any] = dict.fromkeys(_WHOLE.keys() - {one[0] for one in _lists()}, "is none")
    for path, schema, queries in _lists():
        goes_on = "next" in schema["properties"]
        if goes_on == (path in _WHOLE) or (goes_on and not {"after", "limit"} <= queries):
            wrong[path] = queries
    assert wrong == {}


def test_a_list_is_called_items() -> None:
    """Each list has the same name, beside what it was called before."""
    assert [path for path, schema, _ in _lists() if "items" not in schema["properties"]] == []


def _lists() -> list[tuple[str, Mapping[str, Any], set[str]]]:
    """The answers to GET whose only purpose is a list, with the names of their queries."""
    document = json.loads(_DOCUMENT.read_bytes())
    found = []
    for path, item in document["paths"].items():
        if "get" not in item:
            continue
        content = item["get"]["responses"].get("200", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema", {})
        while "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        if "List" in schema.get("title", "") or "items" in schema.get("properties", {}):
            queries = {one["name"] for one in item["get"].get("parameters", ())}
            found.append((path, schema, queries))
    return found
