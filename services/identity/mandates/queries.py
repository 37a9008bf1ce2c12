"""SQL of mandates, of complaints, and of citizens without a phone."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from pydantic import TypeAdapter

from libs.contracts.language import Text
from libs.contracts.mandates import Complain, ComplaintKind, Replacement
from libs.database.transaction import Transaction
from services.identity.flags.rules import FlaggedMandate
from services.identity.mandates.encrypted import (
    COMPLAINT,
    COMPLAINT_ANSWER,
    MANDATE_APPLICANT,
    MANDATE_FEE_DAY,
    MANDATE_PHONE,
    MANDATE_REPLACED,
)
from services.identity.mandates.rules import PHONES_OF_OTHERS, Mandate, Names

Named = tuple[Mandate, Names]

_WARDS_LOCK: Final = 7_262_431  # advisory locks of phones that consent for others
_REPLACED: Final = TypeAdapter(tuple[Replacement, ...])
_DAMAGED: Final = "(what was written here cannot be read any more)"


class Pin(NamedTuple):
    """The hash of a citizen's PIN, if one was chosen, and how often a wrong one was typed."""

    pin_hash: bytes | None
    wrong_pins: int


class Complaint(NamedTuple):
    """What a citizen complained about, maybe of the help for another, and the answer.

    Args:
        citizen_id: who complained.
        answer: of the programme; None without one.
        grievance: the tracking number of the grievance in which it is answered; None without one.
    """

    complaint_id: UUID
    mandate_id: UUID
    citizen_id: UUID
    text: str
    kind: ComplaintKind
    answer: str | None
    answered_at: datetime | None
    grievance: str | None


class WithoutPhone(NamedTuple):
    """A citizen without a phone, and the hash of the PIN, if there is one yet."""

    citizen_id: UUID
    pin_hash: bytes | None


async def insert_mandate(tx: Transaction, mandate: Mandate) -> None:
    """Insert a mandate."""
    await tx.execute(
        """
        INSERT INTO mandates (
               mandate_id, public_service_id, service_centre_id, uddokta_id, device_id, citizen_id,
               consent, phone, phone_index, language, fee_bdt, charge_bdt, cap_bdt, state,
               requested_at, expires_at, code_hash, code_salt, code_sent_at, code_expires_at,
               attempts_left, sends_left, fee_basis, fee_case_bn, fee_case_en, tracking_number,
               corrects, correction_id, changes, applicant, witness_number, fee_at_office, fee_day,
               replaced)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
                $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32, $33,
                $34)
        """,
        mandate.mandate_id,
        mandate.public_service_id,
        mandate.service_centre_id,
        mandate.uddokta_id,
        mandate.device_id,
        mandate.citizen_id,
        mandate.consent,
        tx.cipher.seal(MANDATE_PHONE, mandate.mandate_id, mandate.phone),
        tx.cipher.index(mandate.phone) if mandate.phone else None,
        mandate.language,
        mandate.fee_bdt,
        mandate.charge_bdt,
        mandate.cap_bdt,
        mandate.state,
        mandate.requested_at,
        mandate.expires_at,
        mandate.code_hash,
        mandate.code_salt,
        mandate.code_sent_at,
        mandate.code_expires_at,
        mandate.attempts_left,
        mandate.sends_left,
        mandate.fee_basis,
        mandate.fee_case and mandate.fee_case.bn,
        mandate.fee_case and mandate.fee_case.en,
        mandate.tracking_number,
        mandate.corrects,
        mandate.correction_id,
        list(mandate.changes),
        tx.cipher.seal(MANDATE_APPLICANT, mandate.mandate_id, mandate.applicant),
        mandate.witness_number,
        mandate.fee_at_office,
        tx.cipher.seal(MANDATE_FEE_DAY, mandate.mandate_id, _iso(mandate.fee_day)),
        tx.cipher.seal(MANDATE_REPLACED, mandate.mandate_id, _written(mandate.replaced)),
    )


