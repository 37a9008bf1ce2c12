"""SQL of mandates, and of uddoktas and centres that are stopped."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from libs.contracts.identity import MandateEnded
from libs.contracts.mandates import ENDED_BY_CITIZEN, MandateEvidence
from libs.database.transaction import Transaction
from services.applications.lifecycle.application import Application
from services.applications.lifecycle.notes import application_of, entry_of
from services.applications.mandate_uses.rules import (
    TOLD_TYPES,
    CounterPaper,
    FollowedUp,
    Halt,
    MandateUse,
    News,
    PaperFact,
    Stop,
)


class Left(NamedTuple):
    """A mandate of whose application nobody tells the news; `teller_id` would have to."""

    mandate_id: UUID
    application_id: UUID
    teller_id: UUID


class Followed(NamedTuple):
    """An application that an uddokta follows up, and with which mandate it was sent."""

    mandate_id: UUID
    is_told_in_person: bool
    application: Application


async def insert_uses(tx: Transaction, uses: Sequence[MandateUse]) -> set[UUID]:
    """Insert uses of mandates that are neither used nor over; return their applications.

    A mandate stands in the table once, so of many attempts one succeeds. They are inserted in one
    order, so that two transactions do not deadlock.
    """
    ordered = sorted(uses, key=lambda use: use.evidence.mandate_id)
    rows = await tx.fetch(
        """
        INSERT INTO mandates (
               mandate_id, application_id, uddokta_id, service_centre_id, evidence,
               is_told_in_person, used_at)
        SELECT mandate_id, application_id, uddokta_id, service_centre_id, evidence,
               is_told_in_person, now()
          FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::boolean[])
               AS used (mandate_id, application_id, uddokta_id, service_centre_id, evidence,
                        is_told_in_person)
            ON CONFLICT (mandate_id) DO NOTHING
        RETURNING application_id
        """,
        [use.evidence.mandate_id for use in ordered],
        [use.application_id for use in ordered],
        [use.evidence.uddokta_id for use in ordered],
        [use.evidence.service_centre_id for use in ordered],
        [use.evidence.model_dump_json() for use in ordered],
        [use.evidence.consent != "own_phone" for use in ordered],
    )
    return {row["application_id"] for row in rows}


async def insert_use_for_correction(tx: Transaction, consent: MandateEvidence) -> bool:
    """Insert the use of a consent to a correction; return False if it was used or is over.

    The row has no application, which has that of its own mandate, and ends with the use.
    """
    inserted = await tx.execute(
        """
        INSERT INTO mandates (
               mandate_id, uddokta_id, service_centre_id, evidence, used_at, ended_at)
        VALUES ($1, $2, $3, $4, now(), now())
            ON CONFLICT (mandate_id) DO NOTHING
        """,
        consent.mandate_id,
        consent.uddokta_id,
        consent.service_centre_id,
        consent.model_dump_json(),
    )
    return inserted == 1


async def delete_uses(tx: Transaction, application_ids: Collection[UUID]) -> None:
    """Delete uses whose applications were not stored after all."""
    await tx.execute(
        "DELETE FROM mandates WHERE application_id = ANY($1::uuid[])", list(application_ids)
    )


async def read_used(tx: Transaction, mandate_ids: Collection[UUID]) -> set[UUID]:
    """Return the mandates, out of these, with which an application was sent."""
    rows = await tx.fetch(
        """
        SELECT mandate_id FROM mandates
         WHERE mandate_id = ANY($1::uuid[]) AND application_id IS NOT NULL
        """,
        list(mandate_ids),
    )
    return {row["mandate_id"] for row in rows}


async def is_ended(tx: Transaction, mandate_id: UUID) -> bool:
    """Return whether a mandate is over, or the follow-up of its application."""
    found: bool = await tx.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM mandates WHERE mandate_id = $1 AND ended_at IS NOT NULL)
        """,
        mandate_id,
    )
    return found


async def list_of_citizen(tx: Transaction, citizen_id: UUID) -> list[UUID]:
    """Read the mandates with which the applications of a citizen were sent."""
    rows = await tx.fetch(
        """
        SELECT mandate_id
          FROM mandates
          JOIN applications USING (application_id)
         WHERE citizen_id = $1
        """,
        citizen_id,
    )
    return [row["mandate_id"] for row in rows]


