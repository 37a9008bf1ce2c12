"""Encryption of personal data in a service's database: AES-256-GCM under data keys.

Master keys come from a setting and encrypt data keys only. Data keys are rows of the database
(`libs/database/data_keys.py`), held here in memory, and encrypt what is stored. The id of the data
key is in each ciphertext. The associated data is the place of a value, so that a value that is
moved to another row cannot be read. A value may belong to an owner, such as a ministry: its key
follows from the data key and the owner, so that it is not opened for another owner. See
docs/decisions/0022.
"""

import hmac
import re
import secrets
from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final, Literal, Self, overload

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from libs.clock import Clock

Purpose = Literal["rows", "hour", "index"]
"""`rows`: what is kept. `hour`: what is worthless soon; its keys are deleted. `index`: look-ups."""

SHORTEST_SECRET: Final = 43  # characters of 32 random bytes in Base64
NEW_ROWS_KEY_AFTER: Final = timedelta(days=30)  # far below 2^32 values, the limit of random nonces
HOUR: Final = timedelta(hours=1)
KEPT: Final = 2 * HOUR
"""Age at which a key of an hour is thrown away."""
LEAD: Final = timedelta(minutes=1)
"""Time between storing and using a key; every replica reads the key in this time."""

EARLIEST: Final = datetime.fromtimestamp(0, UTC)

_MARK = b"s1:"  # no JSON, number or phone begins so
_OWNED_MARK = b"o1:"  # of a value that belongs to an owner
_ID_BYTES = 8
_NONCE_BYTES = 12
_RANDOM_BITS = 24
PREFIX_BYTES: Final = len(_MARK) + _ID_BYTES


class MissingKey(Exception):
    """A master key that encrypts data keys of this database is missing, or has another value."""

    def __init__(self, key_ids: Iterable[str]) -> None:
        self.key_ids = sorted(set(key_ids))
        super().__init__(
            f"encryption keys {self.key_ids} are missing from the secret, or are not those under"
            " which this database was encrypted"
        )


class Unopened(Exception):
    """A stored value cannot be decrypted; it concerns its row only."""


class UnknownDataKey(Unopened):
    """The data key of a value is not in memory: another replica made it, or it was thrown away.

    Args:
        data_key_id: its id.
        read_at: when the data keys of the database were last read.
    """

    def __init__(self, data_key_id: int, read_at: datetime) -> None:
        super().__init__(f"data key {data_key_id} is not known")
        self.data_key_id = data_key_id
        self.starts_at = starts_at_of(data_key_id)
        # A key of rows is stored before it starts, and every replica reads it in that time.
        self.is_read_soon = read_at < self.starts_at + LEAD <= read_at + 3 * LEAD
        """Whether a key of rows may have been made since the keys were last read."""


class Forged(Unopened):
    """A value was changed, or comes from another row."""