async def update_mandate(tx: Transaction, mandate: Mandate) -> None:
    """Store the changed columns of a mandate; its price never changes."""
    await tx.execute(
        """
        UPDATE mandates
           SET citizen_id = $2, state = $3, expires_at = $4, code_hash = $5, code_salt = $6,
               code_sent_at = $7, code_expires_at = $8, attempts_left = $9, sends_left = $10,
               consented_at = $11, witness_id = $12, ended_at = $13, application_id = $14,
               tracking_number = $15, used_at = $16, complained_at = $17, office_id = $18,
               is_first_use = $19
         WHERE mandate_id = $1
        """,
        mandate.mandate_id,
        mandate.citizen_id,
        mandate.state,
        mandate.expires_at,
        mandate.code_hash,
        mandate.code_salt,
        mandate.code_sent_at,
        mandate.code_expires_at,
        mandate.attempts_left,
        mandate.sends_left,
        mandate.consented_at,
        mandate.witness_id,
        mandate.ended_at,
        mandate.application_id,
        mandate.tracking_number,
        mandate.used_at,
        mandate.complained_at,
        mandate.office_id,
        mandate.is_first_use,
    )


async def save_follow_up_end(tx: Transaction, mandate_ids: Collection[UUID], at: datetime) -> None:
    """Store that a citizen ended the follow-up of what was sent with mandates; once is enough."""
    await tx.execute(
        """
        UPDATE mandates
           SET follow_up_ended_at = $2
         WHERE mandate_id = ANY($1::uuid[]) AND follow_up_ended_at IS NULL
        """,
        list(mandate_ids),
        at,
    )


async def find_followed_up(tx: Transaction, tracking_number: str) -> UUID | None:
    """Return the mandate with which an application was sent, if it may be followed up."""
    mandate_id: UUID | None = await tx.fetchval(
        """
        SELECT mandate_id FROM mandates
         WHERE tracking_number = $1 AND state = 'used' AND corrects IS NULL
           AND follow_up_ended_at IS NULL
        """,
        tracking_number,
    )
    return mandate_id


async def lock_mandate(tx: Transaction, mandate_id: UUID) -> Mandate | None:
    """Read a mandate, and lock its row until the transaction ends."""
    row = await tx.fetchrow(
        """
        SELECT mandate_id, public_service_id, service_centre_id, uddokta_id, device_id, citizen_id,
               consent, phone, language, fee_bdt, charge_bdt, cap_bdt, state, requested_at,
               expires_at, code_hash, code_salt, code_sent_at, code_expires_at, attempts_left,
               sends_left, consented_at, witness_id, ended_at, application_id, tracking_number,
               used_at, complained_at, office_id, fee_basis, fee_case_bn, fee_case_en, corrects,
               correction_id, changes, applicant, witness_number, is_first_use, fee_at_office,
               fee_day, replaced
          FROM mandates
         WHERE mandate_id = $1
           FOR UPDATE
        """,
        mandate_id,
    )
    return _mandate(tx, row) if row else None


async def find_open_correction(tx: Transaction, first: Mandate, correction_id: UUID) -> UUID | None:
    """Return the open mandate that asks for this correction of a submission.

    It is found among those of the citizen, which are few.
    """
    mandate_id: UUID | None = await tx.fetchval(
        """
        SELECT mandate_id FROM mandates
         WHERE citizen_id = $1 AND corrects = $2 AND correction_id = $3
           AND state IN ('requested', 'active')
         ORDER BY requested_at DESC
         LIMIT 1
        """,
        first.citizen_id,
        first.mandate_id,
        correction_id,
    )
    return mandate_id


async def read_uddokta_id(tx: Transaction, mandate_id: UUID) -> UUID | None:
    """Read which uddokta has a mandate, without a lock: that never changes."""
    uddokta_id: UUID | None = await tx.fetchval(
        "SELECT uddokta_id FROM mandates WHERE mandate_id = $1", mandate_id
    )
    return uddokta_id


async def read_citizen_id(tx: Transaction, mandate_id: UUID) -> UUID | None:
    """Read whose matter a mandate is, without a lock: after the consent that never changes."""
    citizen_id: UUID | None = await tx.fetchval(
        "SELECT citizen_id FROM mandates WHERE mandate_id = $1", mandate_id
    )
    return citizen_id


