import pytest

from libs.bangladesh.bodies import bodies
from libs.contracts import topics
from libs.contracts.applications import ServedBy, SubmissionWithdrawn
from libs.contracts.catalogue import PublicServiceChanged
from libs.contracts.events import Event
from libs.contracts.ministries import MinistryReceived
from libs.ids import new_id

SERVICES = {
    "gateway",
    "identity",
    "catalogue",
    "applications",
    "ministries",
    "notifications",
}


class EventWithoutTopic(Event):
    """An event class without a topic."""


def test_an_event_has_one_topic_that_we_write_it_to() -> None:
    """Submissions, and what is said of them, go by the adapter that has them."""
    assert topics.topics_of(PublicServiceChanged) == (topics.CATALOGUE,)
    assert topics.topic_of(withdrawn("hosted")) is topics.HOSTED_SUBMISSIONS
    assert topics.topic_of(withdrawn("own")) is topics.SUBMISSIONS
    assert topics.topic_of(withdrawn("desk")) is topics.DESK_SUBMISSIONS
    said = MinistryReceived(application_id=new_id(), ministry="mofa")
    assert topics.topic_of(said) is topics.HOSTED_MINISTRIES
    said_here = said.model_copy(update={"served_by": "desk"})
    assert topics.topic_of(said_here) is topics.DESK_MINISTRIES
    with pytest.raises(LookupError, match="EventWithoutTopic"):
        topics.topics_of(EventWithoutTopic)


def withdrawn(served_by: ServedBy) -> SubmissionWithdrawn:
    """A withdrawal of an application to a ministry."""
    return SubmissionWithdrawn(
        application_id=new_id(),
        tracking_number="NS-7K4M9-PXRT3-HC2D3",
        public_service_id="S001",
        ministry="mofa",
        served_by=served_by,
        applicant_id=new_id(),
        actor_id=new_id(),
    )


def test_there_is_one_topic_for_each_ministry_and_direction() -> None:
    """67 bodies have a topic of submissions and one of decisions each, for an adapter of theirs."""
    assert len(bodies()) == 67
    assert len(set(topics.SUBMISSIONS.names())) == 67
    assert "submissions.mopa.v1" in topics.SUBMISSIONS.names()
    assert topics.APPLICATIONS.names() == ("applications.v1",)


def test_every_name_leads_back_to_its_topic() -> None:
    """A record's topic is found by its name on the broker."""
    by_name = topics.topics_by_name()
    assert by_name["ministries.mopa.v1"] is topics.MINISTRIES
    assert len(by_name) == 2 * 67 + 38


def test_an_event_of_a_ministry_names_its_topic() -> None:
    """The event's ministry determines the topic's name."""
    event = withdrawn("own")
    assert topics.SUBMISSIONS.name_of(event) == "submissions.mofa.v1"
    assert topics.HOSTED_SUBMISSIONS.name_of(event) == "submissions.hosted.v1"


def test_personal_data_travels_in_restricted_topics_only() -> None:
    """Events with a form, a phone or a code are in restricted topics."""
    personal = {"form", "phone", "code"}
    for topic in topics.TOPICS:
        for event in topic.events:
            if personal & event.model_fields.keys():
                assert topic.restricted, event.__name__


def test_every_consuming_service_has_a_dead_letter_topic() -> None:
    """The gateway and the catalogue, which have broadcast consumers only, have none."""
    expected = (
        "applications", "cases", "documents", "identity", "issuance", "ministries", "notifications",
        "programme",
    )  # fmt: skip
    assert expected == topics.READING_SERVICES
    assert topics.dead_letter_topic("ministries") == "ministries.deadletter.v1"


def test_topic_names_are_legal() -> None:
    """At most 249 characters: letters, digits, dots, hyphens and underscores."""
    allowed = set("abcdefghijklmnopqrstuvwxyz0123456789.-_")
    for name in topics.topics_by_name():
        assert len(name) <= 249
        assert set(name) <= allowed


def test_the_ministry_of_a_topic_follows_from_its_name() -> None:
    """The name on the broker has the ministry's id."""
    name = topics.SUBMISSIONS.name_for("lgd")
    assert topics.SUBMISSIONS.ministry_of(name) == "lgd"
