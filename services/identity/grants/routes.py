"""HTTP routes of grants: tokens and claims for clients, consents for citizens."""

from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response

from libs.clock import Clock
from libs.contracts.openid import ClientError, ClientTokens, ConsentList, UserClaims
from libs.database.transaction import Transaction
from libs.web.callers.tokens import Citizen, bearer_token
from libs.web.handling.responses import json_response
from libs.web.handling.routes import Routes
from services.identity.clients import use_cases as clients
from services.identity.clients.documents import errors, form
from services.identity.clients.parameters import OAuthError, Parameters, read_form
from services.identity.clients.rules import Client
from services.identity.grants import use_cases
from services.identity.grants.endpoints import REVOCATION, TOKEN, USERINFO
from services.identity.grants.rules import CodeExchange, is_verifier
from services.identity.grants.tokens import ClientTokenKeys
from services.identity.sessions.rules import SessionPolicy

routes = Routes()
_NOT_STORED = {"cache-control": "no-store"}
_CLIENT = ("client_id", "client_assertion_type", "client_assertion")
_ANSWERS = {
    "200": {
        "description": ClientTokens.__doc__,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ClientTokens"}}},
    },
    **errors(400, 401),
}


@routes.post(
    TOKEN,
    headers=_NOT_STORED,
    models=(ClientTokens, ClientError),
    openapi={
        "requestBody": form(
            "grant_type",
            optional=(*_CLIENT, "code", "redirect_uri", "code_verifier", "refresh_token", "scope"),
        ),
        "responses": _ANSWERS,
    },
)
async def issue_client_tokens(
    request: Request,
    body: bytes,
    tx: Transaction,
    tokens: ClientTokenKeys,
    policy: SessionPolicy,
    clock: Clock,
) -> Response:
    """Exchange a code or a refresh token for tokens (RFC 6749, section 3.2)."""
    try:
        parameters = read_form(request.headers.get("content-type"), body)
        client = await _authenticated(parameters, tx, tokens, clock)
        made = await _make_tokens(tx, parameters, client, tokens, policy, clock.now())
    except OAuthError as refusal:
        return _refusal(refusal)
    return Response(made.model_dump_json(exclude_none=True), media_type="application/json")


@routes.post(
    REVOCATION,
    headers=_NOT_STORED,
    models=(ClientError,),
    openapi={
        "requestBody": form("token", optional=(*_CLIENT, "token_type_hint")),
        "responses": {"200": {"description": "Done"}, **errors(400, 401)},
    },
)
async def revoke_client_token(
    request: Request, body: bytes, tx: Transaction, tokens: ClientTokenKeys, clock: Clock
) -> Response:
    """End the grant that a token belongs to (RFC 7009)."""
    try:
        parameters = read_form(request.headers.get("content-type"), body)
        client = await _authenticated(parameters, tx, tokens, clock)
        text = parameters.required("token")
        await use_cases.revoke_token(tx, text, client, tokens, clock.now())
    except OAuthError as refusal:
        return _refusal(refusal)
    return Response()


_USERINFO = {
    "headers": _NOT_STORED,
    "answer": UserClaims,
    "problems": ("token_missing", "token_invalid", "token_expired"),
}


@routes.get(USERINFO, **_USERINFO)
async def read_user_claims(
    request: Request, tx: Transaction, tokens: ClientTokenKeys, clock: Clock
) -> Response:
    """Read the claims about the person that the access token of a client allows."""
    claims = await use_cases.read_user(tx, bearer_token(request), tokens, clock.now())
    return Response(claims.model_dump_json(exclude_none=True), media_type="application/json")


@routes.post(USERINFO, **_USERINFO)
async def post_user_claims(
    request: Request, tx: Transaction, tokens: ClientTokenKeys, clock: Clock
) -> Response:
    """Return the same claims to clients that use POST (OpenID Connect Core 5.3.1)."""
    return await read_user_claims(request, tx, tokens, clock)


@routes.get("/v1/consents")
async def list_consents(citizen: Citizen, tx: Transaction) -> ConsentList:
    """List the sites at which I log in with us, and the data that they may read."""
    return ConsentList(items=await use_cases.list_consents(tx, citizen.citizen_id))


@routes.delete("/v1/consents/{client_id}")
async def withdraw_consent(client_id: str, citizen: Citizen, tx: Transaction, clock: Clock) -> None:
    """Withdraw my consent for a site; its tokens are refused at once."""
    await use_cases.withdraw_consent(tx, citizen.citizen_id, client_id, clock.now())


async def _authenticated(
    parameters: Parameters, tx: Transaction, tokens: ClientTokenKeys, clock: Clock
) -> Client:
    """Return the client that sent a request.

    Raises:
        OAuthError: a parameter is there twice, or the client is not authenticated.
    """
    parameters.check_unique()
    return await clients.authenticate(tx, parameters, tokens.endpoints.audiences, clock.now())


async def _make_tokens(
    tx: Transaction,
    parameters: Parameters,
    client: Client,
    tokens: ClientTokenKeys,
    policy: SessionPolicy,
    at: datetime,
) -> ClientTokens:
    """Return the tokens that a client asks for.

    Raises:
        OAuthError: the grant type is unknown (`unsupported_grant_type`), or what is exchanged is
            not accepted.
    """
    match parameters.required("grant_type"):
        case "authorization_code":
            exchange = _code_exchange(parameters, client)
            return await use_cases.exchange_code(tx, exchange, client, tokens, policy, at)
        case "refresh_token":
            return await use_cases.renew_tokens(tx, parameters, client, tokens, policy, at)
        case _:
            raise OAuthError("unsupported_grant_type", "see grant_types_supported")


def _code_exchange(parameters: Parameters, client: Client) -> CodeExchange:
    """Return the fields with which a client exchanges a code.

    Raises:
        OAuthError: something is missing, or `code_verifier` is none.
    """
    verifier = parameters.required("code_verifier")
    if not is_verifier(verifier):
        raise OAuthError("invalid_request", "code_verifier has 43 to 128 unreserved characters")
    return CodeExchange(
        client_id=client.client_id,
        code=parameters.required("code"),
        redirect_uri=parameters.required("redirect_uri"),
        verifier=verifier,
    )


def _refusal(refusal: OAuthError) -> Response:
    """Make the answer to a refusal; a used code stays used, since the transaction commits."""
    status = 401 if refusal.code == "invalid_client" else 400
    return json_response(
        ClientError(error=refusal.code, error_description=refusal.description), status
    )