async def lock_open(  # noqa: PLR0913
    tx: Transaction,
    *,
    uddokta_id: UUID | None = None,
    service_centre_id: str | None = None,
    citizen_id: UUID | None = None,
    phone: str | None = None,
    expired_at: datetime | None = None,
    limit: int,
) -> list[Mandate]:
    """Read open mandates, and lock their rows until the transaction ends.

    They are selected by uddokta, by citizen, by the phone that is asked, or because their time is
    over; or by centre, which leaves consents to corrections.
    """
    rows = await tx.fetch(
        """
        SELECT mandate_id, public_service_id, service_centre_id, uddokta_id, device_id, citizen_id,
               consent, phone, language, fee_bdt, charge_bdt, cap_bdt, state, requested_at,
               expires_at, code_hash, code_salt, code_sent_at, code_expires_at, attempts_left,
               sends_left, consented_at, witness_id, ended_at, application_id, tracking_number,
               used_at, complained_at, office_id, fee_basis, fee_case_bn, fee_case_en, corrects,
               correction_id, changes, applicant, witness_number, is_first_use, fee_at_office,
               fee_day, replaced
          FROM mandates
         WHERE state IN ('requested', 'active')
           AND ($1::uuid IS NULL OR uddokta_id = $1)
           AND ($2::text IS NULL OR (service_centre_id = $2 AND corrects IS NULL))
           AND ($3::uuid IS NULL OR citizen_id = $3)
           AND ($4::bytea IS NULL OR phone_index = $4)
           AND expires_at <= coalesce($5, 'infinity'::timestamptz)
         ORDER BY expires_at
         LIMIT $6
           FOR UPDATE
        """,
        uddokta_id,
        service_centre_id,
        citizen_id,
        tx.cipher.index(phone) if phone else None,
        expired_at,
        limit,
    )
    return [_mandate(tx, row) for row in rows]


async def read_names(tx: Transaction, mandate: Mandate) -> Names:
    """Read how the public service, the centre and the uddokta of a mandate are called."""
    row = await tx.fetchrow(
        """
        SELECT public_services.name_bn AS service_bn, public_services.name_en AS service_en,
               service_centres.name_bn AS centre_bn, service_centres.name_en AS centre_en,
               first_name_bn, first_name_en, form_origin
          FROM public_services
         CROSS JOIN service_centres
         CROSS JOIN uddoktas
         WHERE public_service_id = $1
           AND service_centres.service_centre_id = $2
           AND uddokta_id = $3
        """,
        mandate.public_service_id,
        mandate.service_centre_id,
        mandate.uddokta_id,
    )
    return _names(row)


async def list_mandates(  # noqa: PLR0913
    tx: Transaction,
    *,
    citizen_id: UUID | None = None,
    uddokta_id: UUID | None = None,
    phone: str | None = None,
    phone_since: datetime | None = None,
    since: datetime,
    before: datetime | None = None,
    after: UUID | None = None,
    limit: int,
) -> list[Named]:
    """Read the newest mandates of a citizen or of an uddokta, requested in a time.

    With `after`, those that stand behind this one. With `phone`, also those for other citizens to
    which this number was asked to consent since `phone_since`.
    """
    rows = await tx.fetch(
        """
        SELECT mandate_id, mandates.public_service_id, mandates.service_centre_id, uddokta_id,
               device_id, citizen_id, consent, phone, language, mandates.fee_bdt, charge_bdt,
               cap_bdt, mandates.state, requested_at, expires_at, code_hash, code_salt,
               code_sent_at, code_expires_at, attempts_left, sends_left, consented_at, witness_id,
               ended_at, application_id, tracking_number, used_at, complained_at,
               office_id, fee_basis, fee_case_bn, fee_case_en, corrects, correction_id, changes,
               applicant, witness_number, is_first_use, fee_at_office, fee_day, replaced,
               public_services.name_bn AS service_bn,
               public_services.name_en AS service_en,
               service_centres.name_bn AS centre_bn, service_centres.name_en AS centre_en,
               first_name_bn, first_name_en, form_origin
          FROM mandates
          JOIN public_services USING (public_service_id)
          JOIN service_centres
            ON service_centres.service_centre_id = mandates.service_centre_id
          JOIN uddoktas USING (uddokta_id)
         WHERE (citizen_id = $1 OR uddokta_id = $2
                OR (mandates.phone_index = $7 AND consent = ANY($8::text[]) AND requested_at >= $9))
           AND requested_at >= $3
           AND requested_at < coalesce($4, 'infinity'::timestamptz)
           AND ($5::uuid IS NULL
                OR (requested_at, mandate_id) < (SELECT last.requested_at, last.mandate_id
                                                   FROM mandates AS last
                                                  WHERE last.mandate_id = $5))
         ORDER BY requested_at DESC, mandate_id DESC
         LIMIT $6
        """,
        citizen_id,
        uddokta_id,
        since,
        before,
        after,
        limit,
        tx.cipher.index(phone) if phone else None,
        list(PHONES_OF_OTHERS),
        phone_since,
    )
    return [_named(tx, row) for row in rows]


