"""Settings with which anybody could make papers are refused."""

import pytest
from pydantic import ValidationError

from services.documents.settings import ONE_MACHINE_SECRET as PUBLIC_OF_DOCUMENTS
from services.documents.settings import Settings as DocumentsSettings
from services.issuance.settings import ONE_MACHINE_SECRET, Settings

ELSEWHERE = {
    "dsn": "postgresql://nobody@database/nothing",
    "encryption_secret": "1:" + "s" * 44,
    "papers_secret": "s" * 32,
    "key_secret": "k" * 32,
}


@pytest.mark.parametrize("earlier", ["", "a-short-one", ONE_MACHINE_SECRET])
def test_an_earlier_secret_that_is_known_is_refused(earlier: str) -> None:
    """The public keys of all secrets are shown: whoever knows one of these signs papers.

    An empty one comes of a command that reads a Secret and finds none.
    """
    assert Settings.model_validate({**ELSEWHERE, "earlier_key_secrets": ["e" * 32]})
    with pytest.raises(ValidationError, match=r"earlier_key_secrets|EARLIER_KEY_SECRETS"):
        Settings.model_validate({**ELSEWHERE, "earlier_key_secrets": [earlier]})


@pytest.mark.parametrize("earlier", ["", PUBLIC_OF_DOCUMENTS])
def test_so_is_one_of_receipts(earlier: str) -> None:
    """With it anybody makes receipts of papers."""
    assert DocumentsSettings.model_validate({**ELSEWHERE, "earlier_key_secrets": ["e" * 32]})
    with pytest.raises(ValidationError, match=r"earlier_key_secrets|EARLIER_KEY_SECRETS"):
        DocumentsSettings.model_validate({**ELSEWHERE, "earlier_key_secrets": [earlier]})


def test_the_default_is_an_earlier_secret_on_one_machine() -> None:
    """There a platform that gets a secret of its own keeps what it has issued."""
    local = {**ELSEWHERE, "dsn": "postgresql://nobody@127.0.0.1/nothing"}
    assert Settings.model_validate({**local, "earlier_key_secrets": [ONE_MACHINE_SECRET]})
