from urllib.parse import urlencode

import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.services.identity.openid.running import (
    AFTER_LOGOUT,
    AUTHORIZATION,
    CALLBACK,
    Browser,
    Site,
    browsing_at,
    register,
)
from tests.services.identity.running import Identity

OTHER_PHONE = "+8801812345678"


async def test_a_person_logs_in_at_another_site(site: Site, browser: Browser) -> None:
    """Phone, code and consent lead back to the client with a code, its state and our name."""
    page = await browser.get(AUTHORIZATION, site.request(scope="openid phone profile"))
    assert page.status == 200
    assert page.headers["cache-control"] == "no-store"
    page = await browser.log_in(page)
    assert "your mobile number" in page.text or "মোবাইল নম্বর" in page.text
    answer = (await browser.submit(page, decision="allow")).answer
    assert answer.keys() == {"code", "state", "iss"}
    assert (answer["state"], answer["iss"]) == ("s t", site.issuer)
    tokens = (await site.exchange(answer["code"])).body
    keys = KeySet.import_key_set((await site.identity.call("GET", "/.well-known/jwks.json")).body)
    id_token = jwt.decode(tokens["id_token"], keys, algorithms=["ES256"]).claims
    assert (id_token["iss"], id_token["aud"], id_token["nonce"]) == (site.issuer, "land", "n")
    assert id_token["amr"] == ["otp", "sms"]
    user = (await site.user(tokens["access_token"])).body
    assert user == {
        "sub": id_token["sub"],
        "locale": "bn",
        "phone_number": "+8801712345678",
        "phone_number_verified": True,
    }


async def test_login_and_consent_are_remembered(site: Site, browser: Browser) -> None:
    """Neither is asked for again, unless the client wants it, or more than before."""
    await browser.give_code(site)
    page = await browser.get(AUTHORIZATION, site.request(prompt="none", state=None))
    assert page.answer.keys() == {"code", "iss"}
    page = await browser.get(AUTHORIZATION, site.request(prompt="consent"))
    assert 'name="decision"' in page.text
    assert "আমার তথ্য কে নিয়েছে" in page.text  # the page on which it is withdrawn
    page = await browser.get(AUTHORIZATION, site.request(scope="openid phone"))
    assert 'name="decision"' in page.text
    page = await browser.get(AUTHORIZATION, site.request(scope="openid phone", prompt="none"))
    assert page.answer["error"] == "consent_required"


@pytest.mark.parametrize(
    "asked", [{"prompt": "login"}, {"prompt": "select_account"}, {"max_age": "0"}]
)
async def test_a_client_can_ask_for_a_new_login(
    site: Site, browser: Browser, asked: dict[str, str]
) -> None:
    """The person logs in again, and the ID token says when."""
    await browser.give_code(site)
    site.identity.time.forward(minutes=2)
    page = await browser.get(AUTHORIZATION, site.request(**asked))
    page = await browser.log_in(page)
    tokens = (await site.exchange(page.answer["code"])).body
    claims = jwt.decode(
        tokens["id_token"],
        KeySet.import_key_set((await site.identity.call("GET", "/.well-known/jwks.json")).body),
        algorithms=["ES256"],
    ).claims
    assert claims["auth_time"] == int(site.identity.time().timestamp())


async def test_an_old_login_is_not_used_again(site: Site, browser: Browser) -> None:
    """`max_age`, and eight hours without it."""
    await browser.give_code(site)
    site.identity.time.forward(minutes=2)
    page = await browser.get(AUTHORIZATION, site.request(prompt="none", max_age="60"))
    assert page.answer["error"] == "login_required"
    assert "code" in (await browser.get(AUTHORIZATION, site.request(max_age="200"))).answer
    site.identity.time.forward(hours=8)
    page = await browser.get(AUTHORIZATION, site.request(prompt="none"))
    assert page.answer["error"] == "login_required"


