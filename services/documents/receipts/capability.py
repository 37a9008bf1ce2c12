"""Receipts of papers, and the keys that they are checked with."""

from libs.clock import Clock
from libs.service import Capability
from services.documents.receipts import routes
from services.documents.receipts.signer import ReceiptSigner, signing_key
from services.documents.settings import Settings


def make_signer(settings: Settings, clock: Clock) -> ReceiptSigner:
    """Return the signer that all capabilities share."""
    secrets = [settings.key_secret, *settings.earlier_key_secrets]
    keys = [signing_key(secret.get_secret_value()) for secret in secrets]
    return ReceiptSigner(keys, settings.receipt_valid_h, clock)


def capability() -> Capability:
    """Make the capability."""
    return Capability("receipts", routes=routes.routes)
