"""SQL of papers."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from pydantic import TypeAdapter

from libs.contracts.language import Text
from libs.contracts.ministries import PaperGranted
from libs.database.rows import columns
from libs.database.transaction import Transaction
from services.issuance.papers.encrypted import CONTENT, REASON
from services.issuance.papers.rules import Content, Paper

_CONTENT: TypeAdapter[Content] = TypeAdapter(Content)


class PaperRow(NamedTuple):
    """A paper as it is stored."""

    paper_id: UUID
    number: str
    application_id: UUID
    citizen_id: UUID
    tracking_number: str
    public_service_id: str
    ministry: str
    template: str
    template_version: int
    typst_version: str
    content: str | None
    issued_at: datetime
    last_day: date | None
    replaces: str | None


class EndRow(NamedTuple):
    """How a paper has ended."""

    paper_id: UUID
    state: str
    ended_at: datetime | None
    reason: str | None
    replaced_by: str | None


async def insert_papers(tx: Transaction, papers: Sequence[Paper]) -> None:
    """Insert papers; those that are there stay as they are."""
    await tx.execute(
        """
        INSERT INTO papers (
               paper_id, number, application_id, citizen_id, tracking_number, public_service_id,
               ministry, template, template_version, typst_version, content, issued_at, last_day,
               replaces)
        SELECT *
          FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::text[], $6::text[],
                      $7::text[], $8::text[], $9::bigint[], $10::text[], $11::text[],
                      $12::timestamptz[], $13::date[], $14::text[])
               AS new (paper_id, number, application_id, citizen_id, tracking_number,
                       public_service_id, ministry, template, template_version, typst_version,
                       content, issued_at, last_day, replaces)
            ON CONFLICT (paper_id) DO NOTHING
        """,
        *columns(PaperRow, [_row_of(tx, paper) for paper in papers]),
    )


async def insert_body_years(tx: Transaction, papers: Sequence[Paper]) -> None:
    """Remember of which bodies and years there are papers."""
    years = sorted({(paper.ministry, paper.year) for paper in papers})
    await tx.execute(
        """
        INSERT INTO body_years (ministry, year)
        SELECT * FROM unnest($1::text[], $2::bigint[]) AS given (ministry, year)
            ON CONFLICT (ministry, year) DO NOTHING
        """,
        [ministry for ministry, _ in years],
        [year for _, year in years],
    )


async def read_body_years(tx: Transaction) -> list[tuple[str, int]]:
    """Read of which bodies and years there are papers."""
    rows = await tx.fetch("SELECT ministry, year FROM body_years ORDER BY ministry, year")
    return [(row["ministry"], row["year"]) for row in rows]


async def find_paper(tx: Transaction, number: str) -> Paper | None:
    """Read a paper by its number."""
    row = await tx.fetchrow(
        """
        SELECT paper_id, number, application_id, citizen_id, tracking_number, public_service_id,
               ministry, template, template_version, typst_version, content, state, issued_at,
               last_day, ended_at, reason, replaces, replaced_by
          FROM papers
         WHERE number = $1
        """,
        number,
    )
    if row is None:
        return None
    return _paper_of(
        row,
        tx.cipher.open(CONTENT, row["paper_id"], row["content"]),
        tx.cipher.open(REASON, row["paper_id"], row["reason"]),
    )


async def lock_papers(
    tx: Transaction, paper_ids: Collection[UUID], about: Collection[PaperGranted] = ()
) -> dict[UUID, Paper]:
    """Read papers without what they say, by what granted them; their rows are locked.

    Args:
        tx: the transaction.
        paper_ids: what granted them.
        about: of whose applications all are read.
    """
    rows = await tx.fetch(
        """
        SELECT paper_id, number, application_id, citizen_id, tracking_number, public_service_id,
               ministry, template, template_version, typst_version, NULL AS content, state,
               issued_at, last_day, ended_at, NULL AS reason, replaces, replaced_by
          FROM papers
         WHERE paper_id = ANY($1::uuid[])
            OR citizen_id = ANY($2::uuid[]) AND tracking_number = ANY($3::text[])
         ORDER BY paper_id
           FOR UPDATE
        """,
        list(paper_ids),
        list({granted.citizen_id for granted in about}),
        list({granted.tracking_number for granted in about}),
    )
    return {row["paper_id"]: _paper_of(row, None, None) for row in rows}


async def save_ends(tx: Transaction, papers: Collection[Paper]) -> None:
    """Store how locked papers have ended, and which ones came in their place.

    Why one was withdrawn stays when another one comes in its place; of an erased person's it is not
    stored.
    """
    await tx.execute(
        """
        UPDATE papers
           SET state = ended.state,
               ended_at = ended.ended_at,
               reason = CASE WHEN papers.content IS NOT NULL
                             THEN coalesce(ended.reason, papers.reason) END,
               replaced_by = ended.replaced_by
          FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[])
            AS ended (paper_id, state, ended_at, reason, replaced_by)
         WHERE papers.paper_id = ended.paper_id
        """,
        *columns(EndRow, [_end_of(tx, paper) for paper in papers]),
    )


async def read_ended(tx: Transaction, ministry: str) -> list[tuple[str, str, datetime]]:
    """Read number, state and end of the papers of a body that were withdrawn or replaced."""
    rows = await tx.fetch(
        """
        SELECT number, state, ended_at
          FROM papers
         WHERE ministry = $1 AND state <> 'valid'
         ORDER BY number
        """,
        ministry,
    )
    return [(row["number"], row["state"], row["ended_at"]) for row in rows]


async def read_papers(
    tx: Transaction, citizen_id: UUID, tracking_number: str | None
) -> list[Paper]:
    """Read a citizen's papers about an application, or about all of hers, the newest first.

    One whose content or reason is damaged is there without it.
    """
    rows = await tx.fetch(
        """
        SELECT paper_id, number, application_id, citizen_id, tracking_number, public_service_id,
               ministry, template, template_version, typst_version, content, state, issued_at,
               last_day, ended_at, reason, replaces, replaced_by
          FROM papers
         WHERE citizen_id = $1 AND ($2::text IS NULL OR tracking_number = $2)
         ORDER BY issued_at DESC, paper_id
        """,
        citizen_id,
        tracking_number,
    )
    return [
        _paper_of(
            row,
            tx.cipher.try_open(CONTENT, row["paper_id"], row["content"])[0],
            tx.cipher.try_open(REASON, row["paper_id"], row["reason"])[0],
        )
        for row in rows
    ]


async def find_applications(tx: Transaction, citizen_id: UUID) -> list[UUID]:
    """Return the applications of a citizen about which there are papers."""
    rows = await tx.fetch(
        "SELECT DISTINCT application_id FROM papers WHERE citizen_id = $1", citizen_id
    )
    return [row["application_id"] for row in rows]


async def empty_papers(tx: Transaction, citizen_id: UUID) -> int:
    """Empty a citizen's papers; each gets a citizen_id that belongs to nobody. Return how many."""
    return await tx.execute(
        """
        UPDATE papers
           SET citizen_id = application_id, content = NULL, reason = NULL
         WHERE citizen_id = $1
        """,
        citizen_id,
    )


