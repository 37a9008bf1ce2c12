"""The key of an enrolled device of a service centre, and its proofs (RFC 9449).

Each service keeps the key in its own encrypted cookie of the device, so that its pages need no
script. The desk makes the key. It hands it over to the portal, where citizens log in on the same
device, encrypted in a form.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc.jwk import ECKey

from libs.clock import Clock
from libs.errors import Refused
from libs.ids import new_id
from libs.pages.visits import Visit
from libs.web.callers.dpop import make_proof
from libs.web.signed.seals import Seals

HAND_OVER_PATH: Final = "/centre-device"
"""The portal's address for a key that the desk hands over."""
FIELD: Final = "device"
_KEY: Final = "key"
_PURPOSE: Final = "a centre's device"
_LASTS_S: Final = 300


@dataclass(frozen=True, slots=True)
class CentreDevices:
    """Makes the proofs of centres' devices, and hands their keys over.

    Args:
        seals: encrypts a key between desk and portal.
        origin: of the gateway as clients see it, which proofs name.
        clock: for the life of proofs.
    """

    seals: Seals
    origin: str
    clock: Clock

    def keep(self, visit: Visit, key: ECKey, **more: str) -> None:
        """Keep a key on the device of a visit."""
        visit.keep_on_device(**{_KEY: key.as_dict(private=True)}, **more)

    def key_of(self, visit: Visit) -> ECKey | None:
        """Return the key of this device; None if it is no device of a centre."""
        kept: Mapping[str, Any] | None = visit.device.get(_KEY)
        return ECKey.import_key(dict(kept)) if kept else None

    def proof(
        self, key: ECKey, path: str, token: str | None = None, *, method: str = "POST"
    ) -> str:
        """Prove the possession of a key for one request.

        Args:
            key: of the device.
            path: of the API.
            token: that the request carries, if it is bound to the key.
            method: of the request.
        """
        return make_proof(
            key,
            method,
            self.origin + path,
            proof_id=str(new_id()),
            now_s=self.clock.now().timestamp(),
            token=token,
        )

    def hand_over(self, visit: Visit) -> str:
        """Return the key of this device for the portal, encrypted; it opens it for 5 minutes."""
        until_s = self.clock.now().timestamp() + _LASTS_S
        return self.seals.seal({_KEY: visit.device.get(_KEY), "until_s": until_s}, _PURPOSE)

    def take_over(self, visit: Visit, sealed: str) -> None:
        """Keep the key that the desk has handed over.

        Raises:
            Refused: it is none, or too old.
        """
        visit.keep_on_device(**{_KEY: self._opened(sealed)[_KEY]})

    def check(self, sealed: str) -> None:
        """Check that the desk has handed a key over; keep nothing.

        Raises:
            Refused: it is none, or too old.
        """
        self._opened(sealed)

    def _opened(self, sealed: str) -> Mapping[str, Any]:
        content = self.seals.open(sealed, _PURPOSE)
        if content is None or content["until_s"] < self.clock.now().timestamp():
            raise Refused("form_expired")
        return content