async def find_halts(tx: Transaction, subject_ids: Collection[str]) -> dict[str, Halt]:
    """Return why some of these uddoktas and centres may not help citizens now, by their ids."""
    rows = await tx.fetch(
        """
        SELECT subject_id, problem, licensed_until
          FROM stops
         WHERE subject_id = ANY($1::text[])
           AND (problem IS NOT NULL
                OR licensed_until < (now() AT TIME ZONE 'Asia/Dhaka')::date)
        """,
        list(subject_ids),
    )
    return {row["subject_id"]: Halt(row["problem"], row["licensed_until"]) for row in rows}


async def insert_ends(tx: Transaction, ends: Sequence[MandateEnded]) -> None:
    """Store that mandates are over; of a used one only the citizen ends the right to follow up."""
    await tx.execute(
        """
        INSERT INTO mandates AS stored (mandate_id, ended_at)
        SELECT DISTINCT ON (mandate_id) mandate_id, ended_at
          FROM unnest($1::uuid[], $2::timestamptz[]) AS over (mandate_id, ended_at)
         ORDER BY mandate_id, ended_at
            ON CONFLICT (mandate_id) DO UPDATE
               SET ended_at = excluded.ended_at
             WHERE stored.ended_at IS NULL AND stored.mandate_id = ANY($3::uuid[])
        """,
        [end.mandate_id for end in ends],
        [end.occurred_at for end in ends],
        [end.mandate_id for end in ends if end.reason in ENDED_BY_CITIZEN],
    )


async def save_stops(tx: Transaction, stops: Sequence[Stop]) -> None:
    """Save the newest states, in any order of arrival."""
    await tx.execute(
        """
        INSERT INTO stops (subject_id, problem, changed_at, service_centre_id, licensed_until)
        SELECT DISTINCT ON (subject_id) subject_id, problem, changed_at, service_centre_id,
               licensed_until
          FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::text[], $5::date[])
               AS saved (subject_id, problem, changed_at, service_centre_id, licensed_until)
         ORDER BY subject_id, changed_at DESC
            ON CONFLICT (subject_id) DO UPDATE
               SET problem = excluded.problem, changed_at = excluded.changed_at,
                   service_centre_id = excluded.service_centre_id,
                   licensed_until = excluded.licensed_until
             WHERE stops.changed_at < excluded.changed_at
        """,
        [stop.subject_id for stop in stops],
        [stop.problem for stop in stops],
        [stop.changed_at for stop in stops],
        [stop.service_centre_id for stop in stops],
        [stop.licensed_until for stop in stops],
    )


async def list_followed_up(
    tx: Transaction, uddokta_id: UUID, today: date, *, after: UUID | None, limit: int
) -> list[Followed]:
    """Read the undecided applications that an uddokta may follow up, with their mandates.

    The newest are first. A refused one is among them until the last day for an objection.

    The list is empty while the uddokta is stopped. At a centre that was paused it goes on.
    With `after`, it has only the applications behind this one.
    """
    rows = await tx.fetch(
        """
        SELECT application_id, tracking_number, citizen_id, public_service_id, ministry, status,
               submitted_at, due_on, applications.service_centre_id, overdue, delayed,
               case_file_number, note_bn, note_en, trace_context, adapter, waits_for, office,
               form_origin, former_ministries, appeal_until, appeal, step, mandate_id,
               is_told_in_person
          FROM mandates
          JOIN applications USING (application_id)
         WHERE uddokta_id = $1 AND application_id IS NOT NULL AND ended_at IS NULL
           AND (status IN ('submitted', 'with_ministry', 'correction_requested')
                OR status = 'refused' AND appeal_until >= $4)
           AND NOT erased
           AND NOT EXISTS (SELECT
                             FROM stops
                            WHERE subject_id = $1::uuid::text
                              AND (problem IS NOT NULL
                                   OR licensed_until < (now() AT TIME ZONE 'Asia/Dhaka')::date))
           AND ($2::uuid IS NULL
                OR (used_at, application_id) < (SELECT last.used_at, last.application_id
                                                  FROM mandates AS last
                                                 WHERE last.application_id = $2))
         ORDER BY used_at DESC, application_id DESC
         LIMIT $3
        """,
        uddokta_id,
        after,
        limit,
        today,
    )
    found = [dict(row) for row in rows]
    return [
        Followed(row.pop("mandate_id"), row.pop("is_told_in_person"), application_of(tx, row))
        for row in found
    ]


