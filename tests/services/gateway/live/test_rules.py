from datetime import UTC, datetime, timedelta

from libs.contracts.applications import ApplicationDecided, CorrectionRequested
from libs.contracts.language import Text
from libs.contracts.notifications import MessageFailed
from libs.ids import new_id
from libs.trace_context import TraceContext
from services.gateway.live.rules import frame, live_event, missed
from tests.services.gateway.scenes import APPLICATION, submitted, view


def test_live_event_has_no_ids_of_persons() -> None:
    """It has the note, the outcome and the trace."""
    decided = ApplicationDecided.because_of(
        submitted().in_trace(TraceContext("00-" + "ab" * 16 + "-" + "cd" * 8 + "-00")),
        outcome="approved",
        note=Text(bn="মঞ্জুর", en="Approved"),
    )
    told = live_event(decided)
    assert (told.type, told.outcome, told.trace_id) == (
        "application_decided",
        "approved",
        "ab" * 16,
    )
    assert told.note == Text(bn="মঞ্জুর", en="Approved")
    assert str(decided.citizen_id) not in told.model_dump_json()


def test_every_watched_event_has_a_live_event() -> None:
    """Events of applications and of messages both name the application."""
    note = Text(bn="ক", en="a")
    asked = CorrectionRequested.because_of(submitted(), note=note)
    failed = MessageFailed(
        application_id=APPLICATION,
        message_id=new_id(),
        channel="sms",
        template="decided",
        reason="absent",
    )
    assert live_event(asked).note == note
    assert live_event(failed).application_id == APPLICATION


def test_reconnecting_view_is_sent_what_it_missed() -> None:
    """Exactly the events after the last one are sent, with their titles."""
    first, second, third = new_id(), new_id(), new_id()
    now = view(first, second, third)
    assert [event.event_id for event in missed(now, str(first))] == [second, third]
    assert missed(now, str(third)) == []
    assert missed(now, str(first).upper())[0].title == Text(bn="জমা হয়েছে", en="Submitted")


def test_entry_before_the_last_event_with_a_later_time_is_missed() -> None:
    """An event about an SMS is sent live before its entry is in the timeline."""
    decided, sent = new_id(), new_id()
    now = view(decided, sent)
    earlier = now.timeline[0].at - timedelta(seconds=1)
    late_line = now.timeline[1].model_copy(update={"at": earlier})
    now = now.model_copy(update={"timeline": [now.timeline[0], late_line]})
    assert [event.event_id for event in missed(now, str(sent))] == [decided]


def test_new_view_missed_nothing() -> None:
    """Without a last event the view has the snapshot only."""
    assert missed(view(new_id()), None) == []


def test_unknown_last_event_gets_everything() -> None:
    """An event may be sent twice, but is never missed."""
    assert len(missed(view(new_id(), new_id()), "nonsense")) == 2


def test_frame_is_one_event() -> None:
    """A frame has its id, its type and one line of JSON, and ends with a blank line."""
    assert frame("snapshot", b"{}", "7") == b"id: 7\nevent: snapshot\ndata: {}\n\n"
    assert frame("reconnect", b"{}") == b"event: reconnect\ndata: {}\n\n"


def test_times_of_events_are_aware() -> None:
    """A live event's time has its zone."""
    assert live_event(submitted()).at.astimezone(UTC) == datetime(2026, 12, 16, 3, 30, tzinfo=UTC)
