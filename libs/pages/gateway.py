"""The public API as a front end calls it: with a person's language, address and token."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

from pydantic import BaseModel, ValidationError

from libs.clock import Clock
from libs.contracts.identity import Tokens
from libs.contracts.problems import TYPE_PREFIX, Problem
from libs.errors import Unavailable, Unreadable
from libs.pages.visits import Login, Visit
from libs.web.calling.client import ConnectionLost, HttpClient, Reply, StreamedReply

M = TypeVar("M", bound=BaseModel)

_REFRESH_BEFORE_S = 30.0
_OVERLOADED = frozenset({
    HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT,
})  # fmt: skip

_OF_LOGIN = frozenset({"token_missing", "token_invalid", "token_expired", "session_ended"})
"""Refusals after which nobody is logged in; another 401 says what else was not shown."""

_LASTING = frozenset({"record_damaged"})
"""Failures of the API that trying again does not mend: the page says so."""


class LoginNeeded(Exception):
    """The page is personal, and there is no login, or it has ended."""


class ConfirmationNeeded(Exception):
    """The login goes on, but this act needs password and second factor of the last minutes."""


class ApiProblem(Exception):
    """The API refused a request, in the language of the visit.

    Args:
        problem: as the API told it.
        retry_after_s: seconds to wait, where the API says so.
    """

    def __init__(self, problem: Problem, retry_after_s: float | None = None) -> None:
        self.problem = problem
        self.code = problem.type.removeprefix(TYPE_PREFIX)
        self.retry_after_s = retry_after_s
        super().__init__(self.code)  # the title and the detail are for the person only

    @property
    def message(self) -> str:
        """The message for the person; that of the first wrong field if one is named."""
        errors = self.problem.errors
        return errors[0].message if errors else self.problem.detail


@dataclass(frozen=True, slots=True)
class Gateway:
    """Calls the public API.

    Args:
        client: over kept-alive connections.
        url: base URL of the gateway.
        deadline_s: seconds for one call.
        clock: for the life of access tokens.
    """

    client: HttpClient
    url: str
    deadline_s: float
    clock: Clock

    async def read(
        self,
        visit: Visit,
        model: type[M],
        path: str,
        query: Mapping[str, str | None] | None = None,
        *,
        personal: bool = False,
        headers: Mapping[str, str] | None = None,
    ) -> M:
        """Read a resource.

        Args:
            visit: who asks, in which language.
            model: of the answer.
            path: with `/v1` and without its query; see `path_of`.
            query: values that are None are left out.
            personal: whether the token of the login is needed.
            headers: that authorise the request in another way.

        Raises:
            LoginNeeded: it is personal, and nobody has logged in.
            ConfirmationNeeded: the login is too long ago for this.
            ApiProblem: the API refused.
            Unavailable: the API does not answer now, or not as an API.
        """  # noqa: DOC501  # `ConnectionLost` is an `Unavailable`
        parameters = {name: value for name, value in (query or {}).items() if value is not None}
        address = path + (f"?{urlencode(parameters)}" if parameters else "")
        try:
            reply = await self._call(visit, "GET", address, personal=personal, more=headers)
        except ConnectionLost:
            if headers is not None:  # a proof in them is shown once
                raise
            reply = await self._call(visit, "GET", address, personal=personal)
        return _model(reply, model)

    async def post(  # noqa: PLR0913
        self,
        visit: Visit,
        path: str,
        body: BaseModel | None = None,
        *,
        model: type[M],
        key: str | None = None,
        personal: bool = True,
        headers: Mapping[str, str] | None = None,
    ) -> M:
        """Act on a resource; raises the same as `read`.

        Args:
            visit: who asks, in which language.
            path: with `/v1`.
            body: what to send.
            model: of the answer.
            key: the Idempotency-Key, with which a lost request is sent once more.
            personal: whether the token of the login is needed.
            headers: more headers.
        """  # noqa: DOC501  # `ConnectionLost` is an `Unavailable`
        call = ("POST", path)
        try:
            reply = await self._call(
                visit, *call, body=body, key=key, personal=personal, more=headers
            )
        except ConnectionLost:
            if key is None or headers is not None:  # a proof in them is shown once
                raise
            reply = await self._call(visit, *call, body=body, key=key, personal=personal)
        return _model(reply, model)

    async def change(self, visit: Visit, path: str, body: BaseModel, *, model: type[M]) -> M:
        """Change the given members of a personal resource; failures as in `read`."""
        return _model(await self._call(visit, "PATCH", path, body=body, personal=True), model)

    async def replace(
        self, visit: Visit, path: str, body: Mapping[str, Any], *, model: type[M]
    ) -> M:
        """Put a personal resource in the place of an earlier one; failures as in `read`."""
        return _model(await self._call(visit, "PUT", path, body=body, personal=True), model)

    async def take_back(self, visit: Visit, path: str, *, model: type[M]) -> M:
        """Delete a personal resource, and return its last state; failures as in `read`."""
        return _model(await self._call(visit, "DELETE", path, personal=True), model)

    @asynccontextmanager
    async def download(
        self,
        visit: Visit,
        path: str,
        *,
        deadline_s: float,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
    ) -> AsyncIterator[StreamedReply]:
        """Yield a resource while it arrives.

        Args:
            visit: who asks.
            path: with `/v1`.
            deadline_s: seconds for everything.
            headers: that authorise the request; None for the token of the login.
            method: `POST` for what is made when it is asked for.

        Raises:
            Unavailable: the API does not answer now, or not as an API; others as in `read`.
        """
        personal = headers is None
        sent = {**await self._headers(visit, personal=personal), **(headers or {})}
        try:
            async with self.client.stream(
                method, self.url + path, headers=sent, deadline_s=deadline_s
            ) as reply:
                if reply.status != HTTPStatus.OK:
                    content = b"".join([piece async for piece in reply.body])
                    answer = Reply(reply.status, reply.headers, content)
                    self._accepted(visit, answer, personal=personal)
                yield reply
        except Unreadable as failure:
            raise Unavailable("gateway", failure.reason) from failure

    async def renew(self, visit: Visit) -> None:
        """Renew the login's token if it ends soon, before several calls at once would do it.

        Raises:
            LoginNeeded: nobody has logged in, or the login has ended; others as in `read`.
        """
        await self._access_token(visit)

    async def do(self, visit: Visit, method: str, path: str, body: BaseModel | None = None) -> None:
        """Act on a personal resource without an answer; failures as in `read`."""
        await self._call(visit, method, path, body=body, personal=True)

    async def upload(  # noqa: PLR0913
        self,
        visit: Visit,
        path: str,
        body: AsyncIterator[bytes],
        headers: Mapping[str, str],
        *,
        model: type[M],
        deadline_s: float,
        personal: bool = True,
    ) -> M:
        """Pass a body on to a resource while it arrives.

        Args:
            visit: who sends it, in which language.
            path: with `/v1`.
            body: pieces of the body.
            headers: its type and length, and others.
            model: of the answer.
            deadline_s: seconds for everything.
            personal: whether the token of the login is needed.

        Raises:
            Unavailable: the API does not answer now, or not as an API; others as in `read`.
        """
        sent = {**await self._headers(visit, personal=personal), **headers}
        try:
            async with self.client.stream(
                "POST", self.url + path, body=body, headers=sent, deadline_s=deadline_s
            ) as reply:
                content = b"".join([piece async for piece in reply.body])
        except Unreadable as failure:
            raise Unavailable("gateway", failure.reason) from failure
        answer = Reply(reply.status, reply.headers, content)
        return _model(self._accepted(visit, answer, personal=personal), model)

    async def _call(  # noqa: PLR0913
        self,
        visit: Visit,
        method: str,
        path: str,
        *,
        body: BaseModel | Mapping[str, Any] | None = None,
        key: str | None = None,
        personal: bool,
        more: Mapping[str, str] | None = None,
    ) -> Reply:
        headers = {**await self._headers(visit, personal=personal), **(more or {})}
        if key is not None:
            headers["idempotency-key"] = key
        content = body
        if isinstance(body, BaseModel):
            content = body.model_dump(mode="json", exclude_unset=True)
        reply = await self._send(method, path, content, headers)
        return self._accepted(visit, reply, personal=personal)

    async def _headers(self, visit: Visit, *, personal: bool) -> dict[str, str]:
        headers = {"accept-language": visit.language, "x-forwarded-for": visit.address}
        if visit.browser:
            headers["user-agent"] = visit.browser
        if personal:
            headers["authorization"] = f"Bearer {await self._access_token(visit)}"
        return headers

    def _accepted(self, visit: Visit, reply: Reply, *, personal: bool) -> Reply:
        if reply.status < HTTPStatus.MULTIPLE_CHOICES:
            return reply
        failure = self._failure_of(reply)
        if reply.status != HTTPStatus.UNAUTHORIZED or not personal:
            raise failure
        if isinstance(failure, ApiProblem) and failure.code not in _OF_LOGIN:
            raise ConfirmationNeeded if failure.code == "recent_login_needed" else failure
        visit.log_out()
        raise LoginNeeded

    async def _access_token(self, visit: Visit) -> str:
        """Return the access token of the login, a new one shortly before it expires.

        Raises:
            LoginNeeded: nobody has logged in, or the login has ended.
        """
        login = visit.login
        if login is None:
            raise LoginNeeded
        now_s = self.clock.now().timestamp()
        if login.expires_at_s - now_s > _REFRESH_BEFORE_S:
            return login.access_token
        reply = await self._send(
            "POST",
            "/v1/login/refresh",
            {"refresh_token": login.refresh_token},
            {"accept-language": visit.language, "x-forwarded-for": visit.address},
        )
        if reply.status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.BAD_REQUEST}:
            visit.log_out()
            raise LoginNeeded
        if reply.status != HTTPStatus.OK:
            raise self._failure_of(reply)
        tokens = _model(reply, Tokens)
        visit.log_in(login_of(tokens, login.person, login.name, self.clock.now()))
        return tokens.access_token

    async def _send(
        self, method: str, path: str, content: Any, headers: Mapping[str, str]
    ) -> Reply:
        try:
            return await self.client.call(
                method, self.url + path, json=content, headers=headers, deadline_s=self.deadline_s
            )
        except Unreadable as failure:
            raise Unavailable("gateway", failure.reason) from failure

    def _failure_of(self, reply: Reply) -> Exception:
        wait_s = reply.retry_after_s(self.clock.now())
        away = Unavailable("gateway", str(reply.status), retry_after_s=wait_s)
        try:
            problem = ApiProblem(Problem.model_validate(reply.json()), wait_s)
        except (ValidationError, Unreadable):
            return away
        is_away = reply.status in _OVERLOADED and problem.code not in _LASTING
        return away if is_away else problem


def login_of(tokens: Tokens, person: str, name: str, now: datetime) -> Login:
    """Return the login of a person with new tokens."""
    return Login(
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token,
        expires_at_s=now.timestamp() + tokens.expires_in_s,
        person=person,
        name=name,
    )


def path_of(template: str, **values: str) -> str:
    """Return a path with values in the place of their names, one segment per value."""
    return template.format(**{name: quote(value, safe="") for name, value in values.items()})


def _model(reply: Reply, model: type[M]) -> M:
    try:
        return model.model_validate(reply.json())
    except (ValidationError, Unreadable):
        raise Unavailable("gateway", f"no {model.__name__}") from None