async def find_centre_of(tx: Transaction, tracking_number: str) -> str | None:
    """Return the centre at which an application was sent with a mandate; None if none was."""
    centre: str | None = await tx.fetchval(
        """
        SELECT mandates.service_centre_id
          FROM applications
          JOIN mandates USING (application_id)
         WHERE tracking_number = $1
        """,
        tracking_number,
    )
    return centre


async def find_followed_up(
    tx: Transaction, tracking_number: str, uddokta_id: UUID, *, also_decided: bool
) -> tuple[UUID, MandateEvidence] | None:
    """Return whose application it is that an uddokta may follow up, with the evidence."""
    row = await tx.fetchrow(
        """
        SELECT citizen_id, evidence
          FROM applications
          JOIN mandates USING (application_id)
         WHERE tracking_number = $1 AND uddokta_id = $2 AND ended_at IS NULL
           AND (status IN ('submitted', 'with_ministry', 'correction_requested') OR $3)
           AND NOT erased
        """,
        tracking_number,
        uddokta_id,
        also_decided,
    )
    if row is None:
        return None
    return row["citizen_id"], MandateEvidence.model_validate_json(row["evidence"])


async def find_followed_up_with(
    tx: Transaction, mandate_id: UUID, uddokta_id: UUID, *, also_decided: bool
) -> FollowedUp | None:
    """Return the application that was sent with a mandate, and that its uddokta may follow up."""
    row = await tx.fetchrow(
        """
        SELECT application_id, tracking_number, citizen_id, evidence
          FROM applications
          JOIN mandates USING (application_id)
         WHERE mandate_id = $1 AND uddokta_id = $2 AND ended_at IS NULL
           AND (status IN ('submitted', 'with_ministry', 'correction_requested') OR $3)
           AND NOT erased
        """,
        mandate_id,
        uddokta_id,
        also_decided,
    )
    if row is None:
        return None
    evidence = MandateEvidence.model_validate_json(row["evidence"])
    return FollowedUp(row["application_id"], row["tracking_number"], row["citizen_id"], evidence)


async def list_news(
    tx: Transaction, uddokta_id: UUID, *, told: bool, after: UUID | None, limit: int
) -> list[News]:
    """Read the ministries' news for citizens without a phone; of new applications first.

    A correction that was sent since need not be told any more. A decision waits until its paper is
    printed, too, and again once a printed one has ended. The applications are those that an uddokta
    sent, or has taken over, and may still see. With `after`, only what stands behind this one.

    Args:
        tx: the open transaction.
        uddokta_id: who tells them.
        told: whether the citizen was told, and has the paper.
        after: an id of news.
        limit: most rows.
    """
    rows = await tx.fetch(
        """
        SELECT application_id, event_id, mandate_id, tracking_number, public_service_id,
               case_file_number, timeline.type, timeline.outcome, timeline.note_bn,
               timeline.note_en, timeline.occurred_at AS at, told_by, told_at,
               coalesce(teller_id <> uddokta_id, false) AS taken_over
          FROM mandates
          JOIN applications USING (application_id)
          JOIN timeline USING (application_id)
          LEFT JOIN told_news USING (application_id, event_id)
         WHERE (uddokta_id = $1 AND teller_id IS NULL OR teller_id = $1)
           AND mandates.application_id IS NOT NULL AND ended_at IS NULL
           AND is_told_in_person AND NOT erased
           AND timeline.type = ANY($2::text[])
           AND $3 = (told_at IS NOT NULL
                     AND (timeline.outcome IS NULL
                          OR NOT EXISTS (SELECT
                                           FROM counter_papers
                                          WHERE counter_papers.application_id
                                                = mandates.application_id
                                            AND waits)))
           AND (told_at IS NOT NULL OR timeline.outcome IS NOT NULL
                OR status = 'correction_requested')
           AND ($4::uuid IS NULL OR event_id < $4)
         ORDER BY event_id DESC
         LIMIT $5
        """,
        uddokta_id,
        list(TOLD_TYPES),
        told,
        after,
        limit,
    )
    return [_news(tx, row) for row in rows]


