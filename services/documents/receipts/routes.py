"""The keys with which receipts are checked."""

import orjson
from starlette.responses import Response

from libs.web.handling.routes import Routes
from services.documents.receipts.signer import ReceiptSigner

routes = Routes()


@routes.get("/.well-known/jwks.json", public=False)
async def receipt_keys(signer: ReceiptSigner) -> Response:
    """Show the public keys that receipts are verified with."""
    return Response(
        orjson.dumps(signer.key_set()),
        media_type="application/jwk-set+json",
        headers={"cache-control": "public, max-age=15"},
    )
