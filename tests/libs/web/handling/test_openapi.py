"""The API documents: made from declared routes, and merged."""

from typing import Annotated, Any

import orjson
import pytest
from pydantic import BaseModel, Field
from starlette.responses import Response

from libs.web.callers.tokens import Citizen, Staff
from libs.web.handling.idempotency import IdempotencyKey
from libs.web.handling.openapi import Operation, document, merge, operations_of
from libs.web.handling.problems import MEDIA_TYPE
from libs.web.handling.routes import Routes
from libs.web.header import Header


class Wanted(BaseModel):
    """Which notes."""

    word: Annotated[str | None, Field(description="In the text")] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20


class Note(BaseModel):
    """A note as it is kept."""

    text: str


class AddNote(BaseModel):
    """A new note."""

    text: str


Name = Annotated[str, Field(description="As given", examples=["n1"])]

notes = Routes()


@notes.get("/v1/notes", cached=True)
async def list_notes(wanted: Wanted) -> Note:
    """Find notes."""
    return Note(text=wanted.word or "")


@notes.post("/v1/notes", status=201, problems=("form_invalid",), example={"text": "a"})
async def add_note(citizen: Citizen, key: IdempotencyKey, note: AddNote) -> Note:
    """Add a note.

    More is for readers of the code.
    """
    return Note(text=f"{citizen} {key} {note.text}")


@notes.post("/v1/notes/{name}/marks")
async def mark_note(name: Name, key: IdempotencyKey | None) -> None:
    """Mark a note."""


EVENTS: dict[str, Any] = {"200": {"description": "s", "content": {"text/event-stream": {}}}}


@notes.get("/v1/notes/{name}/events", openapi={"responses": EVENTS}, models=(AddNote,))
async def watch_note(
    name: str, citizen: Citizen, last: Annotated[str | None, Header("Last-Event-ID", "Seen last")]
) -> Response:
    """Follow a note."""
    return Response()


operations = Routes()


@operations.get("/v1/operations/{service}/state", roles=("operator",))
async def read_state(staff: Staff) -> None:
    """Tell how it is."""


MADE = document("notes", notes.declarations)


def parameters(operation: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in operation["parameters"]}


def codes(operation: dict[str, Any], status: int) -> list[str]:
    answer = operation["responses"][str(status)]
    if "$ref" in answer:  # in the merged document, by the names of its problems
        return str(answer["$ref"]).removeprefix("#/components/responses/").split(".")
    lines = answer["description"].splitlines()[2:]
    return [line.split("`")[1].removeprefix("/problems/") for line in lines]


def test_an_operation_is_documented_from_its_declaration() -> None:
    """Name, summary, body with an example, answer, header and token come from the handler."""
    made = MADE["paths"]["/v1/notes"]["post"]
    assert (made["operationId"], made["summary"]) == ("add_note", "Add a note")
    assert made["requestBody"]["content"]["application/json"] == {
        "schema": {"$ref": "#/components/schemas/AddNote"},
        "examples": {"example": {"value": {"text": "a"}}},
    }
    answer = made["responses"]["201"]
    assert answer["content"]["application/json"]["schema"]["$ref"].endswith("/Note")
    assert answer["description"] == "A note as it is kept."
    assert parameters(made)["Idempotency-Key"]["required"]
    assert made["security"] == [{"access_token": []}]


def test_parameters_have_descriptions() -> None:
    """Query, path and headers are listed one by one."""
    query = parameters(MADE["paths"]["/v1/notes"]["get"])
    assert query["word"]["description"] == "In the text"
    assert (query["limit"]["schema"]["maximum"], query["limit"]["required"]) == (100, False)
    marking = parameters(MADE["paths"]["/v1/notes/{name}/marks"]["post"])
    assert marking["name"]["schema"]["examples"] == ["n1"]
    assert not marking["Idempotency-Key"]["required"]
    assert "Last-Event-ID" in parameters(MADE["paths"]["/v1/notes/{name}/events"]["get"])


