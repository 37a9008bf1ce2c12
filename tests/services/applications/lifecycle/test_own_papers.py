"""Ministries' own adapters name a PDF in their decisions, and withdraw it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.language import Text
from libs.contracts.ministries import MinistryDecided, PaperGranted, PaperRevoked
from libs.contracts.topics import OWN_DECISIONS, topic_of
from libs.database.transaction import Transaction
from libs.ids import new_id
from libs.messaging.reading.batch import Batch
from services.applications.lifecycle.consumers import on_ministry_events
from services.applications.lifecycle.use_cases import lock_applications, save
from tests.services.applications.scenes import NOW, RAHIMA, decided, stored_applications

DIGEST = "ab" * 32
WHY = Text(bn="নাম ভুল ছিল", en="The name was wrong")


def named(document_id: UUID | None = None) -> dict[str, Any]:
    """A PDF that documents has taken, as a decision names it."""
    return {"own_paper_id": document_id or new_id(), "own_paper_sha256": DIGEST}


async def announced(tx: Transaction, *events: Any) -> tuple[list[Any], list[str]]:
    """Read events as one batch; return what is said of papers, and what was refused."""
    batch: Batch[Any] = Batch.of(*events)
    said = await on_ministry_events(batch, tx)
    papers = [event for event in said if isinstance(event, PaperGranted | PaperRevoked)]
    return papers, [refusal.code for _, refusal in batch.refused]


async def at_its_adapter(tx: Transaction) -> UUID:
    """An application that its ministry's own adapter has."""
    (one,) = await stored_applications(tx, adapter="own")
    return one.application_id


@pytest.mark.parametrize(
    ("outcome", "subject"), [("approved", "জন্ম নিবন্ধন সনদ"), ("refused", "নামঞ্জুরের আদেশ")]
)
async def test_the_pdf_of_a_decision_is_announced_to_issuance(
    tx: Transaction, outcome: str, subject: str
) -> None:
    """With whose application it is, from here: the ministry says of it only which file."""
    application_id, own = await at_its_adapter(tx), named()
    papers, refused = await announced(tx, decided(application_id, outcome=outcome, **own, note=WHY))
    (paper,) = papers
    assert (refused, topic_of(paper)) == ([], OWN_DECISIONS)
    assert (paper.citizen_id, paper.application_id, paper.replaces) == (
        RAHIMA,
        application_id,
        None,
    )
    name = paper.fields["name_bn"]
    assert name
    assert (paper.template, paper.fields) == (
        "own_document",
        {
            "name_bn": name,
            "subject": subject,
            "document_id": str(own["own_paper_id"]),
            "sha256": DIGEST,
        },
    )


async def test_a_repeat_with_another_pdf_corrects_it(tx: Transaction) -> None:
    """The same one again, also the first, is no new paper."""
    application_id, first, second = await at_its_adapter(tx), named(), named()
    (granted,), _ = await announced(tx, decided(application_id, **first))
    for again in (decided(application_id), decided(application_id, **first)):
        assert await announced(tx, again) == ([], [])
    (corrected,), _ = await announced(tx, decided(application_id, **second))
    assert corrected.replaces == granted.event_id
    assert await announced(tx, decided(application_id, **first)) == ([], [])


async def test_a_repeat_withdraws_the_paper_that_holds(tx: Transaction) -> None:
    """Its citizen reads why; without a paper it is a dead letter."""
    application_id = await at_its_adapter(tx)
    withdrawn = decided(application_id, paper_withdrawn=True, note=WHY)
    assert await announced(tx, withdrawn) == ([], ["paper_not_granted"])
    papers, _ = await announced(
        tx,
        decided(application_id, **named()),
        decided(application_id, **named()),
        withdrawn,
    )
    assert isinstance(papers[2], PaperRevoked)
    assert (papers[2].paper_id, papers[2].note) == (papers[1].event_id, WHY)
    assert topic_of(papers[2]) is OWN_DECISIONS
    silent = decided(application_id, paper_withdrawn=True)
    assert await announced(tx, silent) == ([], ["note_missing"])


async def test_a_decision_that_was_objected_to_has_no_new_paper(tx: Transaction) -> None:
    """That about the objection has its own."""
    (one,) = await stored_applications(tx, adapter="own", status="refused", appealed_at=NOW)
    first = decided(one.application_id, outcome="refused", note=WHY, **named())
    assert await announced(tx, first) == ([], ["already_decided"])
    before = first.model_copy(update={"occurred_at": NOW - timedelta(days=1), "event_id": new_id()})
    assert await announced(tx, before) == ([], ["decided_otherwise"])


async def test_the_paper_of_a_refusal_that_was_objected_to_is_withdrawn(tx: Transaction) -> None:
    """While the objection runs, by its own ministry only."""
    (one,) = await stored_applications(tx, adapter="own", status="submitted")
    refusal = decided(one.application_id, outcome="refused", note=WHY, **named())
    (granted,), _ = await announced(tx, refusal)
    after = (await lock_applications(tx, [one.application_id]))[one.application_id]
    await save(tx, [replace(after, status="submitted", appealed_at=NOW, appeal_until=None)], [])
    withdrawn = refusal.model_copy(
        update={
            **dict.fromkeys(("own_paper_id", "own_paper_sha256")),
            "paper_withdrawn": True,
            "occurred_at": NOW + timedelta(days=1),
        }
    )
    others = withdrawn.model_copy(update={"event_id": new_id(), "ministry": "minland"})
    assert await announced(tx, others) == ([], ["other_ministry"])
    (revoked,), refused = await announced(tx, withdrawn.model_copy(update={"event_id": new_id()}))
    assert (revoked.paper_id, refused) == (granted.event_id, [])


async def test_nobody_else_names_a_paper_so(tx: Transaction) -> None:
    """Not a hosted ministry's system, not where nobody decided, not with what is not taken."""
    (hosted,) = await stored_applications(tx)
    application_id = await at_its_adapter(tx)
    papers, refused = await announced(
        tx,
        decided(hosted.application_id, **named()),
        decided(application_id, outcome="lapsed", **named()),
        decided(application_id, ministry="minland", **named()),
    )
    assert (papers, refused) == ([], ["other_adapter", "paper_without_decision", "other_ministry"])
    after = await lock_applications(tx, [hosted.application_id, application_id])
    assert {one.status for one in after.values()} == {"submitted"}
    contradiction: MinistryDecided = decided(application_id, outcome="refused", **named(), note=WHY)
    papers, refused = await announced(tx, decided(application_id), contradiction)
    assert (papers, refused) == ([], ["already_decided"])
