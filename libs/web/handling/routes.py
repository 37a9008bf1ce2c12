"""Declared routes: the handler's signature defines the route and its documentation.

    routes = Routes()

    @routes.post("/v1/applications/{tracking_number}/withdrawal", problems=("application_closed",))
    async def withdraw(
        tracking_number: str, citizen: Citizen, tx: Transaction, clock: Clock
    ) -> ApplicationSummary:
        "Withdraw the application."

The type of a parameter defines its source:

* a name in the path: that part of the path;
* a pydantic model: the JSON body, or the query of a GET (`Annotated[Model, Query]` elsewhere);
* `bytes`: the body as it came, for signatures;
* `Caller`: a checked access token; `Citizen`: the same of a citizen; `Staff`: with one of `roles`;
  `Mandated`: the token of a mandate, whose proof the handler checks;
* `IdempotencyKey`, `IdempotentRequest`: the header, or the caller, the key and the content's hash;
* `Transaction`: one transaction around the handler, begun after all else is read;
* `Request`, `Language`, `Annotated[str | None, Header(…)]`: of the request;
* any other type: what a `Dependency` of the service reads for that type, or the one object of that
  type that the service provides.

A handler returns the answer's model, or a Response, or None for 204. To stream a body, take
`request` and declare no body.
"""

import inspect
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self, TypeVar, get_origin

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import Receive, Scope, Send

from libs.database.pool import Database
from libs.web.callers.tokens import AccessTokens
from libs.web.handling.limits import NO_LIMITS_OF_ITS_OWN, LimitedRoute, RouteLimits
from libs.web.handling.parameters import (
    Dependency,
    Signature,
    async_readers,
    read_signature,
    sync_readers,
)
from libs.web.handling.responses import json_response
from libs.web.header import Header

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
Handler = Callable[..., Awaitable[Any]]
H = TypeVar("H", bound=Handler)
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """One route as declared.

    Args:
        method: HTTP method.
        path: with parameters in braces; `{service}` is the name of the service.
        handler: the function that is called.
        signature: its parameters and result.
        answer: model of the answer, or None if it has no JSON body.
        status: of the answer.
        problems: codes of problems, in addition to those that follow from the signature.
        roles: those of which a `Staff` caller needs one.
        recent_login: whether a `Staff` caller must have logged in a few minutes ago.
        public: whether the gateway forwards to the route.
        cached: whether the gateway may cache the answer for all callers for a few seconds.
        headers: of each answer; `no-store` is among them where a token is needed.
        limits: of the route, where they differ from those of the service.
        reads: headers that the handler reads from the request itself, for the API document.
        example: a body for the API document.
        openapi: replaces members of the operation in the API document, such as a streamed answer.
        models: models that `openapi` refers to.
    """

    method: Method
    path: str
    handler: Handler
    signature: Signature
    answer: type[BaseModel] | None
    status: int
    problems: tuple[str, ...] = ()
    roles: frozenset[str] = frozenset()
    recent_login: bool = False
    public: bool = True
    cached: bool = False
    headers: Mapping[str, str] | None = None
    limits: RouteLimits = NO_LIMITS_OF_ITS_OWN
    reads: tuple[Header, ...] = ()
    example: Any = None
    openapi: Mapping[str, Any] | None = None
    models: tuple[type[BaseModel], ...] = ()

    @property
    def operation_id(self) -> str:
        """The name of the handler."""
        return self.handler.__name__

    @property
    def summary(self) -> str:
        """The first line of the handler's docstring."""
        return (inspect.getdoc(self.handler) or "").partition("\n")[0].rstrip(".")