async def test_a_hint_names_the_person_by_the_clients_own_id(site: Site, browser: Browser) -> None:
    """Another person who is logged in is asked to log in; a phone number is no hint."""
    code = await browser.give_code(site)
    tokens = (await site.exchange(code)).body
    subject = (await site.user(tokens["access_token"])).body["sub"]
    for hint in ({"login_hint": subject}, {"id_token_hint": tokens["id_token"]}):
        page = await browser.get(AUTHORIZATION, site.request(prompt="none", **hint))
        assert "code" in page.answer
    async with browsing_at(site.identity) as other:
        page = await other.get(AUTHORIZATION, site.request(login_hint=subject))
        page = await other.log_in(page, OTHER_PHONE)
        assert page.answer["error"] == "login_required"
    for wrong in ({"login_hint": "+8801712345678"}, {"id_token_hint": tokens["access_token"]}):
        page = await browser.get(AUTHORIZATION, site.request(**wrong))
        assert page.answer["error"] == "invalid_request"
        assert "+880" not in page.address


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "x"}, "request_not_supported"),
        ({"request_uri": "https://land.example/r"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"scope": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"code_challenge": "x" * 42 + "="}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "create"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "১০"}, "invalid_request"),
        ({"nonce": "n" * 1001}, "invalid_request"),
        ({"login_hint": "01712345678"}, "invalid_request"),
    ],
)
async def test_a_wrong_request_is_refused_to_the_client(
    site: Site, browser: Browser, changed: dict[str, str | None], error: str
) -> None:
    """The client gets the error of the standard with its state, and our name."""
    answer = (await browser.get(AUTHORIZATION, site.request(**changed))).answer
    assert answer["error"] == error
    assert (answer["state"], answer["iss"]) == ("s t", site.issuer)


@pytest.mark.parametrize(
    "uri",
    [
        None,
        CALLBACK.upper(),
        CALLBACK.replace("land", "Land"),
        CALLBACK.replace(".example", ".example:443"),
        CALLBACK + "/",
        CALLBACK + "?a=b",
        CALLBACK + "#f",
        CALLBACK.replace("https://", "https://user@"),
        CALLBACK.replace("https://", "https://land.example@evil.example/"),
        CALLBACK.replace("https", "http"),
        CALLBACK.replace("/login", "/login/../login"),
        CALLBACK.replace("callback", "c%61llback"),
        "https://evil.example",
        "//land.example/login/callback",
        "javascript:alert(1)",
    ],
)
async def test_nobody_is_sent_to_an_unregistered_address(
    site: Site, browser: Browser, uri: str | None
) -> None:
    """A page says so; also where the request is wrong in another way."""
    for more in (
        {},
        {"response_type": "token"},
        {"prompt": "none"},
        {"response_mode": "form_post"},
    ):
        page = await browser.get(AUTHORIZATION, site.request(redirect_uri=uri, **more))
        assert (page.status, page.address) == (400, "")
        assert "evil" not in page.text


