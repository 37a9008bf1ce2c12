import pytest

from libs.errors import Refused
from services.ministries.decisions.rules import Callback, is_repeat
from tests.services.ministries.scenes import LAND, decision


def test_a_webhook_id_with_another_content_is_refused() -> None:
    """The second content under a webhook-id is refused, so that no decision is lost."""
    approved = Callback(LAND, "msg_1", decision("approved"), None)
    refused = Callback(LAND, "msg_1", decision("refused"), None)
    known = {approved.key: approved.fingerprint}
    assert not is_repeat(approved, {})
    assert is_repeat(approved, known)
    with pytest.raises(Refused, match="webhook_id_reused"):
        is_repeat(refused, known)
