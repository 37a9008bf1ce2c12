"""Request parameters and errors of all endpoints for clients (RFC 6749)."""

from collections.abc import Iterable
from typing import Final
from urllib.parse import parse_qsl

_FORM: Final = "application/x-www-form-urlencoded"
_MOST: Final = 60


class OAuthError(Exception):
    """A request of a client that is refused.

    Args:
        code: of RFC 6749, sections 4.1.2.1 and 5.2, or of OpenID Connect Core 1.0, section 3.1.2.6.
        description: for the developer of the client; without personal data.
    """

    def __init__(self, code: str, description: str) -> None:
        super().__init__(f"{code}: {description}")
        self.code = code
        self.description = description


class Parameters(dict[str, str]):
    """The parameters of a request; one without a value counts as not sent (RFC 6749, 3.1).

    Args:
        pairs: as they were sent.

    Attributes:
        repeated: names that were sent more than once.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        super().__init__()
        self.repeated: set[str] = set()
        for name, value in pairs:
            if name in self:
                self.repeated.add(name)
            if value:
                self[name] = value

    def check_unique(self) -> None:
        """Check that no parameter was sent more than once.

        Raises:
            OAuthError: one was (`invalid_request`).
        """
        if self.repeated:
            raise OAuthError("invalid_request", f"sent more than once: {min(self.repeated)}")

    def required(self, name: str) -> str:
        """Return a parameter.

        Raises:
            OAuthError: it was not sent (`invalid_request`).
        """
        if name not in self:
            raise OAuthError("invalid_request", f"{name} is missing")
        return self[name]


def read_query(encoded: bytes) -> Parameters:
    """Return the parameters in a query.

    Raises:
        OAuthError: it is not well formed.
    """
    return _read(encoded)


def read_form(content_type: str | None, body: bytes) -> Parameters:
    """Return the parameters in a posted form.

    Raises:
        OAuthError: it is no form in UTF-8.
    """
    if (content_type or "").partition(";")[0].strip().lower() != _FORM:
        raise OAuthError("invalid_request", f"the body must be {_FORM}")
    return _read(body)


def _read(encoded: bytes) -> Parameters:
    try:
        return Parameters(
            parse_qsl(
                encoded.decode("ascii"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=_MOST,
            )
        )
    except ValueError:
        raise OAuthError("invalid_request", "the parameters are not well formed") from None
