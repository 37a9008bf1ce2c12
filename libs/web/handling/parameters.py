"""Reads the parameters of a route's handler from its signature, once at start."""

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_settings import BaseSettings
from starlette.requests import Request
from starlette.responses import Response

from libs.contracts.language import Language
from libs.database.transaction import Transaction
from libs.errors import Refused, Unreadable
from libs.web.callers.tokens import AccessTokens, Caller, Citizen, Mandated, Staff
from libs.web.handling import idempotency
from libs.web.handling.body import read_body
from libs.web.handling.field_errors import field_errors_of
from libs.web.handling.idempotency import IdempotencyKey, IdempotentRequest
from libs.web.handling.language import language_of
from libs.web.header import Header

Kind = Literal[
    "path", "request", "language", "header", "caller", "citizen", "staff", "mandated",
    "idempotency key",
    "idempotent request", "query", "body", "raw body", "transaction", "provided",
]  # fmt: skip
Need = Literal["none", "optional", "required"]

_BY_TYPE: Mapping[Any, Kind] = {
    Transaction: "transaction",
    Request: "request",
    Language: "language",
    Caller: "caller",
    Citizen: "citizen",
    Staff: "staff",
    Mandated: "mandated",
    IdempotencyKey: "idempotency key",
    IdempotentRequest: "idempotent request",
    bytes: "raw body",
}


@dataclass(frozen=True, slots=True)
class Query:
    """Marks a model as read from the query: `Annotated[Model, Query]`."""