class Routes:
    """The routes of one capability, in the order in which they are tried.

    Args:
        public: whether the gateway forwards to them, unless a route says otherwise.
    """

    def __init__(self, *, public: bool = True) -> None:
        self.declarations: list[Declaration] = []
        self._public = public

    @classmethod
    def joined(cls, *parts: Self) -> Self:
        """The routes of a capability that declares them in several files."""
        routes = cls()
        routes.declarations = [declaration for part in parts for declaration in part.declarations]
        return routes

    def get(self, path: str, **options: Any) -> Callable[[H], H]:
        """Declare a route that reads; options as in `add`."""
        return self._declaring("GET", path, options)

    def head(self, path: str, **options: Any) -> Callable[[H], H]:
        """Declare a route that answers with headers only; options as in `add`."""
        return self._declaring("HEAD", path, options)

    def options(self, path: str, **options: Any) -> Callable[[H], H]:
        """Declare a route that tells what an address can do; options as in `add`."""
        return self._declaring("OPTIONS", path, options)

    def post(self, path: str, **options: Any) -> Callable[[H], H]:
        """Declare a route with an effect; options as in `add`."""
        return self._declaring("POST", path, options)

    def patch(self, path: str, **options: Any) -> Callable[[H], H]:
        """Declare a route that changes a resource; options as in `add`."""
        return self._declaring("PATCH", path, options)

    def put(self, path: str, **options: Any) -> Callable[[H], H]:
        """Declare a route that sets a resource; options as in `add`."""
        return self._declaring("PUT", path, options)

    def delete(self, path: str, **options: Any) -> Callable[[H], H]:
        """Declare a route that removes a resource; options as in `add`."""
        return self._declaring("DELETE", path, options)

    def add(
        self,
        method: Method,
        path: str,
        handler: Handler,
        *,
        status: int | None = None,
        answer: type[BaseModel] | None = None,
        roles: Collection[str] = (),
        **options: Any,
    ) -> None:
        """Declare a route.

        Args:
            method: HTTP method.
            path: with parameters in braces.
            handler: an async function.
            status: of the answer; 200, or 204 without an answer.
            answer: model of the answer, if the handler returns a Response.
            roles: those of which a `Staff` caller needs one, or `ANY_ROLE`.
            options: the other members of `Declaration`.

        Raises:
            TypeError: the signature is not valid for a route.
        """
        names = [name for name in compile_path(path)[2] if name != "service"]
        signature = read_signature(handler, method, names)
        if bool(roles) != bool(signature.of_kind("staff")):
            raise TypeError(f"{handler.__name__}: `roles` and a `Staff` parameter go together")
        if signature.needs_token:  # an answer to a known caller is personal (RFC 9111, 5.2.2.5)
            options["headers"] = {"cache-control": "no-store", **(options.get("headers") or {})}
        answer = answer or signature.answer
        without_content = answer is None and not signature.makes_response
        self.declarations.append(
            Declaration(
                method=method,
                path=path,
                handler=handler,
                signature=signature,
                answer=answer,
                status=status or (204 if without_content else 200),
                roles=frozenset(roles),
                **{"public": self._public, **options},
            )
        )

    def bind(self, service: str, provided: Sequence[object]) -> "list[DeclaredRoute]":
        """Make Starlette routes from the declared ones.

        Args:
            service: replaces `{service}` in paths.
            provided: objects for the parameters of handlers, by type.

        Raises:
            LookupError: a handler needs an object that is not provided, or provided twice.
        """
        return [DeclaredRoute(declaration, service, provided) for declaration in self.declarations]

    def _declaring(self, method: Method, path: str, options: Mapping[str, Any]) -> Callable[[H], H]:
        def declare(handler: H) -> H:
            self.add(method, path, handler, **options)
            return handler

        return declare


class DeclaredRoute(LimitedRoute):
    """Starlette's route to a declared handler.

    Args:
        declaration: the declared route.
        service: replaces `{service}` in the path.
        provided: objects for the parameters of the handler, by type.
    """

    def __init__(self, declaration: Declaration, service: str, provided: Sequence[object]) -> None:
        super().__init__(
            declaration.path.replace("{service}", service),
            _Endpoint(declaration, provided),
            methods=[declaration.method],
            name=declaration.operation_id,
        )
        self.declaration = declaration
        self.limits = declaration.limits


class _Endpoint:
    """The ASGI application of one declared route: reads arguments, calls the handler, answers."""

    def __init__(self, declaration: Declaration, provided: Sequence[object]) -> None:
        signature, operation_id = declaration.signature, declaration.operation_id
        self._handler = declaration.handler
        self._status = declaration.status
        self._headers = declaration.headers
        dependencies = [value for value in provided if isinstance(value, Dependency)]
        read_types = {dependency.type for dependency in dependencies}
        self._constants = {
            parameter.name: _find(provided, parameter.type, operation_id)
            for parameter in signature.of_kind("provided")
            if parameter.type not in read_types
        }
        tokens = _find(provided, AccessTokens, operation_id) if signature.needs_token else None
        self._quick = sync_readers(signature)
        self._waiting = [
            *(
                (parameter.name, dependency.read)
                for dependency in dependencies
                for parameter in signature.of_kind("provided")
                if parameter.type is dependency.type
            ),
            *async_readers(
                signature, tokens, declaration.roles, recent_login=declaration.recent_login
            ),
        ]
        self._database: Database | None = None
        self._transaction = ""
        for parameter in signature.of_kind("transaction"):
            self._database, self._transaction = (
                _find(provided, Database, operation_id),
                parameter.name,
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        arguments = self._constants.copy()
        for name, read in self._quick:
            arguments[name] = read(request)
        for name, read in self._waiting:
            arguments[name] = await read(request)
        if self._database is None:
            answer = await self._handler(**arguments)
        else:
            async with self._database.transaction() as tx:
                answer = await self._handler(**arguments, **{self._transaction: tx})
        await self._response_of(answer)(scope, receive, send)

    def _response_of(self, answer: BaseModel | Response | None) -> Response:
        if isinstance(answer, BaseModel):
            return json_response(answer, self._status, self._headers)
        if answer is None:
            return Response(status_code=self._status, headers=self._headers)
        if self._headers:
            answer.headers.update(self._headers)
        return answer


def _find(provided: Sequence[object], kind: Any, operation_id: str) -> Any:
    """Return the one provided object of a type or a subtype.

    Raises:
        LookupError: there is none, or more than one.
    """
    wanted = get_origin(kind) or kind
    found = [value for value in provided if isinstance(value, wanted)]
    exact = [value for value in found if type(value) is wanted]
    if len(exact or found) != 1:
        how_many = "none" if not found else "several"
        raise LookupError(f"{operation_id} asks for one {kind}, and {how_many} are provided")
    return (exact or found)[0]
