import re
from collections.abc import Iterator
from typing import Any

from libs.contracts.topics import READING_SERVICES
from libs.web.handling.openapi import operations_of
from services.gateway.documentation.document import api_document
from tests.services.gateway.scenes import OPERATIONS

MADE = api_document()
DECLARED: dict[str, Any] = {
    found["operationId"]: found for methods in MADE["paths"].values() for found in methods.values()
}
OPENID = {
    found["operationId"]
    for path, methods in MADE["paths"].items()
    for found in methods.values()
    if path.startswith("/v1/openid/")
}
ANSWERS = MADE["components"]["responses"]
BY_NAME = {operation.operation_id: operation for operation in operations_of(MADE)}


def test_every_operation_says_its_problems() -> None:
    """Every operation has a response, and its problems are problem documents.

    Clients of the OpenID provider get the errors of its standards besides, and people get pages.
    """
    for operation_id, found in DECLARED.items():
        assert min(map(int, found["responses"])) < 300, operation_id
        for status, answer in found["responses"].items():
            if int(status) >= 400 and operation_id not in OPENID:
                shared = ANSWERS[answer["$ref"].removeprefix("#/components/responses/")]
                assert list(shared["content"]) == ["application/problem+json"]
        assert "429" in found["responses"]


def test_document_is_of_version_3_1() -> None:
    """The document has its OpenAPI version and its license."""
    assert MADE["openapi"].startswith("3.1")
    assert MADE["info"]["license"]["identifier"] == "Apache-2.0"


