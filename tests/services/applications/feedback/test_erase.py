from libs.contracts.feedback import GiveFeedback
from libs.contracts.identity import CitizenErased
from libs.database.transaction import Transaction
from libs.encryption import is_sealed
from services.applications.erasure.use_cases import erase_citizen
from services.applications.feedback.use_cases import give_feedback
from tests.services.applications.scenes import KARIM, NOW, RAHIMA, stored_applications


async def test_a_comment_cannot_be_read_in_the_table(tx: Transaction) -> None:
    """It may name a person."""
    [one] = await stored_applications(tx, status="approved")
    await give_feedback(
        tx, RAHIMA, one.tracking_number, GiveFeedback(rating=2, comment="ধীর"), at=NOW
    )
    assert is_sealed(await tx.fetchval("SELECT comment FROM feedback"))


async def test_comments_of_an_erased_citizen_are_deleted(tx: Transaction) -> None:
    """Her ratings stay counted, and the comment of another citizen stays."""
    for citizen_id in (RAHIMA, KARIM):
        [one] = await stored_applications(tx, status="approved", citizen_id=citizen_id)
        await give_feedback(
            tx, citizen_id, one.tracking_number, GiveFeedback(rating=2, comment="ধীর"), at=NOW
        )
    confirmed = await erase_citizen(tx, CitizenErased(citizen_id=RAHIMA))
    assert confirmed.deleted["comments"] == 1
    assert await tx.fetchval("SELECT count(comment) FROM feedback") == 1
    assert await tx.fetchval("SELECT sum(count) FROM feedback_counts") == 2
