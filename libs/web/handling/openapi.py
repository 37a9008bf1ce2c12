"""Makes the OpenAPI 3.1 documents of declared routes, and merges them.

The merged document is the only one that is exported. Under `x-nagorik` an operation has what
the gateway needs to forward requests.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema
from starlette.routing import compile_path

from libs.contracts.json_schema import SchemasWithoutTitles
from libs.contracts.problems import PROBLEMS, TYPE_PREFIX, Problem
from libs.web.handling.limits import NO_LIMITS_OF_ITS_OWN, RouteLimits
from libs.web.handling.parameters import Need, Parameter
from libs.web.handling.problems import MEDIA_TYPE
from libs.web.handling.routes import Declaration

Document = dict[str, Any]
Refs = Mapping[tuple[Any, str], Any]  # reference to a schema by (model, mode)

EXTENSION = "x-nagorik"

_JSON = "application/json"
_REFS = "#/components/schemas/{model}"
_PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": _REFS.format(model="Problem")}}}
_RETRY_AFTER = {"description": "Seconds to wait", "schema": {"type": "integer", "minimum": 1}}
_TAG: Document = {
    "ETag": {"description": "Of this content; for `If-None-Match`", "schema": {"type": "string"}}
}
_NOT_CHANGED = "NotChanged"
_SAME: Document = {"description": "Not changed since the answer with this tag", "headers": _TAG}
_REFERS_TO_SAME = {"$ref": f"#/components/responses/{_NOT_CHANGED}"}
_KEY_ABOUT = "The same for every repeat of one request, another for another request"
_KEY_SCHEMA = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"}
_TOKEN = "access_token"  # noqa: S105  # the name of the scheme

# Problems of every operation: in an address (`limits.py`), and in a body (`body.py`).
_LINE = r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"
_STORABLE = r"^[^\x00]*$"
_SAYS_WHICH = frozenset({"pattern", "enum", "const", "format"})

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_ALWAYS = ("bad_request", "bad_query", "internal", "unavailable")
_WITH_TOKEN = ("token_missing", "token_invalid", "token_expired", "session_ended")
_WITH_BODY = (
    "not_json", "too_deep", "duplicate_member", "unsupported_media_type", "wrong_shape",
    "control_character",
)  # fmt: skip
_WITH_KEY = ("idempotency_key_malformed", "idempotency_key_reused")


@dataclass(frozen=True, slots=True)
class Operation:
    """The properties of an operation that the gateway uses.

    Args:
        method: HTTP method.
        path: with parameters in braces.
        operation_id: its name.
        upstreams: the services that have it; of several, the path parameter `service` names one.
        needs_token: whether an access token is required.
        cached: whether an answer may be cached for all callers for a few seconds.
        repeat_safe: whether a repeat has no further effect.
        idempotency_key: whether the header is required, optional, or not read.
        conditional: whether it has an entity tag, and may be answered with 304.
        limits: of the operation, where it is streamed or a lookup.
    """

    method: str
    path: str
    operation_id: str
    upstreams: tuple[str, ...]
    needs_token: bool
    cached: bool
    repeat_safe: bool
    idempotency_key: Need
    conditional: bool = False
    limits: RouteLimits = NO_LIMITS_OF_ITS_OWN


def document(service: str, declarations: Iterable[Declaration]) -> Document:
    """Make the OpenAPI document of a service's declared routes.

    Args:
        service: its name.
        declarations: of the routes.
    """
    declared = list(declarations)
    refs, schemas = _schemas_of(declared)
    paths: defaultdict[str, Document] = defaultdict(dict)
    for declaration in declared:
        paths[declaration.path][declaration.method.lower()] = _operation(service, declaration, refs)
    return {
        "openapi": "3.1.0",
        "info": {"title": service, "version": "1"},
        "paths": dict(paths),
        "components": {"schemas": schemas},
    }


def merge(
    documents: Sequence[Mapping[str, Any]],
    *,
    info: Mapping[str, Any],
    servers: Sequence[Mapping[str, Any]] = (),
    more_problems: Callable[[Operation], Sequence[str]] = lambda _: (),
) -> Document:
    """Merge the documents of several services into that of the API.

    An answer that has problems only stands once, under the names of its problems: a changed text
    is one changed place.

    Args:
        documents: made by `document`.
        info: title, version and description of the API.
        servers: addresses of the API.
        more_problems: codes of problems that the gateway adds.

    Raises:
        ValueError: documents define an operation or schema differently.
    """
    paths: defaultdict[str, Document] = defaultdict(dict)
    schemas: Document = {}
    answers: Document = {}
    for document in documents:
        for name, schema in document["components"]["schemas"].items():
            if schemas.setdefault(name, schema) != schema:
                raise ValueError(f"two schemas are named {name}")
    for (path, method), found in _operations_by_address(documents).items():
        operation = _merged(found)
        read = _read(path, method, operation)
        extension = dict(operation[EXTENSION])
        codes = [*extension.pop("problems"), *more_problems(read)]
        responses = _with_problems(operation["responses"], codes)
        operation["responses"] = _shared(responses, codes, answers)
        operation[EXTENSION] = extension
        if read.conditional:
            answers[_NOT_CHANGED] = _SAME
            operation = _with_tag(operation)
        paths[path][method] = operation
    scheme = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    return {
        "openapi": "3.1.0",
        "info": dict(info),
        "servers": list(servers),
        "paths": dict(paths),
        "components": {
            "schemas": schemas,
            "responses": answers,
            "securitySchemes": {_TOKEN: scheme},
        },
    }


def operations_of(merged: Mapping[str, Any]) -> Iterator[Operation]:
    """The operations of a document, in its order."""
    for path, methods in merged["paths"].items():
        for method, operation in methods.items():
            yield _read(path, method, operation)


def problem_answers(codes: Iterable[str]) -> Document:
    """The answers of problems, by status.

    Raises:
        LookupError: a code has no text.
    """
    return {
        str(status): _problem_answer(status, named) for status, named in _by_status(codes).items()
    }


def _by_status(codes: Iterable[str]) -> dict[int, list[str]]:
    by_status: defaultdict[int, list[str]] = defaultdict(list)
    for code in _once(codes):
        if code not in PROBLEMS:
            raise LookupError(f"the problem {code} has no text in libs/contracts/problem_texts")
        by_status[PROBLEMS[code].status].append(code)
    return dict(sorted(by_status.items()))


def _answers_json(operation: Mapping[str, Any]) -> bool:
    return _JSON in operation["responses"].get("200", {}).get("content", {})


def _with_tag(operation: Document) -> Document:
    """An operation with its entity tag: the gateway makes one for each JSON that is read."""
    responses = operation["responses"]
    tagged = {**responses["200"], "headers": {**responses["200"].get("headers", {}), **_TAG}}
    if_none_match = _parameter(
        "header", "If-None-Match", {"type": "string"}, "`ETag` of an earlier answer"
    )
    return {
        **operation,
        "parameters": [*operation.get("parameters", ()), if_none_match],
        "responses": {**responses, "200": tagged, "304": _REFERS_TO_SAME},
    }


def _with_problems(answers: Mapping[str, Document], codes: Iterable[str]) -> Document:
    """Add the answers of problems to others, which may have the same status."""
    together = dict(answers)
    for status, answer in problem_answers(codes).items():
        others = answers.get(status, {}).get("content", {})
        together[status] = {**answer, "content": {**others, **answer["content"]}}
    return together


def _shared(responses: Document, codes: Iterable[str], answers: Document) -> Document:
    """Move the answers that have problems only to `answers`, and refer to them."""
    referring = dict(responses)
    for status, named in _by_status(codes).items():
        answer = responses[str(status)]
        if answer["content"] == _PROBLEM:
            name = ".".join(named)
            answers[name] = answer
            referring[str(status)] = {"$ref": f"#/components/responses/{name}"}
    return referring


def _problem_answer(status: int, codes: Sequence[str]) -> Document:
    lines = [f"* `{TYPE_PREFIX}{code}`: {PROBLEMS[code].detail.en}" for code in codes]
    answer: Document = {
        "description": "\n".join((HTTPStatus(status).phrase, "", *lines)),
        "content": _PROBLEM,
    }
    if status in {429, 503, 504}:
        answer["headers"] = {"Retry-After": _RETRY_AFTER}
    return answer


def _schemas_of(
    declared: Sequence[Declaration],
) -> tuple[Refs, Document]:
    """References to the schemas of all models, and the schemas by name."""
    wanted: list[tuple[type[BaseModel], Literal["serialization", "validation"]]] = [
        (Problem, "serialization")
    ]
    for declaration in declared:
        if body := declaration.signature.model("body"):
            wanted.append((body, "validation"))
        if declaration.answer:
            wanted.append((declaration.answer, "serialization"))
        wanted += [(model, "serialization") for model in declaration.models]
    refs, made = models_json_schema(
        list(dict.fromkeys(wanted)), ref_template=_REFS, schema_generator=SchemasWithoutTitles
    )
    schemas: Document = made.get("$defs", {})
    bodies = {refs[model, mode]["$ref"] for model, mode in wanted if mode == "validation"}
    for name in schemas:
        if _REFS.format(model=name) in bodies:
            schemas[name] = _limited(schemas[name], _STORABLE)
    for declaration in declared:
        if query := declaration.signature.model("query"):
            schemas |= query.model_json_schema(
                ref_template=_REFS, schema_generator=SchemasWithoutTitles
            ).get("$defs", {})
    return {key: refs[key] for key in refs}, _without_null_defaults(schemas)


def _limited(schema: Any, pattern: str) -> Any:
    """A schema in which texts without a pattern of their own get one."""
    match schema:
        case {"type": "string"} if not schema.keys() & _SAYS_WHICH:
            return {**schema, "pattern": pattern}
        case dict():
            return {name: _limited(value, pattern) for name, value in schema.items()}
        case list():
            return [_limited(member, pattern) for member in schema]
        case _:
            return schema


def _without_null_defaults(schema: Any) -> Any:
    """A schema without `default: null`, which only repeats that a member is optional."""
    match schema:
        case dict():
            null = "anyOf" in schema and schema.get("default", ...) is None
            return {
                name: _without_null_defaults(value)
                for name, value in schema.items()
                if not (null and name == "default")
            }
        case list():
            return [_without_null_defaults(member) for member in schema]
        case _:
            return schema


def _operation(service: str, declared: Declaration, refs: Refs) -> Document:
    codes = _once(_problem_codes(declared))
    operation: Document = {
        "operationId": declared.operation_id,
        "summary": declared.summary,
        "tags": [declared.path.split("/")[2] if declared.path.count("/") > 1 else service],
        "responses": _with_problems({str(declared.status): _answer(declared, refs)}, codes),
        EXTENSION: {
            "upstreams": [service],
            "cached": declared.cached,
            "repeat_safe": declared.method in _SAFE or _has_key_alone(declared),
            "idempotency_key": declared.signature.idempotency_key,
            "problems": codes,
        },
    }
    if declared.limits.streamed or declared.limits.is_lookup:
        operation[EXTENSION]["limits"] = asdict(declared.limits)
    if parameters := list(_parameters(declared)):
        operation["parameters"] = parameters
    more = dict(declared.openapi or {})
    if "parameters" in more:
        more["parameters"] = [
            {**parameter, "schema": _limited(parameter["schema"], _LINE)}
            for parameter in more["parameters"]
        ]
    if body := declared.signature.model("body"):
        content: Document = {"schema": refs[body, "validation"]}
        if declared.example is not None:
            content["examples"] = {"example": {"value": declared.example}}
        operation["requestBody"] = {"required": True, "content": {_JSON: content}}
    if declared.signature.needs_token:
        operation["security"] = [{_TOKEN: []}]
    return {**operation, **more}


def _has_key_alone(declared: Declaration) -> bool:
    """Whether a repeat by us has no further effect; one with a proof would be refused."""
    signature = declared.signature
    return signature.idempotency_key == "required" and not signature.of_kind("mandated")


def _problem_codes(declared: Declaration) -> Iterator[str]:
    """The codes of all problems of a route."""
    yield from _ALWAYS
    yield from declared.problems
    signature = declared.signature
    yield from _codes_of_caller(declared)
    if signature.of_kind("body"):
        yield from _WITH_BODY
    if declared.method not in _SAFE:
        yield declared.limits.too_large
    if "{" in declared.path:
        yield "not_found"
    if signature.idempotency_key != "none":
        yield from _WITH_KEY
    if signature.idempotency_key == "required":
        yield "idempotency_key_missing"


def _codes_of_caller(declared: Declaration) -> Iterator[str]:
    """The codes of the problems with the caller of a route."""
    signature = declared.signature
    if signature.needs_token:
        yield from _WITH_TOKEN
    if signature.of_kind("citizen", "staff", "idempotent request"):
        yield "role_missing"
    if declared.recent_login:
        yield "recent_login_needed"


def _answer(declared: Declaration, refs: Refs) -> Document:
    if declared.answer is None:
        return {"description": "Done"}
    return {
        "description": declared.answer.__doc__ or "",
        "content": {_JSON: {"schema": refs[declared.answer, "serialization"]}},
    }


def _parameters(declared: Declaration) -> Iterator[Document]:
    signature = declared.signature
    in_path = {parameter.name: parameter for parameter in signature.of_kind("path")}
    for name in compile_path(declared.path)[2]:
        yield _path_parameter(name, in_path.get(name))
    if query := signature.model("query"):
        schema = _without_null_defaults(
            query.model_json_schema(ref_template=_REFS, schema_generator=SchemasWithoutTitles)
        )
        for name, member in schema["properties"].items():
            required = name in schema.get("required", ())
            about = member.get("description")
            yield _parameter("query", name, _limited(member, _LINE), about, required=required)
    taken = (parameter.header for parameter in signature.of_kind("header"))
    for header in (*filter(None, taken), *declared.reads):
        about, required = header.description, header.required
        yield _parameter("header", header.name, header.schema, about, required=required)
    if signature.idempotency_key != "none":
        required = signature.idempotency_key == "required"
        yield _parameter("header", "Idempotency-Key", _KEY_SCHEMA, _KEY_ABOUT, required=required)


def _path_parameter(name: str, parameter: Parameter | None) -> Document:
    if parameter is None:  # filled in by the service itself
        about = "Name of the service that is asked"
        return _parameter("path", name, {"type": "string"}, about, required=True)
    schema = TypeAdapter(parameter.hint).json_schema(ref_template=_REFS)
    return _parameter("path", name, schema, schema.get("description"), required=True)


def _parameter(
    place: str, name: str, schema: Mapping[str, Any], about: str | None, *, required: bool = False
) -> Document:
    parameter: Document = {"name": name, "in": place, "required": required, "schema": schema}
    return parameter | {"description": about} if about else parameter


def _operations_by_address(
    documents: Sequence[Mapping[str, Any]],
) -> Mapping[tuple[str, str], list[Document]]:
    found: defaultdict[tuple[str, str], list[Document]] = defaultdict(list)
    for document in documents:
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                found[path, method].append(operation)
    return found


def _merged(found: Sequence[Document]) -> Document:
    """One operation of one or several services.

    Raises:
        ValueError: they differ in more than the service.
    """
    upstreams = [name for operation in found for name in operation[EXTENSION]["upstreams"]]
    merged = [
        {**operation, EXTENSION: {**operation[EXTENSION], "upstreams": upstreams}}
        for operation in found
    ]
    if any(operation != merged[0] for operation in merged):
        raise ValueError(f"{upstreams} differ in {found[0]['operationId']}")
    return _naming(upstreams, merged[0])


def _naming(upstreams: Sequence[str], operation: Document) -> Document:
    """An operation whose parameter `service` has the names of its services."""
    names = {"type": "string", "enum": list(upstreams)}
    parameters = [
        {**parameter, "schema": names}
        if parameter["name"] == "service" and parameter["in"] == "path"
        else parameter
        for parameter in operation.get("parameters", ())
    ]
    return {**operation, "parameters": parameters} if parameters else operation


def _read(path: str, method: str, operation: Mapping[str, Any]) -> Operation:
    more = operation[EXTENSION]
    return Operation(
        method=method.upper(),
        path=path,
        operation_id=operation["operationId"],
        upstreams=tuple(more["upstreams"]),
        needs_token="security" in operation,
        cached=more["cached"],
        repeat_safe=more["repeat_safe"],
        idempotency_key=more["idempotency_key"],
        conditional=method == "get" and _answers_json(operation),
        limits=RouteLimits(**more.get("limits", {})),
    )


def _once(codes: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(codes))
