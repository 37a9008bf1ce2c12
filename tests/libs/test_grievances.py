"""A grievance goes to an office that it does not complain of, and so does its appeal."""

from datetime import date

import pytest

from libs.bangladesh.bodies import bodies, bodies_by_id
from libs.contracts.applications import ResponsibleOffice
from libs.contracts.language import Text
from libs.grievances import GRIEVANCE, is_complained_of
from libs.offices import Responsible, office_of_role, responsible
from services.catalogue.public_services.reference import read_reference

TODAY = date(2026, 11, 25)
RULES = [rule for key, rule in read_reference(grievances=True).routing if key == GRIEVANCE]
NOBODY = Responsible("cabinet", "none_yet")
ABOUT = ("application", "office", "service", "helper")
AT_GRIEVANCES = [
    f"{kind}-{body}"
    for kind in ("grievance", "grievance-appeal")
    for body in ("cabinet", "pmo", "mopa")
]


def first(**answers: str) -> tuple[str, ResponsibleOffice]:
    """The body and office that answer."""
    found = responsible(RULES, answers, TODAY, NOBODY)
    assert found.office is not None
    assert found.adapter == "desk"
    return found.ministry, found.office


def of_appeal(**answers: str) -> tuple[str, ResponsibleOffice]:
    """The body and office that decide the appeal."""
    found = office_of_role(RULES, "appeal_officer", answers, TODAY)
    assert found is not None
    assert found.ministry is not None
    return found.ministry, found.office


@pytest.mark.parametrize("body", [one.body_id for one in bodies()])
@pytest.mark.parametrize("about", ABOUT)
def test_no_grievance_comes_to_the_office_complained_of(body: str, about: str) -> None:
    """Whatever office or service it names, by its id or its name: not first, and not on appeal."""
    own = first(body=body, about=about)[1]
    named = [own.office_id, own.name.bn, own.name.en.upper(), "land-302625", *AT_GRIEVANCES]
    for office in (None, f"grievance-{body}", *named):
        for service in (None, "S005", GRIEVANCE):
            said = {"body": body, "about": about, "office": office, "service": service}
            answers = {name: value for name, value in said.items() if value}
            for ministry, found in (first(**answers), of_appeal(**answers)):
                assert not is_complained_of(found.office_id, found.name, ministry, answers)
                assert office not in {found.office_id, found.name.bn}
                assert (ministry, body) != ("cabinet", "cabinet")
            assert first(**answers)[1].office_id != of_appeal(**answers)[1].office_id


def test_a_body_answers_about_its_offices_and_the_cabinet_division_decides_the_appeal() -> None:
    """The office has the body's name; about the one that answers, the Cabinet Division answers."""
    ministry, office = first(body="lgd", office="union-U2393")
    assert (ministry, office.office_id) == ("lgd", "grievance-lgd")
    assert bodies_by_id()["lgd"].name_bn in office.name.bn
    assert of_appeal(body="lgd")[1].office_id == "grievance-appeal-cabinet"
    for about_it in ({"office": "grievance-lgd"}, {"service": GRIEVANCE}):
        assert first(body="lgd", **about_it)[1].office_id == "grievance-cabinet"


def test_about_the_cabinet_division_the_prime_ministers_office_answers() -> None:
    """First and on appeal, at two offices; about its own, the Cabinet Division does."""
    assert first(body="cabinet")[1].office_id == "grievance-pmo"
    assert of_appeal(body="cabinet")[1].office_id == "grievance-appeal-pmo"
    assert first(body="pmo", office="grievance-pmo")[1].office_id == "grievance-cabinet"


@pytest.mark.parametrize(
    "said",
    [
        "অভিযোগ নিষ্পত্তি কর্মকর্তা",
        "এলজিডির অনিক",
        "জিআরএস শাখা",
        "The Grievance Officer",
        "grievance lgd",
        "অভিযোগ নিষ্পত্তি কর্মকর্তার দপ্তর (স্থানীয় সরকার বিভাগ), ঢাকা",
        "তৃতীয় তলার কক্ষ (grievance-lgd)",
    ],
)
def test_the_officer_of_grievances_is_known_in_any_words(said: str) -> None:
    """As a citizen writes it: without the body's name, a comma, or with more around it."""
    assert first(body="lgd", office=said)[1].office_id == "grievance-cabinet"
    assert of_appeal(body="lgd", office=said)[1].office_id == "grievance-appeal-cabinet"


@pytest.mark.parametrize(
    "said", ["বিদ্যুৎ অভিযোগ কেন্দ্র", "আপিল কর্মকর্তা, অভিযোগ নিষ্পত্তি", "অনিকেত সড়ক কার্যালয়", "-", "lgd"]
)
def test_another_office_is_answered_for_by_its_body(said: str) -> None:
    """One with a like name, or that is only a sign."""
    assert first(body="lgd", office=said)[1].office_id == "grievance-lgd"


@pytest.mark.parametrize(
    "said",
    [
        "Appeal officer for grievances - cabinet division",
        "To: Appeal officer for grievances, Cabinet Division (Dhaka)",
    ],
)
def test_signs_and_words_around_the_name_of_an_office_do_not_matter(said: str) -> None:
    """No appeal goes to the one that is complained of."""
    assert of_appeal(body="lgd", office=said)[1].office_id == "grievance-appeal-pmo"


def test_a_body_that_is_none_is_at_no_office() -> None:
    """A form that names none has no rule."""
    assert responsible(RULES, {"body": "no-body"}, TODAY, NOBODY) == NOBODY


def test_an_office_is_known_by_its_id_beside_other_words() -> None:
    """As it stands behind what a citizen wrote, when the complaint is about an earlier one."""
    said = {"body": "lgd", "office": "তৃতীয় তলার কক্ষ (union-U2393)"}
    name = Text(bn="অন্য নাম", en="Another name")
    assert is_complained_of("union-U2393", name, "lgd", said)
    assert not is_complained_of("union-U239", name, "lgd", said)