def test_every_reference_has_its_target() -> None:
    """A generated client finds every schema and every shared answer."""

    def references(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                yield node["$ref"]
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    targets = {
        f"#/components/{kind}/{name}"
        for kind in ("schemas", "responses")
        for name in MADE["components"][kind]
    }
    assert set(references(MADE)) <= targets


def test_applying_needs_a_key_and_correcting_takes_one() -> None:
    """The documentation of the header matches its check."""
    keys = {name: operation.idempotency_key for name, operation in BY_NAME.items()}
    assert keys["submit_application"] == "required"
    assert keys["correct_application"] == "optional"
    assert keys["withdraw_application"] == "none"


def test_body_has_an_example() -> None:
    """Every body has an example."""
    for operation_id, found in DECLARED.items():
        if "requestBody" in found:
            (content,) = found["requestBody"]["content"].values()
            assert content["examples"], operation_id
            assert all(example["value"] for example in content["examples"].values()), operation_id


def test_live_view_is_a_stream() -> None:
    """The response is declared as a stream, not as JSON."""
    responses = DECLARED["watch_application"]["responses"]
    assert list(responses["200"]["content"]) == ["text/event-stream"]
    assert "404" in responses
    assert "LiveEvent" in MADE["components"]["schemas"]


def test_only_where_repeating_is_safe_does_the_document_say_so() -> None:
    """Reads and applications may be repeated; the problem of a late application says so.

    What is sent with a mandate is repeated by its sender only, who makes a new proof.
    """
    promised = {
        name
        for name, operation in DECLARED.items()
        if "answer_late_repeat_safe" in operation["responses"].get("504", {}).get("$ref", "")
    }
    reads = {"GET", "HEAD", "OPTIONS"}
    repeated = {n for n, each in BY_NAME.items() if each.repeat_safe and each.method not in reads}
    assert repeated == {"submit_application"}
    assert promised == {"submit_application", "submit_with_mandate", "send_correction"}


def test_addresses_that_outsiders_rely_on_are_there() -> None:
    """The paths of the published interface do not change."""
    found = {f"{operation.method} {operation.path}" for operation in BY_NAME.values()}
    assert found >= {
        "POST /v1/login/codes",
        "POST /v1/login/tokens",
        "GET /v1/services",
        "GET /v1/services/{public_service_id}",
        "POST /v1/applications",
        "GET /v1/applications",
        "GET /v1/applications/{tracking_number}",
        "GET /v1/applications/{tracking_number}/events",
        "POST /v1/applications/{tracking_number}/corrections",
        "POST /v1/applications/{tracking_number}/withdrawal",
    }


def test_literal_address_comes_before_the_one_with_a_parameter() -> None:
    """Routes are tried in order, so a parameter must not swallow a literal neighbour."""
    seen: list[tuple[str, str]] = []
    for operation in OPERATIONS:
        for method, path in seen:
            pattern = re.sub(r"\{[a-z_]+\}", "[^/]+", path)
            if method == operation.method:
                assert not re.fullmatch(pattern, operation.path)
        seen.append((operation.method, operation.path))


def test_only_what_is_the_same_for_all_is_cached() -> None:
    """A cached response never belongs to one person."""
    for operation in OPERATIONS:
        if operation.cached:
            assert operation.method == "GET"
            assert not operation.needs_token


def test_all_but_login_and_what_is_the_same_for_all_needs_a_token() -> None:
    """An operation about a citizen cannot be left open by an oversight."""
    of_staff = {
        "/v1/staff/login",
        "/v1/staff/login/challenges",
        "/v1/staff/password",
        "/v1/devices/enrolments",  # with a code of the programme
    }
    of_nobody = {
        "/v1/services/{public_service_id}/checks",
        "/v1/tracking",
        "/v1/progress",
        "/v1/progress/{body}",
        "/v1/qualifications/{number}",
        "/v1/papers/{number}",
        "/v1/paper-keys",
    }
    by_ticket = {"/v1/live-views/{ticket}"}
    by_signature = {  # of the ministry's system
        "/v1/ministries/{ministry}/decisions",
        "/v1/ministries/{ministry}/deliveries",
    }
    for operation in BY_NAME.values():
        is_open = (
            operation.cached
            or operation.path.startswith(("/v1/login/", "/v1/openid/", "/.well-known/"))
            or operation.method == "OPTIONS"
            or operation.path in of_staff | of_nobody | by_ticket | by_signature
        )
        assert operation.needs_token != is_open


def test_operators_reach_the_dead_letters_of_every_consuming_service() -> None:
    """One operation, and the path names the service."""
    assert set(BY_NAME["list_dead_letters"].upstreams) == set(READING_SERVICES)


def test_everything_that_is_read_as_json_has_a_tag() -> None:
    """One rule for all: a front end needs no list of what can be asked again for less."""
    for path, methods in MADE["paths"].items():
        read = methods.get("get", {"responses": {}})["responses"].get("200", {})
        if "application/json" in read.get("content", {}):
            parameters = {each["name"] for each in methods["get"]["parameters"]}
            assert "ETag" in read["headers"], path
            assert "304" in methods["get"]["responses"], path
            assert "If-None-Match" in parameters, path


def test_all_lists_have_one_shape() -> None:
    """`items`; and where there can be more than one answer holds, `next` and `?after=&limit=`."""
    schemas = MADE["components"]["schemas"]
    whole = {  # complete in one answer, or the newest; each is bounded by what it lists
        "BodyList", "BulkCases", "BulkGroups", "CaseFigures", "CategoryList",
        "ComplaintList", "ConnectionVersions", "ConsentList", "CourseList", "DayAccount",
        "DeviceList",
        "DocumentKindList", "DocumentList", "DraftList", "DutyList", "EscalationList",
        "ExtensionProposalList", "FocalPointList", "IssuedPapers", "LifeEventList",
        "MessageList",
        "MinistryStatusList", "NeverCameList", "OfficeLooks", "OverdueCases", "PasskeyList",
        "PaperProposals", "Pools",
        "QueueCounts",
        "ReminderList", "ReportList", "SentencesOfFeedback",
        "Progress", "PublicationList", "PublishedServiceList", "RateBoard", "RoleList",
        "RuleVersions", "SeatsPage",
        "ServiceConnections", "ServiceHistory",
        "SessionList", "StatusPage", "StuckPage", "TrainingList",
    }  # fmt: skip
    paged = {
        "AccountList", "ApplicationList", "AreaPage", "AssistedList", "AssistedNewsList",
        "BodyPage", "CaseQueue", "CentreFiguresList", "CentreList", "DeadLetterList",
        "FlagList", "Journal", "MandateList", "MeasureList", "MoveList", "OfficeList",
        "OfficerList", "OpenDataIndex", "PostOfficePage", "ProposalList", "PublicQuestionList",
        "QuestionList", "RolloutPage",
        "SanctionList", "ServiceList", "SnapshotWeeks", "UddoktaList", "VendorList",
        "VersionChangeList",
        "WorkshopList",
        "WorkList",
    }  # fmt: skip
    found = set()
    for methods in MADE["paths"].values():
        answer = methods.get("get", {"responses": {}})["responses"].get("200", {})
        schema = answer.get("content", {}).get("application/json", {}).get("schema", {})
        name = schema.get("$ref", "").rpartition("/")[2]
        if "items" not in schemas.get(name, {}).get("properties", {}):
            continue
        found.add(name)
        query = {each["name"] for each in methods["get"]["parameters"] if each["in"] == "query"}
        has_next = "next" in schemas[name]["properties"]
        assert (name in paged) == has_next == ({"after", "limit"} <= query), name
    assert found == whole | paged


def test_bounds_are_written_as_json_schema_has_them() -> None:
    """A bound under another name is none for whoever reads the document."""
    unknown = {"ge", "gt", "le", "lt", "min_length", "max_length"}
    assert [schema for schema in objects_of(MADE) if unknown & schema.keys()] == []


def objects_of(value: Any) -> Iterator[dict[str, Any]]:
    """All objects of a document."""
    if isinstance(value, dict):
        yield value
    inside = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict | list):
        for each in inside:
            yield from objects_of(each)