async def test_a_repeated_parameter_is_refused(site: Site, browser: Browser) -> None:
    """RFC 6749, 3.1; with a repeated client or address the browser is sent nowhere."""
    request = list(site.request().items())
    for name in ("scope", "state", "nonce", "code_challenge"):
        page = await browser.get(AUTHORIZATION, [*request, (name, "openid")])
        assert page.answer["error"] == "invalid_request"
    for name, value in (("client_id", "land"), ("redirect_uri", CALLBACK)):
        page = await browser.get(AUTHORIZATION, [*request, (name, value)])
        assert (page.status // 100, page.address) == (4, "")


async def test_an_unknown_client_is_told_to_the_person(site: Site, browser: Browser) -> None:
    """The browser is sent nowhere."""
    page = await browser.get(AUTHORIZATION, site.request(client_id="nobody"))
    assert (page.status, page.address) == (404, "")


async def test_a_posted_request_comes_again_with_get(site: Site, browser: Browser) -> None:
    """A browser sends its cookies only then, so that the login before is seen."""
    await browser.give_code(site)
    page = await browser.post(
        AUTHORIZATION, site.request(prompt="none"), origin="https://land.example"
    )
    assert page.address == f"{AUTHORIZATION}?{urlencode(site.request(prompt='none'))}"
    assert "set-cookie" not in page.headers
    assert "code" in (await browser.get(page.address)).answer


async def test_the_answer_can_be_posted(site: Site, browser: Browser) -> None:
    """`form_post`: a page without script has a button that posts to the client, and no other."""
    await browser.give_code(site)
    page = await browser.get(AUTHORIZATION, site.request(response_mode="form_post", state='"><b>'))
    action, fields = page.form
    assert action == CALLBACK
    assert fields.keys() == {"code", "state", "iss"}
    assert fields["state"] == '"><b>'
    assert "form-action 'self' https://land.example;" in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert (await site.exchange(fields["code"])).status == 200


async def test_pages_have_the_language_that_is_asked_for(site: Site, browser: Browser) -> None:
    """`ui_locales` first, else the browser's, else Bangla."""
    for changed, header, language in (
        ({"ui_locales": "fr en-GB bn"}, "bn", "en"),
        ({"ui_locales": "bn-BD"}, "en", "bn"),
        ({}, "en", "en"),
        ({"ui_locales": "fr"}, "fr", "bn"),
    ):
        page = await browser.get(
            AUTHORIZATION, site.request(**changed), **{"accept-language": header}
        )
        assert page.headers["content-language"] == language
        assert f'<html lang="{language}">' in page.text


async def test_what_is_typed_wrong_is_said_at_the_field(site: Site, browser: Browser) -> None:
    """A wrong number and a wrong code are asked for again."""
    page = await browser.get(AUTHORIZATION, site.request(ui_locales="en"))
    page = await browser.submit(page, phone="0171")
    assert (page.status, 'aria-invalid="true"' in page.text) == (422, True)
    assert 'value="0171"' in page.text
    page = await browser.submit(page, phone="+8801712345678")
    assert "********678" in page.text
    page = await browser.submit(page, code="12")
    assert (page.status, "Type all digits of the code" in page.text) == (422, True)
    page = await browser.submit(page, code="000000000")
    assert (page.status, "does not match" in page.text) == (422, True)
    page = await browser.submit(page)
    assert page.status == 422


async def test_a_phone_that_was_silent_for_long_needs_a_proof(site: Site, browser: Browser) -> None:
    """A number of the profile is asked for, with a new code; a wrong one is asked for again."""
    token = (await site.identity.log_in())["access_token"]
    await site.identity.call("PATCH", "/v1/me", {"nid": "1234567890"}, token=token)
    site.identity.time.forward(days=301)
    page = await browser.log_in(await browser.get(AUTHORIZATION, site.request()))
    assert (page.status, 'name="phone"' in page.text) == (409, True)
    for number, status in (("9876543210", 422), ("1234567890", 200)):
        page = await browser.submit(page, phone="01712345678")
        assert 'name="number"' in page.text
        code = await browser.read_code("")
        page = await browser.submit(page, code=code, number=number)
        assert page.status == status, page.text
    assert 'name="decision"' in page.text


async def test_a_person_can_say_no(site: Site, browser: Browser) -> None:
    """The client hears it, and nothing is remembered."""
    page = await browser.log_in(await browser.get(AUTHORIZATION, site.request()))
    assert (await browser.submit(page, decision="deny")).answer["error"] == "access_denied"
    page = await browser.get(AUTHORIZATION, site.request(prompt="none"))
    assert page.answer["error"] == "consent_required"


async def test_a_form_is_taken_only_from_the_browser_that_got_it(
    site: Site, browser: Browser
) -> None:
    """Not from another browser or site, changed, late, or of another kind."""
    page = await browser.get(AUTHORIZATION, site.request())
    action, hidden = page.form
    typed = {**hidden, "phone": "01712345678"}
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        assert (await browser.post(action, typed, **headers)).status == 403
    async with browsing_at(site.identity) as other:
        assert (await other.post(action, typed)).status == 403
    sealed = hidden["form"]
    for wrong in ("", "x", sealed[:-4] + "AAAA"):
        assert (await browser.post(action, {**typed, "form": wrong})).status == 403
    assert (await browser.post("/v1/openid/logout/confirmation", hidden)).status == 403
    site.identity.time.forward(hours=1)
    assert (await browser.post(action, typed)).status == 403


async def test_a_login_changes_what_forms_are_bound_to(site: Site, browser: Browser) -> None:
    """A page from before a login, which somebody else may have seen, is of no use after it."""
    before = await browser.get(AUTHORIZATION, site.request())
    await browser.log_in(await browser.get(AUTHORIZATION, site.request()))
    assert (await browser.submit(before, phone="01712345678")).status == 403


async def test_pages_load_nothing_and_run_nothing(site: Site, browser: Browser) -> None:
    """The policy allows our own style by its hash, and forms to us and to the client's site."""
    page = await browser.get(AUTHORIZATION, site.request())
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "script" not in policy
    cookies = page.headers["set-cookie"].lower()
    assert "httponly" in cookies
    assert "samesite=lax" in cookies


async def test_two_sectors_know_a_person_by_different_ids(site: Site, browser: Browser) -> None:
    """And the same sector by the same one."""
    identity: Identity = site.identity
    subjects = []
    for site_ in (site, await register_elsewhere(identity), site):
        changed = {} if site_ is site else {"redirect_uri": ELSEWHERE}
        page = await browser.get(AUTHORIZATION, site_.request(**changed))
        if "phone" in page.text and 'name="decision"' not in page.text:
            page = await browser.log_in(page)
        if page.status == 200:
            page = await browser.submit(page, decision="allow")
        code = page.address.partition("code=")[2].partition("&")[0]
        tokens = (await site_.exchange(code, **changed)).body
        subjects.append((await site_.user(tokens["access_token"])).body["sub"])
    assert subjects[0] == subjects[2] != subjects[1]


ELSEWHERE = "https://tax.example/callback"


async def register_elsewhere(identity: Identity) -> Site:
    return await register(identity, client_id="tax", redirect_uri=ELSEWHERE)


async def test_a_client_logs_a_person_out(site: Site, browser: Browser) -> None:
    """With an ID token of the person at once; the session and the tokens end."""
    tokens = (await site.exchange(await browser.give_code(site))).body
    page = await browser.get(
        "/v1/openid/logout",
        {
            "id_token_hint": tokens["id_token"],
            "post_logout_redirect_uri": AFTER_LOGOUT,
            "state": "x",
        },
    )
    assert (page.status, page.address) == (303, f"{AFTER_LOGOUT}?state=x")
    assert (await site.user(tokens["access_token"])).problem == "token_invalid"
    page = await browser.get(AUTHORIZATION, site.request(prompt="none"))
    assert page.answer["error"] == "login_required"


async def test_without_an_id_token_the_person_is_asked(site: Site, browser: Browser) -> None:
    """A site cannot log people out behind their back."""
    await browser.give_code(site)
    asked = {"client_id": "land", "post_logout_redirect_uri": AFTER_LOGOUT}
    page = await browser.get("/v1/openid/logout", asked)
    assert page.status == 200
    assert "code" in (await browser.get(AUTHORIZATION, site.request())).answer
    page = await browser.submit(page)
    assert (page.status, page.address) == (303, AFTER_LOGOUT)
    page = await browser.get("/v1/openid/logout")
    assert (page.status, page.address) == (200, "")


@pytest.mark.parametrize("uri", [CALLBACK, AFTER_LOGOUT + "/", "https://evil.example"])
async def test_a_logout_leads_to_registered_addresses_only(
    site: Site, browser: Browser, uri: str
) -> None:
    """Compared byte for byte."""
    for more in ({"client_id": "land"}, {}):
        page = await browser.get("/v1/openid/logout", {"post_logout_redirect_uri": uri, **more})
        assert (page.status, page.address) == (400, "")


async def test_the_metadata_say_what_is_there(site: Site) -> None:
    """Every endpoint is under the issuer, and only what works is named."""
    metadata = (await site.identity.call("GET", "/.well-known/openid-configuration")).body
    assert metadata["issuer"] == site.issuer
    urls = [value for name, value in metadata.items() if name.endswith(("_endpoint", "_uri"))]
    assert len(urls) == 6
    assert all(url.startswith(f"{site.issuer}/") for url in urls)
    assert metadata["code_challenge_methods_supported"] == ["S256"]
    assert metadata["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
