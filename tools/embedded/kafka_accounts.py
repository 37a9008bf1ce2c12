"""The two accounts that an embedded broker starts with: its operators' and its own.

`topics apply` makes all others. The passwords stay the same over restarts of a folder,
in a file that only its owner may read.
"""

import base64
import hashlib
import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from libs.contracts.access import OPERATORS
from tools.embedded.files import write_whole

BROKERS = "brokers"  # the user of the nodes of a cluster

_ITERATIONS = 4096  # Kafka's minimum; these passwords are random, so they cannot be guessed
_SALT_BYTES = 24
_PASSWORD_BYTES = 32


@dataclass(frozen=True, slots=True)
class Accounts:
    """Passwords of the two users that may do everything.

    Args:
        operators: of the user that makes topics and other users, and that outside tools use.
        brokers: of the nodes among each other.
    """

    operators: str
    brokers: str

    def security(self) -> dict[str, str]:
        """The operators' login, as in `kafka.security` of `.nagorik/state.json`."""
        return {
            "protocol": "SASL_PLAINTEXT",
            "mechanism": "SCRAM-SHA-512",
            "username": OPERATORS,
            "password": self.operators,
        }

    def scram(self) -> list[str]:
        """Both accounts for Kafka's storage tool, with salted passwords."""
        passwords = {OPERATORS: self.operators, BROKERS: self.brokers}
        return [_scram(name, password) for name, password in passwords.items()]


def ensure_accounts(path: Path) -> Accounts:
    """Read the accounts in a file; make the file if it is missing."""
    if not path.exists():
        made = Accounts(*(secrets.token_urlsafe(_PASSWORD_BYTES) for _ in range(2)))
        write_whole(path, json.dumps(asdict(made)))
    return Accounts(**json.loads(path.read_text()))


def _scram(name: str, password: str) -> str:
    salt = secrets.token_bytes(_SALT_BYTES)
    salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, _ITERATIONS)
    salted_words = f'salt="{_base64(salt)}",saltedpassword="{_base64(salted)}"'
    return f"SCRAM-SHA-512=[name={name},iterations={_ITERATIONS},{salted_words}]"


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
