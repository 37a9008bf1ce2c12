from libs.database.transaction import Transaction
from libs.messaging import journal
from libs.messaging.journal import By


async def test_the_journal_says_who_did_what_to_which_and_why(tx: Transaction) -> None:
    """One line per dead letter, the newest first, page by page."""
    await journal.write(tx, By("rahim", "a look"), "look", [7])
    await journal.write(tx, By("karim", "mended"), "replay", [8, 9])
    first = await journal.read(tx, before=None, limit=2)
    assert [(each.actor, each.action, each.dead_letter_id) for each in first] == [
        ("karim", "replay", 9),
        ("karim", "replay", 8),
    ]
    (last,) = await journal.read(tx, before=first[-1].entry_no, limit=2)
    assert (last.actor, last.action, last.dead_letter_id, last.why) == (
        "rahim",
        "look",
        7,
        "a look",
    )
