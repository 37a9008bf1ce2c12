"""The public keys of another service, fetched regularly and kept through its outages."""

import asyncio
import time
from collections.abc import Callable

import structlog
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact

from libs.errors import Unavailable, Unreadable
from libs.web.calling.client import HttpClient, Reply

KEY_SET_REFRESH_S = 15.0  # a revoked key ends within a minute, also while no event comes
KEY_SET_PATH = "/.well-known/jwks.json"

_RETRY_EVERY_S = 0.5
_FETCH_DEADLINE_S = 0.8
_ASK_AGAIN_AFTER_S = 5.0

log = structlog.get_logger()


class PublicKeys:
    """The key set of one service (RFC 7517).

    Args:
        owner: the service that signs with the keys.
        url: address of its key set.
        client: fetches it.
        monotonic_s: a monotonic clock in seconds.
        on_change: called when the set changes.
    """

    def __init__(
        self,
        owner: str,
        url: str,
        *,
        client: HttpClient,
        monotonic_s: Callable[[], float] = time.monotonic,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        self._owner = owner
        self._url = url
        self._client = client
        self._monotonic_s = monotonic_s
        self._on_change = on_change
        self._keys: KeySet | None = None
        self._key_ids: frozenset[str] = frozenset()
        self._revoked_key_ids: set[str] = set()
        self._answered_at_s = float("-inf")
        self._fetching = asyncio.Lock()

    @property
    def are_known(self) -> bool:
        """Whether a key set was fetched, however old."""
        return self._keys is not None

    def has(self, key_id: str) -> bool:
        """Whether the newest key set has a key that is not revoked."""
        return key_id in self._key_ids

    async def with_key(self, key_id: str) -> KeySet | None:
        """Return the key set if it has a key, which is fetched if it is new; else None.

        Raises:
            Unavailable: no key set was fetched yet.
        """
        if key_id not in self._key_ids:
            await self._fetch_once()
        if self._keys is None:
            raise Unavailable(self._owner, "no key set yet")
        return self._keys if key_id in self._key_ids else None

    def revoke(self, key_id: str) -> None:
        """Leave a key out from now on, even while its owner still shows it."""
        self._revoked_key_ids.add(key_id)
        if self._keys is not None:
            self._use(self._keys)

    async def refresh(self) -> None:
        """Fetch the key set.

        Raises:
            Unavailable: the key set could not be fetched.
        """
        if not await self._fetch():
            raise Unavailable(self._owner, "no key set")

    async def _fetch_once(self) -> None:
        """Fetch the key set, unless it was just fetched: forged signatures can name any key.

        Concurrent callers share one fetch.
        """
        async with self._fetching:
            wait_s = _ASK_AGAIN_AFTER_S if self._keys else _RETRY_EVERY_S
            if self._monotonic_s() - self._answered_at_s >= wait_s:
                await self._fetch()

    async def _fetch(self) -> bool:
        try:
            reply = await self._client.call("GET", self._url, deadline_s=_FETCH_DEADLINE_S)
            keys = _key_set(reply)
        except (Unavailable, Unreadable) as failure:
            log.warning("key set not fetched", owner=self._owner, failure=str(failure))
            return False
        finally:
            self._answered_at_s = self._monotonic_s()
        self._use(keys)
        return True

    def _use(self, keys: KeySet) -> None:
        """Use a key set without the revoked keys."""
        keys = KeySet([key for key in keys.keys if key.kid not in self._revoked_key_ids])
        if _thumbprints(keys) != _thumbprints(self._keys):
            self._on_change()
        self._keys = keys
        self._key_ids = frozenset(key.kid for key in keys.keys if key.kid)


def key_id_of(signed: str) -> str | None:
    """Return the id of the key that something was signed with (JWS); None if it is none."""
    try:
        key_id = extract_compact(signed.encode()).headers().get("kid")
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return key_id if isinstance(key_id, str) else None


def _key_set(reply: Reply) -> KeySet:
    """Read the keys of an answer.

    Raises:
        Unreadable: the answer is no key set.
    """
    if reply.status != 200:
        raise Unreadable("wrong_status", str(reply.status))
    try:
        return KeySet.import_key_set(reply.json())
    except (JoseError, ValueError, TypeError, KeyError):
        raise Unreadable("not_a_key_set") from None


def _thumbprints(keys: KeySet | None) -> frozenset[tuple[str | None, str]]:
    """Return the identity of a key set: the name and RFC 7638 thumbprint of every key."""
    return frozenset((key.kid, key.thumbprint()) for key in (keys.keys if keys else ()))
