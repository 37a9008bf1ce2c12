"""The newest event about a citizen counts, in any order of arrival."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from libs.contracts.identity import ContactChanged, ContactRemoved
from services.notifications.contacts.rules import newest_contacts

AT = datetime(2026, 1, 1, tzinfo=UTC)
CITIZEN = UUID(int=1)


def changed(phone: str, *, minutes: int) -> ContactChanged:
    """A change of number, so many minutes after the first."""
    at = AT + timedelta(minutes=minutes)
    return ContactChanged(citizen_id=CITIZEN, phone=phone, language="en", occurred_at=at)


def test_of_several_changes_the_newest_counts() -> None:
    """An older change that arrives later is ignored."""
    (contact,) = newest_contacts(
        [changed("+8801711111111", minutes=2), changed("+8801722222222", minutes=1)]
    )
    assert contact.phone == "+8801711111111"


def test_a_removed_contact_has_no_number() -> None:
    """It was taken from the account."""
    removed = ContactRemoved(citizen_id=CITIZEN, occurred_at=AT + timedelta(minutes=1))
    (contact,) = newest_contacts([changed("+8801711111111", minutes=0), removed])
    assert contact.phone is None


def test_citizens_are_kept_apart() -> None:
    """Each citizen of a batch has one contact."""
    other = ContactChanged(citizen_id=UUID(int=2), phone="+8801733333333", language="bn")
    contacts = newest_contacts([changed("+8801711111111", minutes=0), other])
    assert {contact.citizen_id for contact in contacts} == {CITIZEN, UUID(int=2)}


def test_a_contact_is_logged_without_its_number() -> None:
    """The repr of a contact has no phone number."""
    (contact,) = newest_contacts([changed("+8801711111111", minutes=0)])
    assert "880" not in repr(contact)