async def count_requests(tx: Transaction, phone: str, since: datetime) -> int:
    """Count the mandates for which a phone was asked since a time."""
    counted: int = await tx.fetchval(
        "SELECT count(*) FROM mandates WHERE phone_index = $1 AND requested_at >= $2",
        tx.cipher.index(phone),
        since,
    )
    return counted


async def insert_complaint(
    tx: Transaction,
    complaint_id: UUID,
    mandate_id: UUID,
    citizen_id: UUID,
    said: Complain,
    at: datetime,
) -> None:
    """Insert the complaint of a citizen about the help with a mandate, maybe another's."""
    await tx.execute(
        """
        INSERT INTO complaints (complaint_id, mandate_id, citizen_id, complained_at, text, kind)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        complaint_id,
        mandate_id,
        citizen_id,
        at,
        tx.cipher.seal(COMPLAINT, complaint_id, said.text),
        said.kind,
    )


async def save_grievance(tx: Transaction, complaint_id: UUID, grievance: str) -> None:
    """Store in which grievance a complaint is answered; the first counts."""
    await tx.execute(
        "UPDATE complaints SET grievance = $2 WHERE complaint_id = $1 AND grievance IS NULL",
        complaint_id,
        grievance,
    )


async def read_complaints(tx: Transaction, mandate_id: UUID) -> list[Complaint]:
    """Read the complaints about a mandate, the oldest first, and lock them.

    A damaged one says so.
    """
    rows = await tx.fetch(
        """
        SELECT complaint_id, mandate_id, citizen_id, text, kind, answer, answered_at, grievance
          FROM complaints
         WHERE mandate_id = $1
         ORDER BY complained_at
           FOR UPDATE
        """,
        mandate_id,
    )
    return [_complaint(tx, row) for row in rows]


async def read_complaints_of(
    tx: Transaction, mandate_ids: Collection[UUID], citizen_id: UUID
) -> list[Complaint]:
    """Read what a citizen complained about of some mandates, the oldest first."""
    rows = await tx.fetch(
        """
        SELECT complaint_id, mandate_id, citizen_id, text, kind, answer, answered_at, grievance
          FROM complaints
         WHERE mandate_id = ANY($1::uuid[]) AND citizen_id = $2
         ORDER BY complained_at
        """,
        list(mandate_ids),
        citizen_id,
    )
    return [_complaint(tx, row) for row in rows]


async def save_answer(tx: Transaction, complaint_id: UUID, answer: str, at: datetime) -> None:
    """Store the answer to a complaint."""
    await tx.execute(
        "UPDATE complaints SET answer = $2, answered_at = $3 WHERE complaint_id = $1",
        complaint_id,
        tx.cipher.seal(COMPLAINT_ANSWER, complaint_id, answer),
        at,
    )


async def find_unanswered(tx: Transaction) -> set[UUID]:
    """Return the mandates with complaints that have neither an answer nor a grievance."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT mandate_id FROM complaints
         WHERE answered_at IS NULL AND grievance IS NULL
        """
    )
    return {row["mandate_id"] for row in rows}


async def find_without_phone(tx: Transaction, number: str) -> WithoutPhone | None:
    """Read the citizen without a phone who has a number, and lock the row."""
    row = await tx.fetchrow(
        """
        SELECT citizen_id, pin_hash FROM citizens_without_phone
         WHERE number_index = $1
           FOR UPDATE
        """,
        tx.cipher.index(number),
    )
    return WithoutPhone(**row) if row else None


async def save_without_phone(tx: Transaction, number: str, citizen_id: UUID) -> UUID:
    """Insert a citizen without a phone, and lock the row; return who has the number.

    If somebody has it already, that row stays as it is.
    """
    owner: UUID = await tx.fetchval(
        """
        INSERT INTO citizens_without_phone AS stored (number_index, citizen_id)
        VALUES ($1, $2)
            ON CONFLICT (number_index) DO UPDATE SET citizen_id = stored.citizen_id
        RETURNING citizen_id
        """,
        tx.cipher.index(number),
        citizen_id,
    )
    return owner


async def delete_without_phone(tx: Transaction, citizen_id: UUID) -> None:
    """Delete the number and the PIN of a citizen who has a phone now."""
    await tx.execute("DELETE FROM citizens_without_phone WHERE citizen_id = $1", citizen_id)


async def lock_pin(tx: Transaction, citizen_id: UUID) -> Pin:
    """Read the PIN of a citizen without a phone, and lock the row."""
    row = await tx.fetchrow(
        """
        SELECT pin_hash, wrong_pins FROM citizens_without_phone
         WHERE citizen_id = $1
           FOR UPDATE
        """,
        citizen_id,
    )
    return Pin(**row) if row else Pin(None, 0)


async def save_pin(tx: Transaction, citizen_id: UUID, pin: Pin) -> None:
    """Store the hash of a citizen's PIN, and how often a wrong one was typed."""
    await tx.execute(
        """
        UPDATE citizens_without_phone SET pin_hash = $2, wrong_pins = $3
         WHERE citizen_id = $1
        """,
        citizen_id,
        pin.pin_hash,
        pin.wrong_pins,
    )


async def lock_phone(tx: Transaction, phone: str) -> None:
    """Let one transaction at a time ask a phone to consent for somebody else."""
    await tx.execute(
        "SELECT pg_advisory_xact_lock($1::int, hashtext(encode($2::bytea, 'hex')))",
        _WARDS_LOCK,
        tx.cipher.index(phone),
    )


async def find_citizen_with(tx: Transaction, number: str) -> UUID | None:
    """Read which citizen without a phone has a number; nothing is locked."""
    citizen_id: UUID | None = await tx.fetchval(
        "SELECT citizen_id FROM citizens_without_phone WHERE number_index = $1",
        tx.cipher.index(number),
    )
    return citizen_id


async def find_by_witness_number(tx: Transaction, witness_number: str) -> list[UUID]:
    """Read the mandates that wait for a witness under a number, among the open ones."""
    rows = await tx.fetch(
        """
        SELECT mandate_id FROM mandates
         WHERE state IN ('requested', 'active') AND state = 'requested' AND witness_number = $1
        """,
        witness_number,
    )
    return [row["mandate_id"] for row in rows]


async def count_wards(tx: Transaction, phone: str, since: datetime, *, without: UUID) -> int:
    """Count the other citizens for whom a phone consented since a time, or may consent now."""
    counted: int = await tx.fetchval(
        """
        SELECT count(DISTINCT citizen_id) FROM mandates
         WHERE phone_index = $1 AND requested_at >= $2 AND consent = ANY($3::text[])
           AND citizen_id <> $4
           AND (consented_at IS NOT NULL OR state = 'requested')
        """,
        tx.cipher.index(phone),
        since,
        list(PHONES_OF_OTHERS),
        without,
    )
    return counted


async def has_consented(tx: Transaction, phone: str, citizen_id: UUID) -> bool:
    """Return whether a phone has consented for a citizen before."""
    found: bool = await tx.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM mandates
             WHERE phone_index = $1 AND citizen_id = $2 AND consented_at IS NOT NULL)
        """,
        tx.cipher.index(phone),
        citizen_id,
    )
    return found


async def delete_of_citizen(tx: Transaction, citizen_id: UUID) -> int:
    """Delete complaints, PIN and personal data in mandates of an erased citizen.

    The complaints are those that she wrote, also about the help for others, and those about the
    help for her, which may name her. The mandates themselves stay: who acted for which application,
    at which price.

    Returns:
        How many complaints were deleted.
    """
    complaints = await tx.execute(
        """
        DELETE FROM complaints
         WHERE citizen_id = $1
            OR mandate_id = ANY (ARRAY(SELECT mandate_id FROM mandates WHERE citizen_id = $1))
        """,
        citizen_id,
    )
    await delete_without_phone(tx, citizen_id)
    await tx.execute(
        """
        UPDATE mandates
           SET phone = CASE WHEN phone IS NOT NULL THEN '' END, phone_index = NULL,
               applicant = NULL, fee_day = NULL, replaced = NULL
         WHERE citizen_id = $1
           AND (phone IS NOT NULL OR applicant IS NOT NULL OR fee_day IS NOT NULL
                OR replaced IS NOT NULL)
        """,
        citizen_id,
    )
    return complaints


async def delete_phone(tx: Transaction, phone: str) -> int:
    """Delete a number from all mandates, also from those of others; return how many had it."""
    return await tx.execute(
        "UPDATE mandates SET phone = '', phone_index = NULL WHERE phone_index = $1",
        tx.cipher.index(phone),
    )


async def forget_unconsented(tx: Transaction, before: datetime, limit: int) -> list[UUID]:
    """Delete what requests before a time have of people who did not consent; return whose they are.

    The request stays, without a person: who asked, for what, and at which price. Rows that somebody
    works on are left for the next time.
    """
    rows = await tx.fetch(
        """
        UPDATE mandates
           SET phone = CASE WHEN phone IS NOT NULL THEN '' END, phone_index = NULL,
               applicant = NULL, fee_day = NULL, replaced = NULL
         WHERE mandate_id = ANY(ARRAY(
               SELECT mandate_id FROM mandates
                WHERE consented_at IS NULL AND (phone_index IS NOT NULL OR applicant IS NOT NULL)
                  AND requested_at < $1
                ORDER BY requested_at
                LIMIT $2
                  FOR UPDATE SKIP LOCKED))
        RETURNING citizen_id
        """,
        before,
        limit,
    )
    return [row["citizen_id"] for row in rows]


async def find_never_consented(
    tx: Transaction, citizen_ids: Collection[UUID], before: datetime
) -> list[UUID]:
    """Return those citizens without a phone who agreed to nothing, and were not asked since.

    One about whose help somebody complained is not among them: the complaint would go with her.
    """
    rows = await tx.fetch(
        """
        SELECT citizen_id
          FROM citizens_without_phone AS asked
         WHERE citizen_id = ANY($1::uuid[])
           AND (SELECT count(*) FROM mandates
                 WHERE mandates.citizen_id = asked.citizen_id
                   AND (consented_at IS NOT NULL OR complained_at IS NOT NULL
                        OR requested_at >= $2)) = 0
        """,
        list(citizen_ids),
        before,
    )
    return [row["citizen_id"] for row in rows]


def _named(tx: Transaction, row: Any) -> Named:
    values = dict(row)
    names = _names({name: values.pop(name) for name in _NAMES})
    return _mandate(tx, values), names


_NAMES: Sequence[str] = (
    "service_bn", "service_en", "centre_bn", "centre_en", "first_name_bn", "first_name_en",
    "form_origin",
)  # fmt: skip


def _names(row: Any) -> Names:
    return Names(
        public_service=Text(bn=row["service_bn"], en=row["service_en"]),
        service_centre=Text(bn=row["centre_bn"], en=row["centre_en"]),
        helper=Text(bn=row["first_name_bn"], en=row["first_name_en"]),
        form_origin=row["form_origin"],
    )


def _written(replaced: tuple[Replacement, ...]) -> str | None:
    return _REPLACED.dump_json(replaced).decode() if replaced else None


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _mandate(tx: Transaction, row: Any) -> Mandate:
    """Return the mandate of a row. One whose number is damaged goes on as one without."""
    values, key = dict(row), row["mandate_id"]
    phone = row["phone"] and tx.cipher.try_open(MANDATE_PHONE, key, row["phone"])[0]
    applicant, _ = tx.cipher.try_open(MANDATE_APPLICANT, key, row["applicant"])
    bn, en = values.pop("fee_case_bn"), values.pop("fee_case_en")
    case = Text(bn=bn, en=en) if bn and en else None
    changes = tuple(values.pop("changes"))
    replaced, _ = tx.cipher.try_open(MANDATE_REPLACED, key, row["replaced"])
    fee_day, _ = tx.cipher.try_open(MANDATE_FEE_DAY, key, row["fee_day"])
    opened = {
        "phone": phone,
        "fee_case": case,
        "changes": changes,
        "applicant": applicant,
        "fee_day": date.fromisoformat(fee_day) if fee_day else None,
        "replaced": _REPLACED.validate_json(replaced) if replaced else (),
    }
    return Mandate(**{**values, **opened})


async def count_citizens_of_phone(tx: Transaction, phone_index: bytes, since: datetime) -> int:
    """Count the citizens for whom a phone consented since a time."""
    counted: int = await tx.fetchval(
        """
        SELECT count(DISTINCT citizen_id) FROM mandates
         WHERE phone_index = $1 AND requested_at >= $2 AND consented_at IS NOT NULL
        """,
        phone_index,
        since,
    )
    return counted


async def count_of_uddokta(tx: Transaction, uddokta_id: UUID, since: datetime) -> int:
    """Count the mandates of an uddokta that were requested since a time, with a consent."""
    counted: int = await tx.fetchval(
        """
        SELECT count(*) FROM mandates
         WHERE uddokta_id = $1 AND requested_at >= $2 AND consented_at IS NOT NULL
        """,
        uddokta_id,
        since,
    )
    return counted


async def count_of_centre(tx: Transaction, service_centre_id: str, since: datetime) -> int:
    """Count the mandates of a centre that were requested since a time, with a consent."""
    counted: int = await tx.fetchval(
        """
        SELECT count(*) FROM mandates
         WHERE service_centre_id = $1 AND requested_at >= $2 AND consented_at IS NOT NULL
        """,
        service_centre_id,
        since,
    )
    return counted


async def count_used_for_offices(
    tx: Transaction, office_ids: Collection[str], since: datetime
) -> dict[str, int]:
    """Count the mandates that were used since a time for applications to these offices."""
    rows = await tx.fetch(
        """
        SELECT office_id, count(*) AS used
          FROM mandates
         WHERE office_id = ANY($1::text[]) AND used_at >= $2
         GROUP BY office_id
        """,
        list(office_ids),
        since,
    )
    return {row["office_id"]: row["used"] for row in rows}


async def read_newest_for_offices(
    tx: Transaction, office_ids: Collection[str], since: datetime
) -> list[FlaggedMandate]:
    """Read the newest mandate that was used since a time for each of these offices."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT ON (office_id) mandate_id, uddokta_id, service_centre_id
          FROM mandates
         WHERE office_id = ANY($1::text[]) AND used_at >= $2
         ORDER BY office_id, used_at DESC
        """,
        list(office_ids),
        since,
    )
    return [FlaggedMandate(**row) for row in rows]


async def find_offices(tx: Transaction, mandate_ids: Collection[UUID]) -> set[str]:
    """Return the offices of the applications of these mandates."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT office_id
          FROM mandates
         WHERE mandate_id = ANY($1::uuid[]) AND office_id IS NOT NULL
        """,
        list(mandate_ids),
    )
    return {row["office_id"] for row in rows}


async def count_at_centres(
    tx: Transaction, service_centre_ids: Collection[str], since: datetime
) -> dict[str, Mapping[str, int]]:
    """Count mandates since a time, and the complaints about them, by centre."""
    rows = await tx.fetch(
        """
        SELECT service_centre_id,
               count(*) AS requested,
               count(*) FILTER (WHERE state = 'used') AS used,
               count(*) FILTER (WHERE state = 'revoked') AS revoked,
               count(complained_at) AS complaints
          FROM mandates
         WHERE service_centre_id = ANY($1::text[]) AND requested_at >= $2
         GROUP BY service_centre_id
        """,
        list(service_centre_ids),
        since,
    )
    return {row.pop("service_centre_id"): row for row in map(dict, rows)}


def _complaint(tx: Transaction, row: Any) -> Complaint:
    """Return a complaint of a row; what is damaged says so."""
    complaint_id = row["complaint_id"]
    text = tx.cipher.try_open(COMPLAINT, complaint_id, row["text"])[0]
    answer = row["answer"] and tx.cipher.try_open(COMPLAINT_ANSWER, complaint_id, row["answer"])[0]
    is_damaged = row["answer"] is not None and answer is None
    return Complaint(
        **{
            **row,
            "text": _DAMAGED if text is None else text,
            "answer": _DAMAGED if is_damaged else answer,
        }
    )
