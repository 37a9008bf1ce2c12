"""The buttons inside a section: papers given and taken away, rows, the same address again."""

from dataclasses import replace

from libs.pages.forms import controls
from libs.pages.forms.filling import Filling
from libs.pages.forms.questions import PAPER_ID, Question, Section
from libs.pages.posts import Posted


def paper_asked_for(filling: Filling, section: Section, posted: Posted) -> Question | None:
    """Return the paper of a section that is to be given now."""
    question = controls.question_at(filling.form, posted.get("paper", ""))
    is_here = question is not None and controls.field_of(question.name) in {
        asked.name for asked in section.questions
    }
    return question if question and is_here and question.kind == "paper" else None


def changed_by_button(filling: Filling, section: Section, posted: Posted) -> Filling | None:
    """Return the form as a button of a section changes it; None if no such button was pressed."""
    return (
        _with_rows_changed(filling, section, posted)
        or _without_paper(filling, posted)
        or _with_same_address(filling, posted)
    )


def _with_same_address(filling: Filling, posted: Posted) -> Filling | None:
    """Return the form with an address copied into another one, as far as that has the parts."""
    target, _, source = posted.get("same", "").partition("=")
    addresses = {address.name: address for address in filling.form.addresses}
    if target not in addresses or source not in addresses:
        return None
    copied = {
        part.name: filling.typed[f"{source}.{part.key}"]
        for part in addresses[target].parts
        if f"{source}.{part.key}" in filling.typed
    }
    kept = {k: v for k, v in filling.typed.items() if not k.startswith(f"{target}.")}
    return replace(filling, typed={**kept, **copied})


def _without_paper(filling: Filling, posted: Posted) -> Filling | None:
    place = f"{posted.get('without', '')}.{PAPER_ID}"
    if place not in filling.typed:
        return None
    return replace(filling, typed={k: v for k, v in filling.typed.items() if k != place})


def _with_rows_changed(filling: Filling, section: Section, posted: Posted) -> Filling | None:
    for question in section.questions:
        if posted.get("add") == question.name:
            return replace(filling, typed=controls.with_more_rows(question, filling.typed))
        for number in range(controls.rows_of(question, filling.typed)):
            if posted.get("remove") == f"{question.name}.{number}":
                return replace(filling, typed=controls.without_row(question, filling.typed, number))
    return None