def test_problems_are_listed_by_status() -> None:
    """Declared ones, and those that follow from token, body, key and path."""
    adding = MADE["paths"]["/v1/notes"]["post"]
    assert "form_invalid" in codes(adding, 422)
    assert codes(adding, 401) == [
        "token_missing",
        "token_invalid",
        "token_expired",
        "session_ended",
    ]
    assert "not_json" in codes(adding, 400)
    assert "idempotency_key_missing" in codes(adding, 400)
    assert "404" not in adding["responses"]
    assert codes(MADE["paths"]["/v1/notes/{name}/marks"]["post"], 404) == ["not_found"]
    assert "Retry-After" in adding["responses"]["503"]["headers"]


def test_a_streamed_answer_is_documented_in_its_own_words() -> None:
    """A route adds what OpenAPI cannot derive."""
    assert MADE["paths"]["/v1/notes/{name}/events"]["get"]["responses"] == EVENTS
    assert "AddNote" in MADE["components"]["schemas"]


def test_the_gateway_learns_what_it_needs_from_the_document() -> None:
    """Upstream, token, cache and repeat follow from the declarations."""
    listed = {operation.operation_id: operation for operation in operations_of(MADE)}
    assert listed["list_notes"].cached
    assert not listed["list_notes"].needs_token
    adding = listed["add_note"]
    assert (adding.method, adding.path, adding.upstreams) == ("POST", "/v1/notes", ("notes",))
    assert (adding.needs_token, adding.repeat_safe, adding.idempotency_key) == (
        True,
        True,
        "required",
    )
    assert not listed["mark_note"].repeat_safe


def test_a_problem_without_a_text_is_named() -> None:
    """Whoever declares a new code is told where its text belongs."""

    async def read_nothing() -> Note:
        """Read nothing."""
        return Note(text="")

    routes = Routes()
    routes.get("/v1/nothing", problems=("never_written",))(read_nothing)
    with pytest.raises(LookupError, match="never_written has no text in libs/contracts"):
        document("notes", routes.declarations)


def late(operation: Operation) -> list[str]:
    return ["answer_late_repeat_safe" if operation.repeat_safe else "answer_late"]


def whole(*documents: dict[str, Any]) -> dict[str, Any]:
    return merge(documents, info={"title": "all", "version": "1"}, more_problems=late)


def test_documents_are_merged() -> None:
    """Each operation is there once, with the problems of the gateway."""
    made = whole(MADE, *(document(each, operations.declarations) for each in ("a", "b")))
    listed = {operation.operation_id: operation for operation in operations_of(made)}
    assert listed.keys() == {"list_notes", "add_note", "mark_note", "watch_note", "read_state"}
    assert listed["read_state"].upstreams == ("a", "b")
    assert parameters(made["paths"]["/v1/operations/{service}/state"]["get"]).keys() == {"service"}
    assert codes(made["paths"]["/v1/notes"]["post"], 504) == ["answer_late_repeat_safe"]
    assert "access_token" in made["components"]["securitySchemes"]


def test_documents_that_contradict_each_other_are_refused() -> None:
    """Two definitions of one operation or schema are refused."""
    other = orjson.loads(orjson.dumps(MADE))
    other["components"]["schemas"]["Note"]["title"] = "Another"
    with pytest.raises(ValueError, match="Note"):
        whole(MADE, other)
    other = orjson.loads(orjson.dumps(MADE))
    other["paths"]["/v1/notes"]["get"]["summary"] = "Another"
    with pytest.raises(ValueError, match="list_notes"):
        whole(MADE, other)


def test_an_answer_of_problems_stands_once() -> None:
    """Two operations with the same problems refer to one answer."""
    made = whole(MADE)
    answers = [
        made["paths"][path]["post"]["responses"]["500"]
        for path in sorted(made["paths"])
        if "post" in made["paths"][path]
    ]
    assert len(answers) > 1
    assert {answer["$ref"] for answer in answers} == {"#/components/responses/internal"}
    assert list(made["components"]["responses"]["internal"]["content"]) == [MEDIA_TYPE]
