"""A citizen, or an uddokta for a citizen, gives a paper.

A paper takes long to make (`pipeline.py`), and no transaction may be open meanwhile. So these
functions open their own transactions.
"""

from uuid import UUID

from libs.contracts.documents import APPEAL_PAPER, AssistedDocument, DocumentReceipt, MakeDocument
from libs.errors import Refused
from libs.web.callers.dpop import Proof
from libs.web.callers.used_proofs import use_proof
from services.documents.intake.pipeline import GivenPaper, Intake, Wanted
from services.documents.locker import use_cases as locker
from services.documents.locker.rules import Document, Helper
from services.documents.public_services.use_cases import check_asked
from services.documents.stops import use_cases as stops
from services.documents.uploads import use_cases as uploads
from services.documents.uploads.receiving import Receiving
from services.documents.uploads.rules import paper_of


async def make_of_form(intake: Intake, citizen_id: UUID, paper: GivenPaper) -> DocumentReceipt:
    """Make a paper of the files of a form. The same files of the same kind are the same paper.

    Raises:
        Refused: the files cannot become a paper.
    """
    wanted = Wanted(citizen_id, paper.kind, paper.name, paper.valid_until)
    return await intake.make(wanted, paper.files)


async def make_of_uploads(
    intake: Intake, receiving: Receiving, citizen_id: UUID, body: MakeDocument
) -> DocumentReceipt:
    """Make a paper of complete uploads, and delete their pieces. A repeat gets the same paper.

    A repeat names the same uploads in the same order, and the same kind.

    Raises:
        Refused: an upload is unknown, not complete, or used for another paper, the paper of a
            repeat is deleted, or the files cannot become a paper.
    """
    async with intake.database.transaction() as tx:
        found = await uploads.find_complete(tx, citizen_id, body.upload_ids, intake.clock.now())
        made = paper_of([upload for upload, _ in found])
        if made is not None:
            document = await locker.lock_own(tx, citizen_id, made)
            if document.kind != body.kind:
                raise Refused("upload_used", pointer="/kind")
            return await locker.with_receipt(tx, document, intake.signer)
    wanted = Wanted(citizen_id, body.kind, found[0][0].name, body.valid_until, body.upload_ids)
    receipt = await intake.make(wanted, [receiving.read(*upload) for upload in found])
    for upload, pieces in found:
        await receiving.delete(upload.upload_id, pieces)
    return receipt


async def begin_with_mandate(intake: Intake, proof: Proof, helper: Helper) -> None:
    """Use a device's proof, and check that the uddokta may act with the mandate.

    The proof stays used if the uddokta may not act, so these are two transactions.

    Raises:
        Refused: the proof was used before, or the uddokta may not act.
    """
    async with intake.database.transaction() as tx:
        await use_proof(tx, proof, intake.clock.now())
    async with intake.database.transaction() as tx:
        await stops.check_may_act(tx, helper)


async def begin_correction(
    intake: Intake, uddokta_id: UUID, tracking_number: str
) -> tuple[UUID, Helper, bool]:
    """Return the citizen of an application that an uddokta follows up, and the helper.

    And whether it was refused, and an objection is possible.

    Raises:
        Refused: the uddokta follows up no such application, or was stopped.
    """
    async with intake.database.transaction() as tx:
        at = intake.clock.now()
        found = await stops.find_followed_up(tx, uddokta_id, tracking_number, at)
        await stops.check_may_act(tx, found[1], follows_up=True)
    return found


async def find_given(
    intake: Intake, citizen_id: UUID, helper: Helper, document_id: UUID
) -> Document:
    """Return a paper that an uddokta uploaded for a citizen with this mandate.

    Raises:
        Refused: there is none.
    """
    async with intake.database.transaction() as tx:
        return await locker.find_given(tx, citizen_id, helper, document_id)


async def make_with_helper(
    intake: Intake,
    citizen_id: UUID,
    helper: Helper,
    form: GivenPaper,
    *,
    follows_up: bool,
    may_appeal: bool = False,
) -> AssistedDocument:
    """Make a paper of the citizen of the form that an uddokta sends.

    Args:
        intake: makes papers.
        citizen_id: whose paper it is.
        helper: the uddokta, with a mandate.
        form: the paper as it was sent.
        follows_up: whether the application was sent before.
        may_appeal: whether it was refused, and papers of an objection are taken.

    Raises:
        Refused: the public service asks for no such paper, the files cannot become one, or the
            uddokta was stopped meanwhile.
    """
    if not (may_appeal and form.kind == APPEAL_PAPER):
        async with intake.database.transaction() as tx:
            await check_asked(tx, helper.public_service_id, form.kind)
    wanted = Wanted(
        citizen_id,
        form.kind,
        form.name,
        form.valid_until,
        helper=helper,
        follows_up=follows_up,
    )
    paper = await intake.make(wanted, form.files)
    return AssistedDocument.model_validate(paper.model_dump())
