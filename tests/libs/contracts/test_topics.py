import pytest

from libs.bangladesh.bodies import bodies
from libs.contracts import topics
from libs.contracts.applications import SubmissionWithdrawn
from libs.contracts.catalogue import PublicServiceChanged
from libs.contracts.events import Event
from libs.ids import new_id

SERVICES = {
    "gateway",
    "identity",
    "catalogue",
    "applications",
    "ministries",
    "notifications",
}


class Unheard(Event):
    """An event of no topic."""


def test_each_event_stands_in_exactly_one_topic() -> None:
    """`outbox.add` finds the topic from the event alone."""
    every = [event for topic in topics.TOPICS for event in topic.events]
    assert len(every) == len(set(every))
    assert topics.topic_of(PublicServiceChanged) is topics.CATALOGUE
    with pytest.raises(LookupError, match="Unheard"):
        topics.topic_of(Unheard)


def test_there_is_one_topic_for_each_ministry_and_direction() -> None:
    """67 bodies, each with its own submissions and its own decisions."""
    assert len(bodies()) == 67
    assert len(set(topics.SUBMISSIONS.names())) == 67
    assert "submissions.mopa.v1" in topics.SUBMISSIONS.names()
    assert topics.APPLICATIONS.names() == ("applications.v1",)


def test_every_name_leads_back_to_its_topic() -> None:
    """A record's topic is found by the name on the broker."""
    by_name = topics.topics_by_name()
    assert by_name["ministries.mopa.v1"] is topics.MINISTRIES
    assert len(by_name) == 2 * 67 + 5


def test_an_event_of_a_ministry_names_its_topic() -> None:
    """The ministry in the event decides where it goes."""
    event = SubmissionWithdrawn(
        application_id=new_id(),
        tracking_number="NS-7K4M9-PXRT3-HC2D3",
        public_service_id="S001",
        ministry="mofa",
    )
    assert topics.SUBMISSIONS.name_of(event) == "submissions.mofa.v1"


def test_personal_data_travels_in_restricted_topics_only() -> None:
    """Whatever holds a form, a phone or a code is readable by its named readers alone."""
    personal = {"form", "phone", "code"}
    for topic in topics.TOPICS:
        for event in topic.events:
            if personal & event.model_fields.keys():
                assert topic.restricted, event.__name__


def test_who_reads_under_the_one_mechanism_has_dead_letters() -> None:
    """The gateway's live view has none; every other reader has a topic for them."""
    assert topics.READING_SERVICES == ("applications", "ministries", "notifications")
    assert topics.dead_letter_topic("ministries") == "ministries.deadletter.v1"


def test_topic_names_are_such_that_brokers_take_them() -> None:
    """At most 249 characters of letters, digits, points, dashes and underscores."""
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789.-_")
    for name in topics.topics_by_name():
        assert len(name) <= 249
        assert set(name) <= allowed


def test_whose_topic_it_is_can_be_read_from_its_name() -> None:
    """Back from the name on the broker to the ministry."""
    name = topics.SUBMISSIONS.name_for("lgd")
    assert topics.SUBMISSIONS.ministry_of(name) == "lgd"
