"""The OpenID provider: its metadata, and the pages on which people log in for other sites."""

from collections.abc import Sequence

from libs.clock import Clock
from libs.service import Capability
from libs.web.signed.seals import Seals
from services.identity.grants.tokens import ClientTokenKeys
from services.identity.openid import routes
from services.identity.openid.browsers import Browsers
from services.identity.openid.dialogue import Dialogue
from services.identity.openid.pages import Pages
from services.identity.settings import Settings
from services.identity.signing_keys.key_wrapping import derive_key


def capability(
    settings: Settings, tokens: ClientTokenKeys, clock: Clock, codes: Sequence[object]
) -> Capability:
    """Return the capability.

    Args:
        settings: of identity.
        tokens: makes and reads tokens of clients.
        clock: the current time.
        codes: what the routes of one-time codes are provided with.
    """
    issuer = settings.openid_issuer
    seals = Seals(derive_key(settings.key_secret.get_secret_value(), "login pages"))
    dialogue = Dialogue(
        Browsers(seals, issuer),
        Pages(secure=issuer.startswith("https://")),
        tokens,
        clock,
        settings.openid_login_s,
    )
    return Capability("openid", routes=routes.routes, provides=[dialogue, tokens.endpoints, *codes])
