"""Pages of a form at the counter, without a server."""

from pathlib import Path

import pytest

from libs.clock import Clock
from libs.contracts.language import Language
from libs.contracts.problems import ProblemFieldError
from libs.pages.assets import read_assets
from libs.pages.centre_devices import CentreDevices
from libs.pages.form_tokens import FormTokens
from libs.pages.forms.views import find_paper
from libs.pages.gateway import Gateway
from libs.pages.rendering import Pages
from libs.pages.visits import visit_of
from libs.telemetry.metrics import Metrics
from libs.telemetry.tracing import Tracing
from libs.web.calling.client import HttpClient
from libs.web.signed.seals import Seals
from services.desk import main as desk
from services.desk.counter.assisted_forms import AssistedCorrection, Counter, known_from
from services.desk.counter.device_calls import DeviceCalls
from services.desk.staff.rules import pages_of
from tests.libs.pages.scenes import KINDS, filling, page_of, request_of

TEMPLATES = sorted(Path(desk.__file__).parent.glob("*/templates"))


def correction_of(public_service_id: str, language: Language = "bn") -> AssistedCorrection:
    """The correction of an application; nothing is asked of the API."""
    pages = Pages(
        TEMPLATES,
        FormTokens(bytes(32)),
        read_assets(),
        secure=False,
        shared={"portal": "http://portal", "owner": None, "pages_of": pages_of},
    )
    seals, clock = Seals(bytes(32)), Clock()
    client = HttpClient("gateway", tracing=Tracing("desk"), metrics=Metrics("desk"))
    gateway = Gateway(client, "http://127.0.0.1:9", 1.0, clock)
    calls = DeviceCalls(gateway, CentreDevices(seals, "http://gateway", clock))
    request = request_of("/counter/corrections/NS-1", language)
    counter = Counter(pages, gateway, calls)
    return AssistedCorrection(
        counter, request, visit_of(request), filling(public_service_id), "NS-1"
    )


@pytest.mark.parametrize(
    ("language", "says"),
    [("bn", "“টিকা কার্ড বা প্রত্যয়ন”-এর ছবি বা পিডিএফ দিন।"), ("en", "Give a photo or PDF of")],
)
def test_wrong_answers_are_told_as_on_the_page_of_their_question(
    language: Language, says: str
) -> None:
    """Nobody fills in a paper."""
    wrong = ProblemFieldError(pointer="/form/epi_card", code="required", message="fill in")
    page = page_of(correction_of("S001", language).check([wrong]))
    assert page.status == 422
    assert says in page.text
    assert "fill in" not in page.text


@pytest.mark.parametrize(("service_id", "kind"), [("S001", "holding_tax"), ("S025", "land_tax")])
def test_a_paper_of_the_citizen_is_kept_as_its_kind_and_shown_as_a_specimen(
    service_id: str, kind: str
) -> None:
    """Fields of one name ask for different papers."""
    form = correction_of(service_id)
    question, _ = find_paper(form.filling, "tax_receipt")
    page = page_of(form.paper(question, KINDS))
    assert page.form("file").fields["kind"] == kind
    assert f"নমুনা দেখুন: {KINDS[kind].name.bn}" in page.text


@pytest.mark.parametrize(
    ("asked", "begins"),
    [
        (
            {"consent": "own_phone", "phone": "01712345678"},
            {"mobile": "01712345678", "name_bn": "", "nid": ""},
        ),
        (
            {"consent": "witness", "applicant": "রহিমা", "number": "১২৩৪৫৬৭৮৯০"},
            {"mobile": "", "name_bn": "রহিমা", "nid": "1234567890", "identity_kind": "nid"},
        ),
        (  # whose number it is, and of which kind, nobody has said
            {"consent": "guardian_phone", "phone": "01712345678", "number": "1" * 17},
            {"mobile": "", "nid": ""},
        ),
    ],
)
def test_a_form_begins_with_what_was_typed_for_the_consent(
    asked: dict[str, str], begins: dict[str, str]
) -> None:
    """So phone, name and number are typed once; a guardian's phone is not the applicant's."""
    known = known_from(filling("S002").form, asked)
    assert {field: known.get(field, "") for field in begins} == begins
