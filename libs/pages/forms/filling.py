"""A form that a person fills in, and the errors that the public API finds."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from libs.contracts.applications import AnswerErrors, CheckAnswers
from libs.contracts.catalogue import ServiceView
from libs.contracts.language import Text
from libs.contracts.problems import ProblemFieldError
from libs.errors import Unavailable
from libs.grievances import GRIEVANCE
from libs.pages.forms.questions import Form, read_form
from libs.pages.forms.rules import body_of
from libs.pages.gateway import ApiProblem, Gateway, path_of
from libs.pages.visits import Visit


@dataclass(frozen=True, slots=True)
class Filling:
    """A form that a person fills in.

    Args:
        draft_id: of its draft; also the key with which it is sent.
        service: the public service.
        form: its form as it is now.
        typed: everything typed so far.
        seen: ids of the sections that were answered.
        revision: of the draft; 0 as long as nothing is stored.
        form_version: of the form that was shown when the draft was stored.
        tracking_number: of the application that it has become.
        correction_of: tracking number of the application that it corrects; empty for a new one.
        note: what the ministry asks to correct.
    """

    draft_id: UUID
    service: ServiceView
    form: Form
    typed: Mapping[str, str]
    seen: tuple[str, ...]
    revision: int
    form_version: int
    tracking_number: str | None = None
    correction_of: str = ""
    note: Text | None = None

    @property
    def has_old_form(self) -> bool:
        """Whether the form has changed since the draft was stored."""
        return self.form_version != self.service.form_version

    @property
    def body(self) -> dict[str, Any]:
        """The answers as the API takes them."""
        return body_of(self.form, self.typed)


async def read_service(gateway: Gateway, visit: Visit, public_service_id: str) -> ServiceView:
    """Return a public service with its form."""
    return await gateway.read(
        visit, ServiceView, path_of("/v1/services/{id}", id=public_service_id)
    )


async def with_service_named(gateway: Gateway, visit: Visit, filling: Filling) -> Filling:
    """Return a form to be shown: a grievance with the name of the service complained of."""
    service_id = filling.typed.get("service", "")
    if filling.service.public_service_id != GRIEVANCE or not service_id:
        return filling
    try:
        service = await read_service(gateway, visit, service_id)
    except (ApiProblem, Unavailable):  # there is none, or it is not known now: the id is shown
        return filling
    words = f"{service.name.in_language(visit.language)} ({service_id})"
    return replace(filling, typed={**filling.typed, "service": words})


def without_answers(service: ServiceView, draft_id: UUID) -> Filling:
    """Return the form of a public service, with nothing typed."""
    return Filling(
        draft_id=draft_id,
        service=service,
        form=read_form(service.form, service.form_sections),
        typed={},
        seen=(),
        revision=0,
        form_version=service.form_version,
    )


async def find_errors(
    gateway: Gateway, visit: Visit, filling: Filling, fields: Collection[str] | None = None
) -> list[ProblemFieldError]:
    """Return the errors that the API finds in the answers, or in some fields of the form."""
    found = await gateway.post(
        visit,
        path_of("/v1/services/{id}/checks", id=filling.service.public_service_id),
        CheckAnswers(form=filling.body, fields=None if fields is None else sorted(fields)),
        model=AnswerErrors,
        personal=False,
    )
    return found.errors