@dataclass(frozen=True, slots=True)
class DataKey:
    """A data key as it is stored.

    Args:
        data_key_id: the second of its start and random bits.
        purpose: what it encrypts.
        master_key_id: the master key that encrypts it.
        wrapped_key: nonce and ciphertext.
        starts_at: when it is used for the first time.
    """

    data_key_id: int
    purpose: Purpose
    master_key_id: str
    wrapped_key: bytes = field(repr=False)
    starts_at: datetime

    def has_ended(self, at: datetime) -> bool:
        """Whether it is to be thrown away."""
        return self.purpose == "hour" and self.starts_at + KEPT <= at


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """The master keys of a service by id; the first one encrypts new data keys."""

    keys: Mapping[str, bytes] = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `id:secret`, separated by commas.

        Raises:
            ValueError: an id or a secret is missing or repeated, or a secret is short.
        """
        pairs = [pair.strip().partition(":") for pair in text.split(",")]
        keys = {key_id: _derived(secret) for key_id, _, secret in pairs}
        if len(keys) < len(pairs) or not all(key_id and key_id.isascii() for key_id in keys):
            raise ValueError("must be id:secret, separated by commas, each with its own id")
        if any(len(secret) < SHORTEST_SECRET for _, _, secret in pairs):
            raise ValueError(f"a secret must have {SHORTEST_SECRET} characters, 32 random bytes")
        return cls(keys)

    @property
    def first(self) -> str:
        """The id of the key that encrypts new data keys."""
        return next(iter(self.keys))

    def new_data_key(self, purpose: Purpose, starts_at: datetime) -> DataKey:
        """Make a random data key."""
        data_key_id = int(starts_at.timestamp()) << _RANDOM_BITS | secrets.randbits(_RANDOM_BITS)
        empty = DataKey(data_key_id, purpose, self.first, b"", starts_at)
        return self._wrap(empty, secrets.token_bytes(32))

    def rewrap(self, key: DataKey) -> DataKey:
        """Encrypt a data key with the first master key; its value stays."""
        return self._wrap(replace(key, master_key_id=self.first), self.unwrap(key))

    def unwrap(self, key: DataKey) -> bytes:
        """Decrypt a data key.

        Raises:
            MissingKey: its master key is missing or another one.
        """
        nonce, wrapped = key.wrapped_key[:_NONCE_BYTES], key.wrapped_key[_NONCE_BYTES:]
        try:
            return AESGCM(self.keys[key.master_key_id]).decrypt(nonce, wrapped, _name_of(key))
        except (KeyError, InvalidTag):
            raise MissingKey([key.master_key_id]) from None

    def _wrap(self, key: DataKey, plain: bytes) -> DataKey:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        wrapped = AESGCM(self.keys[key.master_key_id]).encrypt(nonce, plain, _name_of(key))
        return replace(key, wrapped_key=nonce + wrapped)


@dataclass(frozen=True, slots=True)
class _Unwrapped:
    plain: bytes = field(repr=False)
    aead: AESGCM
    of_owners: dict[str, AESGCM] = field(default_factory=dict, repr=False)

    def aead_of(self, owner: str | None) -> AESGCM:
        """The cipher of an owner's values; that of all others for None."""
        if owner is None:
            return self.aead
        if owner not in self.of_owners:
            self.of_owners[owner] = AESGCM(_derived_for(owner, self.plain))
        return self.of_owners[owner]


@dataclass(frozen=True, slots=True)
class EncryptedColumn:
    """A column that `Cipher.seal` encrypts.

    Args:
        place: `table.column`, as for `seal`.
        key: the columns of the primary key, all UUIDs; the last one is the row id of `seal`.
        index: the column with `Cipher.index` of the text, if there is one.
        owner: the column that names whose value it is, as `table.column`; that table has the first
            column of the key. Empty for values that belong to nobody.
    """

    place: str
    key: tuple[str, ...]
    index: str = ""
    owner: str = ""

    @property
    def table(self) -> str:
        """Its table."""
        return self.place.partition(".")[0]

    @property
    def name(self) -> str:
        """Its name."""
        return self.place.partition(".")[2]


