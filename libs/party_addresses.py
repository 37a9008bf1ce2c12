"""Addresses of the systems of others: encrypted, but for the sandbox."""

import re
from typing import Annotated, Final

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

_OF_THE_SANDBOX: Final = re.compile(
    r"http://(?:127\.0\.0\.1|localhost|sandbox)(?::[0-9]+)?(?:/.*)?"
)


def _encrypted(address: str) -> str:
    """Check that forms cannot be read on their way to an address.

    Raises:
        PydanticCustomError: it is one over HTTP, and not the sandbox's.
    """
    if address.startswith("http:") and not _OF_THE_SANDBOX.fullmatch(address):
        raise PydanticCustomError(
            "not_encrypted",
            "must begin with https://: over HTTP the forms could be read on their way. "
            "Only the sandbox, or a system on this machine, has an address over HTTP",
        )
    return address


HttpAddress = Annotated[
    str,
    Field(pattern=r"^https?://[\x21-\x7e]*[\x21-\x2e\x30-\x7e]$"),
    AfterValidator(_encrypted),
]
"""Absolute, in ASCII, without a final slash; HTTPS, but for the sandbox or this machine."""

Address = Annotated[
    str,
    Field(pattern=r"^(?:https?|sftp)://[\x21-\x7e]*[\x21-\x2e\x30-\x7e]$", max_length=500),
    AfterValidator(_encrypted),
]
"""As `HttpAddress`, or of a file server: `sftp://user@host:port/folder`."""