async def wait_for_erasure(tx: Transaction) -> None:
    """Wait for an erasure that runs at this moment; a later one waits for this transaction."""
    await tx.execute("LOCK TABLE papers IN ROW EXCLUSIVE MODE")


async def lock_table(tx: Transaction) -> None:
    """Wait for transactions that add papers at this moment; later ones wait for this one."""
    await tx.execute("LOCK TABLE papers IN EXCLUSIVE MODE")


def _row_of(tx: Transaction, paper: Paper) -> PaperRow:
    content = None if paper.content is None else _CONTENT.dump_json(paper.content).decode()
    return PaperRow(
        paper_id=paper.paper_id,
        number=paper.number,
        application_id=paper.application_id,
        citizen_id=paper.citizen_id,
        tracking_number=paper.tracking_number,
        public_service_id=paper.public_service_id,
        ministry=paper.ministry,
        template=paper.template,
        template_version=paper.template_version,
        typst_version=paper.typst_version,
        content=tx.cipher.seal(CONTENT, paper.paper_id, content),
        issued_at=paper.issued_at,
        last_day=paper.last_day,
        replaces=paper.replaces,
    )


def _end_of(tx: Transaction, paper: Paper) -> EndRow:
    reason = None if paper.reason is None else paper.reason.model_dump_json()
    return EndRow(
        paper_id=paper.paper_id,
        state=paper.state,
        ended_at=paper.ended_at,
        reason=tx.cipher.seal(REASON, paper.paper_id, reason),
        replaced_by=paper.replaced_by,
    )


def _paper_of(row: Any, content: str | None, reason: str | None) -> Paper:
    known = None if content is None else _CONTENT.validate_json(content)
    why = None if reason is None else Text.model_validate_json(reason)
    return Paper(**{**row, "content": known, "reason": why})