class Cipher:
    """Encrypts and decrypts values with the data keys of one database.

    Args:
        master_keys: of the service.
        clock: says which data key is in use.
    """

    def __init__(self, master_keys: MasterKeys, clock: Clock | None = None) -> None:
        self.master_keys = master_keys
        self._clock = clock or Clock()
        self.unopened: Counter[str] = Counter()
        """How many values could not be decrypted since they were last taken out, by column."""
        self._read_at = EARLIEST
        self._keys: dict[int, _Unwrapped] = {}
        self._newest_first: dict[Purpose, list[DataKey]] = {}

    def take(self, stored: Sequence[DataKey]) -> None:
        """Use the data keys of the database from now on, and forget others.

        Raises:
            MissingKey: a master key is missing.
        """
        newest_first = sorted(stored, key=lambda key: key.data_key_id, reverse=True)
        self._keys = self._unwrapped(stored)
        self._read_at = self._clock.now()
        self._newest_first = {
            purpose: [key for key in newest_first if key.purpose == purpose]
            for purpose in ("rows", "hour", "index")
        }

    def check(self, stored: Sequence[DataKey]) -> None:
        """Check that the data keys of a database can be read, before others are stored beside them.

        Raises:
            MissingKey: a master key is missing.
        """
        self._unwrapped(stored)

    def to_store(self, stored: Sequence[DataKey]) -> list[DataKey]:
        """Return data keys that the database lacks: new ones, and keys of an hour that it lost."""
        now = self._clock.now()
        stored_ids = {key.data_key_id for key in stored}
        held = self._newest_first.get("hour", ())
        lost = [key for key in held if key.data_key_id not in stored_ids and not key.has_ended(now)]
        return lost + self._due([*stored, *lost], now)

    def ended(self, stored: Sequence[DataKey]) -> list[DataKey]:
        """Return the data keys that are to be thrown away."""
        now = self._clock.now()
        return [key for key in stored if key.has_ended(now)]

    def next_rows_key(self) -> DataKey:
        """Make a data key that encrypts rows as soon as every replica has read it."""
        return self.master_keys.new_data_key("rows", self._clock.now() + LEAD)

    @overload
    def seal(
        self,
        column: str,
        row_id: object,
        text: str,
        purpose: Purpose = ...,
        *,
        owner: str | None = ...,
    ) -> str: ...
    @overload
    def seal(
        self,
        column: str,
        row_id: object,
        text: None,
        purpose: Purpose = ...,
        *,
        owner: str | None = ...,
    ) -> None: ...
    @overload
    def seal(
        self,
        column: str,
        row_id: object,
        text: str | None,
        purpose: Purpose = ...,
        *,
        owner: str | None = ...,
    ) -> str | None: ...
    def seal(
        self,
        column: str,
        row_id: object,
        text: str | None,
        purpose: Purpose = "rows",
        *,
        owner: str | None = None,
    ) -> str | None:
        """Encrypt the text of a column, as `table.column`, and of a row; None stays None.

        With an owner, it is opened for the same owner only.
        """
        if text is None:
            return None
        sealed = self.encrypt(text.encode(), _place(column, row_id), purpose, owner)
        return (sealed[: len(_MARK)] + b64encode(sealed[len(_MARK) :])).decode()

    @overload
    def open(self, column: str, row_id: object, sealed: str, *, owner: str | None = ...) -> str: ...
    @overload
    def open(
        self, column: str, row_id: object, sealed: None, *, owner: str | None = ...
    ) -> None: ...
    @overload
    def open(
        self, column: str, row_id: object, sealed: str | None, *, owner: str | None = ...
    ) -> str | None: ...
    def open(
        self, column: str, row_id: object, sealed: str | None, *, owner: str | None = None
    ) -> str | None:
        """Decrypt a text of `seal`.

        Raises:
            Forged: it was changed, comes from another row, belongs to another owner, or is plain.
            UnknownDataKey: its data key is not in memory.
        """
        if sealed is None:
            return None
        try:
            raw = sealed[: len(_MARK)].encode() + b64decode(sealed[len(_MARK) :], validate=True)
        except ValueError:
            raw = b""
        return self.decrypt(raw, _place(column, row_id), owner).decode()

    def try_open(
        self, column: str, row_id: object, sealed: str | None, *, owner: str | None = None
    ) -> tuple[str | None, Unopened | None]:
        """Decrypt a text of `seal`; return it, or None and why it cannot be decrypted."""
        try:
            return self.open(column, row_id, sealed, owner=owner), None
        except Unopened as failure:
            return None, failure

    def encrypt(
        self, plain: bytes, place: bytes, purpose: Purpose = "rows", owner: str | None = None
    ) -> bytes:
        """Encrypt bytes that are stored at a place, for an owner if there is one.

        Raises:
            UnknownDataKey: the newest data key of an hour has ended; new ones could not be stored.
        """
        now = self._clock.now()
        keys = self._newest_first[purpose]
        key = next((data_key for data_key in keys if data_key.starts_at <= now), keys[-1])
        if key.has_ended(now):
            raise UnknownDataKey(key.data_key_id, self._read_at)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        aead = self._keys[key.data_key_id].aead_of(owner)
        mark = _MARK if owner is None else _OWNED_MARK
        key_id = key.data_key_id.to_bytes(_ID_BYTES)
        return mark + key_id + nonce + aead.encrypt(nonce, plain, place)

    def decrypt(self, sealed: bytes, place: bytes, owner: str | None = None) -> bytes:
        """Decrypt bytes of `encrypt`; a failure (`Unopened`) is counted.

        What was encrypted before values of its column had owners is decrypted for any owner, until
        `re-encrypt` has run.

        Raises:
            Unopened: one of both:
            Forged: they were changed, come from another place, belong to another owner, or are
                plain.
            UnknownDataKey: their data key is not in memory.
        """
        try:
            return self._decrypt(sealed, place, owner)
        except Unopened as failure:
            if not (isinstance(failure, UnknownDataKey) and self.was_thrown_away(failure)):
                self.unopened[_column(place)] += 1
            raise

    def _decrypt(self, sealed: bytes, place: bytes, owner: str | None) -> bytes:
        start = PREFIX_BYTES
        if not is_sealed(sealed) or len(sealed) < start + _NONCE_BYTES:
            raise Forged("a stored value was changed")
        if not sealed.startswith(_OWNED_MARK):
            owner = None
        elif owner is None:
            raise Forged("a stored value belongs to an owner")
        data_key_id = int.from_bytes(sealed[len(_MARK) : start])
        data_key = self._keys.get(data_key_id)
        if data_key is None:
            raise UnknownDataKey(data_key_id, self._read_at)
        nonce, ciphertext = sealed[start : start + _NONCE_BYTES], sealed[start + _NONCE_BYTES :]
        try:
            return data_key.aead_of(owner).decrypt(nonce, ciphertext, place)
        except InvalidTag:
            raise Forged("a stored value was changed or moved, or is another owner's") from None

    def index(self, text: str) -> bytes:
        """Return a keyed hash by which a row is found; its key stays when master keys change."""
        key = self._newest_first["index"][-1]
        return hmac.digest(self._keys[key.data_key_id].plain, text.encode(), sha256)

    def is_awaited(self, data_key_id: int) -> bool:
        """Whether the key of an hour is not in memory, and its time is not over."""
        is_over = starts_at_of(data_key_id) + KEPT <= self._clock.now()
        return data_key_id not in self._keys and not is_over

    def was_thrown_away(self, failure: UnknownDataKey) -> bool:
        """Whether the key of an hour is not known because its time is over."""
        return failure.starts_at + KEPT <= self._clock.now()

    def is_as_new(self, sealed: str, key: DataKey, *, is_owned: bool = False) -> bool:
        """Whether a text is encrypted with this data key or a newer one.

        Args:
            sealed: the text.
            key: the data key.
            is_owned: whether it has to belong to an owner.
        """
        if not is_sealed(sealed) or sealed.startswith(_OWNED_MARK.decode()) != is_owned:
            return False
        try:
            raw = b64decode(sealed[len(_MARK) :])
        except ValueError:
            return False
        return int.from_bytes(raw[:_ID_BYTES]) >= key.data_key_id

    def _unwrapped(self, stored: Sequence[DataKey]) -> dict[int, _Unwrapped]:
        absent = {data_key.master_key_id for data_key in stored}.difference(self.master_keys.keys)
        if absent:
            raise MissingKey(absent)
        return {
            key.data_key_id: self._keys.get(key.data_key_id) or self._opened(key) for key in stored
        }

    def _opened(self, key: DataKey) -> _Unwrapped:
        plain = self.master_keys.unwrap(key)
        return _Unwrapped(plain, AESGCM(plain))

    def _due(self, stored: Sequence[DataKey], now: datetime) -> list[DataKey]:
        """Return the new data keys that are needed now or soon."""
        make = self.master_keys.new_data_key
        newest: dict[str, DataKey] = {
            key.purpose: key for key in sorted(stored, key=lambda key: key.starts_at)
        }
        due: list[DataKey] = []
        rows, hour = newest.get("rows"), newest.get("hour")
        if rows is None:
            due.append(make("rows", now))
        elif rows.starts_at + NEW_ROWS_KEY_AFTER <= now:
            due.append(make("rows", now + LEAD))
        if hour is None or hour.starts_at + HOUR <= now:
            due.append(make("hour", now))
        elif hour.starts_at + HOUR <= now + 5 * LEAD:
            due.append(make("hour", hour.starts_at + HOUR))
        if "index" not in newest:
            due.append(make("index", now))
        return due