async def find_news(tx: Transaction, uddokta_id: UUID, news_id: UUID) -> News | None:
    """Read one of the news that an uddokta has to tell, or has told."""
    row = await tx.fetchrow(
        """
        SELECT application_id, event_id, mandate_id, tracking_number, public_service_id,
               case_file_number, timeline.type, timeline.outcome, timeline.note_bn,
               timeline.note_en, timeline.occurred_at AS at, told_by, told_at,
               coalesce(teller_id <> uddokta_id, false) AS taken_over
          FROM mandates
          JOIN applications USING (application_id)
          JOIN timeline USING (application_id)
          LEFT JOIN told_news USING (application_id, event_id)
         WHERE (uddokta_id = $1 AND teller_id IS NULL OR teller_id = $1)
           AND mandates.application_id IS NOT NULL AND ended_at IS NULL
           AND is_told_in_person AND NOT erased
           AND timeline.type = ANY($2::text[])
           AND event_id = $3
        """,
        uddokta_id,
        list(TOLD_TYPES),
        news_id,
    )
    return _news(tx, row) if row else None


async def read_centre_of(tx: Transaction, uddokta_id: UUID) -> str | None:
    """Read where an uddokta works now; None if that was not announced."""
    centre_id: str | None = await tx.fetchval(
        "SELECT service_centre_id FROM stops WHERE subject_id = $1", str(uddokta_id)
    )
    return centre_id


async def list_left(tx: Transaction, service_centre_id: str, *, limit: int) -> list[Left]:
    """Read of which applications nobody at a centre tells any more what is to be told.

    Whoever would tell it was stopped, works elsewhere, or has a licence no more.
    """
    rows = await tx.fetch(
        """
        SELECT mandate_id, application_id, coalesce(teller_id, uddokta_id) AS teller_id
          FROM mandates
          JOIN applications USING (application_id)
         WHERE mandates.service_centre_id = $1 AND is_told_in_person AND ended_at IS NULL
           AND NOT erased
           AND EXISTS (SELECT
                         FROM stops
                        WHERE subject_id = coalesce(teller_id, uddokta_id)::text
                          AND (problem IS NOT NULL OR stops.service_centre_id <> $1
                               OR licensed_until < (now() AT TIME ZONE 'Asia/Dhaka')::date))
           AND EXISTS (SELECT
                         FROM timeline
                         LEFT JOIN told_news USING (application_id, event_id)
                        WHERE timeline.application_id = mandates.application_id
                          AND timeline.type = ANY($2::text[])
                          AND (told_at IS NULL
                               AND (timeline.outcome IS NOT NULL
                                    OR status = 'correction_requested')
                               OR timeline.outcome IS NOT NULL
                               AND EXISTS (SELECT
                                             FROM counter_papers
                                            WHERE counter_papers.application_id
                                                  = mandates.application_id
                                              AND waits)))
         ORDER BY mandate_id
         LIMIT $3
        """,
        service_centre_id,
        list(TOLD_TYPES),
        limit,
    )
    return [Left(**row) for row in rows]


async def save_teller(tx: Transaction, taken: Collection[Left], uddokta_id: UUID) -> set[UUID]:
    """Store who tells citizens from now on what ministries say; return the mandates.

    One that somebody else has taken over meanwhile stays as it is.
    """
    rows = await tx.fetch(
        """
        UPDATE mandates
           SET teller_id = $3
          FROM unnest($1::uuid[], $2::uuid[]) AS taken (mandate_id, teller_id)
         WHERE mandates.mandate_id = taken.mandate_id
           AND coalesce(mandates.teller_id, uddokta_id) = taken.teller_id
        RETURNING mandates.mandate_id
        """,
        [left.mandate_id for left in taken],
        [left.teller_id for left in taken],
        uddokta_id,
    )
    return {row["mandate_id"] for row in rows}


