"""SSH keys of the sandbox's file server and of the platform, derived from a secret of both."""

import hmac

import asyncssh
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


def host_key(secret: str) -> asyncssh.SSHKey:
    """Return the key of the server, which connections pin."""
    return _derived(secret, "sandbox sftp host")


def client_key(secret: str) -> asyncssh.SSHKey:
    """Return the key by which the server knows the platform."""
    return _derived(secret, "sandbox sftp client")


def _derived(secret: str, purpose: str) -> asyncssh.SSHKey:
    seed = hmac.digest(secret.encode(), purpose.encode(), "sha256")
    key = Ed25519PrivateKey.from_private_bytes(seed)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    return asyncssh.import_private_key(pem)