def starts_at_of(data_key_id: int) -> datetime:
    """Return when a data key starts; one that no calendar has, of a changed id, is long ago."""
    try:
        return datetime.fromtimestamp(data_key_id >> _RANDOM_BITS, UTC)
    except (OverflowError, ValueError, OSError):
        return EARLIEST


def sealed_with(data_key_id: int) -> bytes:
    """Return the first bytes of all that `Cipher.encrypt` makes with a data key."""
    return _MARK + data_key_id.to_bytes(_ID_BYTES)


def is_sealed(stored: str | bytes) -> bool:
    """Whether a stored value is encrypted."""
    if isinstance(stored, str):
        return stored.startswith((_MARK.decode(), _OWNED_MARK.decode()))
    return stored.startswith((_MARK, _OWNED_MARK))


def _place(column: str, row_id: object) -> bytes:
    return f"{column}/{row_id}".encode()


def _column(place: bytes) -> str:
    return re.split(rb"[/\0]", place, maxsplit=1)[0].decode()


def _name_of(key: DataKey) -> bytes:
    return f"{key.purpose}/{key.data_key_id}".encode()


def _derived(secret: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=b"nagorik: data keys").derive(secret.encode())


def _derived_for(owner: str, data_key: bytes) -> bytes:
    info = b"nagorik: values of " + owner.encode()
    return HKDF(SHA256(), 32, salt=None, info=info).derive(data_key)