async def save_told(tx: Transaction, news: News, uddokta_id: UUID, at: datetime) -> None:
    """Store that a citizen was told; the first time counts."""
    await tx.execute(
        """
        INSERT INTO told_news (application_id, event_id, told_by, told_at)
        VALUES ($1, $2, $3, $4)
            ON CONFLICT DO NOTHING
        """,
        news.application_id,
        news.news_id,
        uddokta_id,
        at,
    )


async def save_papers(tx: Transaction, facts: Sequence[PaperFact]) -> None:
    """Store what became of papers, of citizens who are told in person; the first time counts."""
    await tx.execute(
        """
        INSERT INTO counter_papers AS stored (
               application_id, number, issued_at, printed_at, ended_at)
        SELECT application_id, number, min(at) FILTER (WHERE what = 'issued'),
               min(at) FILTER (WHERE what = 'printed'), min(at) FILTER (WHERE what = 'ended')
          FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[])
               AS fact (application_id, number, what, at)
          JOIN mandates USING (application_id)
         WHERE is_told_in_person
         GROUP BY application_id, number
         ORDER BY application_id, number
            ON CONFLICT (application_id, number) DO UPDATE
               SET issued_at = coalesce(stored.issued_at, excluded.issued_at),
                   printed_at = coalesce(stored.printed_at, excluded.printed_at),
                   ended_at = coalesce(stored.ended_at, excluded.ended_at)
        """,
        [fact.application_id for fact in facts],
        [fact.number for fact in facts],
        [fact.what for fact in facts],
        [fact.at for fact in facts],
    )


async def save_end_told(tx: Transaction, application_id: UUID, at: datetime) -> None:
    """Store that a citizen was told which printed papers have ended; the first time counts."""
    await tx.execute(
        """
        UPDATE counter_papers
           SET end_told_at = $2
         WHERE application_id = $1 AND printed_at IS NOT NULL AND ended_at IS NOT NULL
           AND end_told_at IS NULL
        """,
        application_id,
        at,
    )


async def read_papers(
    tx: Transaction, application_ids: Collection[UUID]
) -> dict[UUID, list[CounterPaper]]:
    """Read the papers of applications, by application; those that nobody printed have not ended."""
    rows = await tx.fetch(
        """
        SELECT application_id, number, printed_at, ended_at, waits
          FROM counter_papers
         WHERE application_id = ANY($1::uuid[])
           AND (printed_at IS NOT NULL OR issued_at IS NOT NULL AND ended_at IS NULL)
         ORDER BY application_id, coalesce(issued_at, printed_at) DESC, number
        """,
        list(application_ids),
    )
    found: defaultdict[UUID, list[CounterPaper]] = defaultdict(list)
    for row in rows:
        found[row["application_id"]].append(CounterPaper(**row))
    return found


async def find_sent(
    tx: Transaction, tracking_number: str, uddokta_id: UUID
) -> tuple[UUID, bool] | None:
    """Return an application that an uddokta sent, and whether its citizen has no own phone.

    Also one whose news the uddokta has taken over.
    """
    row = await tx.fetchrow(
        """
        SELECT application_id, is_told_in_person
          FROM applications
          JOIN mandates USING (application_id)
         WHERE tracking_number = $1 AND $2 IN (uddokta_id, teller_id)
           AND ended_at IS NULL AND NOT erased
        """,
        tracking_number,
        uddokta_id,
    )
    return (row["application_id"], row["is_told_in_person"]) if row else None


def _news(tx: Transaction, row: Any) -> News:
    columns = (
        "mandate_id", "tracking_number", "public_service_id", "case_file_number", "told_by",
        "told_at", "taken_over",
    )  # fmt: skip
    of_entry = {name: row[name] for name in row.keys() if name not in columns}  # noqa: SIM118
    entry = entry_of(tx, of_entry)
    return News(
        news_id=entry.event_id,
        application_id=entry.application_id,
        what=entry.outcome or "correction_requested",
        note=entry.note,
        at=entry.at,
        **{name: row[name] for name in columns},
    )