@dataclass(frozen=True, slots=True)
class Dependency:
    """Reads an argument from the request, for each parameter of one type.

    A service provides it like any other object. Dependencies are read in the order in which they
    are provided, before tokens and bodies.

    Args:
        type: of the parameters; also a `NewType`.
        read: returns the argument, or raises what the service answers.
    """

    type: Any
    read: Callable[[Request], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a handler.

    Args:
        name: of the parameter.
        kind: the source of its argument.
        type: without `Annotated` and `| None`.
        hint: the unchanged annotation.
        optional: whether None is allowed.
    """

    name: str
    kind: Kind
    type: Any
    hint: Any
    optional: bool = False

    @property
    def header(self) -> Header | None:
        """The header of the parameter, if it is one."""
        return next((mark for mark in _marks_of(self.hint) if isinstance(mark, Header)), None)


@dataclass(frozen=True, slots=True)
class Signature:
    """The parameters and the result of a handler.

    Args:
        parameters: in order.
        answer: the model that it returns, or None.
        makes_response: whether it returns a Response.
    """

    parameters: Sequence[Parameter]
    answer: type[BaseModel] | None
    makes_response: bool

    def of_kind(self, *kinds: Kind) -> list[Parameter]:
        """The parameters of these kinds."""
        return [parameter for parameter in self.parameters if parameter.kind in kinds]

    def model(self, kind: Literal["query", "body"]) -> type[BaseModel] | None:
        """The model of the query or of the body, if there is one."""
        return next((parameter.type for parameter in self.of_kind(kind)), None)

    @property
    def needs_token(self) -> bool:
        """Whether an access token is required."""
        return bool(self.of_kind("caller", "citizen", "staff", "mandated", "idempotent request"))

    @property
    def idempotency_key(self) -> Need:
        """Whether the header is required, optional, or not read."""
        keys = self.of_kind("idempotency key", "idempotent request")
        if not keys:
            return "none"
        return "optional" if all(parameter.optional for parameter in keys) else "required"


def read_signature(
    handler: Callable[..., Any], method: str, path_names: Sequence[str]
) -> Signature:
    """Read the signature of a handler.

    Args:
        handler: an async function.
        method: HTTP method of its route.
        path_names: names of the parameters in the path.

    Raises:
        TypeError: a parameter has no type, a path parameter is missing, or the result has no
            supported type.
    """
    hints = get_type_hints(handler, include_extras=True)
    names = list(inspect.signature(handler).parameters)
    if wrong := set(names) - set(hints):
        raise TypeError(f"{handler.__name__}: {', '.join(sorted(wrong))} has no type")
    if wrong := set(path_names) - set(names):
        raise TypeError(f"{handler.__name__} does not take {', '.join(sorted(wrong))}")
    parameters = [
        _parameter(name, hints[name], in_path=name in path_names, method=method) for name in names
    ]
    returned = hints.get("return")
    answer = get_origin(returned) or returned
    if not isinstance(answer, type) or not issubclass(answer, (BaseModel, Response, NoneType)):
        raise TypeError(f"{handler.__name__} must return a model, a Response or None")
    makes_response = issubclass(answer, Response)
    return Signature(parameters, answer if issubclass(answer, BaseModel) else None, makes_response)


def _parameter(name: str, hint: Any, *, in_path: bool, method: str) -> Parameter:
    kind, optional = _plain(hint)
    found = Parameter(name, "provided", kind, hint, optional)
    if in_path:
        return replace(found, kind="path")
    if kind in _BY_TYPE:
        return replace(found, kind=_BY_TYPE[kind])
    if found.header:
        return replace(found, kind="header")
    if isinstance(kind, type) and issubclass(kind, BaseSettings):
        return found  # also a model, but never read from the request
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        in_query = method == "GET" or Query in _marks_of(hint)
        return replace(found, kind="query" if in_query else "body")
    return found


def _marks_of(hint: Any) -> Sequence[Any]:
    return get_args(hint)[1:] if get_origin(hint) is Annotated else ()


def _plain(hint: Any) -> tuple[Any, bool]:
    """A hint without `Annotated` and `| None`, and whether None is allowed."""
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if get_origin(hint) in {Union, UnionType} and NoneType in get_args(hint):
        kinds = [kind for kind in get_args(hint) if kind is not NoneType]
        if len(kinds) == 1:
            return kinds[0], True
    return hint, False


Reader = Callable[[Request], Any]
AsyncReader = Callable[[Request], Awaitable[Any]]


def sync_readers(signature: Signature) -> list[tuple[str, Reader]]:
    """The functions that read arguments without I/O, by the name of the parameter."""
    readers: list[tuple[str, Reader]] = []
    for parameter in signature.parameters:
        match parameter.kind:
            case "path":
                readers.append((parameter.name, _path_reader(parameter)))
            case "request":
                readers.append((parameter.name, _same))
            case "language":
                readers.append((parameter.name, language_of))
            case "header":
                readers.append((parameter.name, _header_reader(parameter)))
            case _:
                pass
    return readers


def async_readers(
    signature: Signature,
    tokens: AccessTokens | None,
    roles: frozenset[str],
    *,
    recent_login: bool = False,
) -> list[tuple[str, AsyncReader]]:
    """The functions that read the other arguments: authentication first, the body last.

    Args:
        signature: of the handler.
        tokens: checks access tokens, if the handler needs one.
        roles: those of which `Staff` needs one.
        recent_login: whether `Staff` must have logged in a few minutes ago.
    """
    makers: Sequence[tuple[Kind, Callable[[Parameter], AsyncReader]]] = (
        ("idempotency key", _key_reader),
        ("query", _query_reader),
        ("body", _body_reader),
        ("raw body", lambda _: Request.body),
    )
    if tokens is not None:
        makers = (
            ("caller", lambda _: tokens.check),
            ("citizen", lambda _: partial(_read_citizen, tokens)),
            ("staff", lambda _: _staff_reader(tokens, roles, recent_login=recent_login)),
            ("mandated", lambda _: tokens.check_mandate),
            ("idempotent request", lambda parameter: _idempotent_reader(parameter, tokens)),
            *makers,
        )
    return [
        (parameter.name, make(parameter))
        for kind, make in makers
        for parameter in signature.of_kind(kind)
    ]


def _same(request: Request) -> Request:
    return request


def _path_reader(parameter: Parameter) -> Reader:
    name = parameter.name
    if parameter.type is str:
        return lambda request: request.scope["path_params"][name]
    adapter: TypeAdapter[Any] = TypeAdapter(parameter.hint)

    def read(request: Request) -> Any:
        try:
            return adapter.validate_python(request.scope["path_params"][name])
        except ValidationError:
            raise Refused("not_found") from None

    return read


def _header_reader(parameter: Parameter) -> Reader:
    name = parameter.header.name if parameter.header else ""
    return lambda request: request.headers.get(name)


async def _read_citizen(tokens: AccessTokens, request: Request) -> Citizen:
    """Read the citizen.

    Raises:
        Refused: the caller is a person of our staff, or the token is not valid.
    """
    caller = await tokens.check(request)
    if not isinstance(caller, Citizen):
        raise Refused("role_missing")
    return caller


def _staff_reader(
    tokens: AccessTokens, roles: frozenset[str], *, recent_login: bool
) -> AsyncReader:
    async def read(request: Request) -> Staff:
        caller = await tokens.check(request)
        if not isinstance(caller, Staff):
            raise Refused("role_missing")
        caller.check_role(roles)
        if recent_login:
            caller.check_recent_login(tokens.now_s())
        return caller

    return read


def _key_reader(parameter: Parameter) -> AsyncReader:
    async def read(request: Request) -> IdempotencyKey | None:
        if parameter.optional and idempotency.HEADER not in request.headers:
            return None
        return idempotency.key_of(request)

    return read


def _idempotent_reader(parameter: Parameter, tokens: AccessTokens) -> AsyncReader:
    async def read(request: Request) -> IdempotentRequest | None:
        caller = await _read_citizen(tokens, request)
        if parameter.optional and idempotency.HEADER not in request.headers:
            return None
        return await idempotency.read_request(request, caller.subject_id)

    return read


def _query_reader(parameter: Parameter) -> AsyncReader:
    async def read(request: Request) -> BaseModel:
        return read_query(request.query_params, parameter.type)

    return read


def _body_reader(parameter: Parameter) -> AsyncReader:
    async def read(request: Request) -> BaseModel:
        return await read_body(request, parameter.type)

    return read


def read_query(parameters: Mapping[str, str], model: type[BaseModel]) -> BaseModel:
    """Read a query as a model; the last of repeated values counts.

    Raises:
        Unreadable: a value does not match the model.
    """
    try:
        return model.model_validate(dict(parameters))
    except ValidationError as failure:
        raise Unreadable(
            "bad_query", model.__name__, field_errors=field_errors_of(failure)
        ) from None
