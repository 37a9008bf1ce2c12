"""The dialogue with a person who logs in for a client: pages, forms, and the way back."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from libs.bangladesh.phone import mask
from libs.clock import Clock
from libs.database.transaction import Transaction
from libs.errors import Refused, Unreadable
from services.identity.clients.parameters import OAuthError
from services.identity.clients.rules import Client
from services.identity.grants.tokens import ClientTokenKeys
from services.identity.openid import use_cases
from services.identity.openid.browsers import Browser, Browsers, LoginForm
from services.identity.openid.pages import Pages, message_of
from services.identity.openid.rules import LoginRequest, Return
from services.identity.openid.use_cases import CodeIssued, ConsentNeeded, LoginNeeded


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Answers browsers.

    Args:
        browsers: reads and writes cookies and forms.
        pages: renders pages.
        tokens: of clients.
        clock: the current time.
        login_valid_s: seconds for which a login is used again for other clients.
    """

    browsers: Browsers
    pages: Pages
    tokens: ClientTokenKeys
    clock: Clock
    login_valid_s: int

    @property
    def now(self) -> datetime:
        """The current time."""
        return self.clock.now()

    async def advance(
        self,
        tx: Transaction,
        request: LoginRequest,
        client: Client,
        browser: Browser,
        *,
        just_logged_in: bool = False,
    ) -> Response:
        """Answer with the page that a request needs next, or send the browser back with a code."""
        login = await use_cases.find_login(tx, browser.login_id, self.now)
        try:
            step = await use_cases.advance(
                tx,
                request,
                client,
                login,
                just_logged_in=just_logged_in,
                token_life_s=self.tokens.keys.policy.token_life_s,
                at=self.now,
            )
        except OAuthError as refusal:
            response = self.refuse(request.back, client, refusal)
            self.browsers.save(response, browser)
            return response
        match step:
            case CodeIssued(code=code):
                response = self._send_back(request.back, client, {"code": code})
                self.browsers.save(response, browser)
                return response
            case ConsentNeeded():
                form, scopes = LoginForm(request), request.code.scopes
                return self._show("consent.html", form, client, browser, scopes=scopes)
            case LoginNeeded():
                return self.ask_phone(LoginForm(request), client, browser)

    def ask_phone(
        self,
        form: LoginForm,
        client: Client,
        browser: Browser,
        *,
        typed: str = "",
        failure: Refused | Unreadable | None = None,
    ) -> Response:
        """Ask for the phone of the person, again if the number was wrong."""
        return self._show(
            "login.html", form, client, browser, failure=failure, phone=typed or form.phone
        )

    def ask_code(
        self,
        form: LoginForm,
        client: Client,
        browser: Browser,
        *,
        failure: Refused | Unreadable | None = None,
        accounts_only: bool = False,
    ) -> Response:
        """Ask for the code from the SMS, again if it is wrong."""
        phone = mask(form.phone)
        proof = form.needs_proof
        return self._show(
            "code.html",
            form,
            client,
            browser,
            failure=failure,
            phone=phone,
            proof=proof,
            accounts_only=accounts_only,
        )

    def refuse(self, back: Return, client: Client, refusal: OAuthError) -> Response:
        """Send the browser back to the client with an error."""
        members = {"error": refusal.code, "error_description": refusal.description}
        return self._send_back(back, client, members)

    def _send_back(self, back: Return, client: Client, members: Mapping[str, str]) -> Response:
        answer = back.answer(self.browsers.origin, members)
        if back.response_mode == "query":
            return self.pages.go(back.address(answer))
        return self.pages.show(
            "form_post.html",
            back.language,
            goes_to=back.origin,
            client=client.name,
            action=back.redirect_uri,
            fields=answer,
        )

    def _show(
        self,
        template: str,
        form: LoginForm,
        client: Client,
        browser: Browser,
        *,
        failure: Refused | Unreadable | None = None,
        **values: object,
    ) -> Response:
        """Show a page with a form; browsers hold the redirects after it to `form-action` too."""
        back = form.request.back
        status, error = message_of(failure, back.language) if failure else (200, "")
        response = self.pages.show(
            template,
            back.language,
            status=status,
            goes_to=back.origin,
            form=self.browsers.seal_form(form, browser, self.now),
            client=client.name,
            error=error,
            **values,
        )
        self.browsers.save(response, browser)
        return response
