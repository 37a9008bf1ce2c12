"""Controls of a page: what is shown with which answers, rows of lists, places of errors."""

from libs.bangladesh.geography import unions
from libs.pages.forms import controls
from tests.libs.pages.scenes import filling
from tests.services.portal.scenes import errors_of, section_of

DISTRICT, UPAZILA, CITY = "3026", "302618", "30260001"


def test_an_address_is_chosen_from_short_lists_one_after_the_other() -> None:
    """64 districts, then the areas of one, then the unions of an upazila; never more."""
    section = filling("S002").form.section_with("present_address")
    assert section is not None
    largest = 0
    seen = []
    for typed in ({}, {"district": DISTRICT}, {"district": DISTRICT, "area": UPAZILA}):
        given = {f"present_address.{name}": value for name, value in typed.items()}
        form = section_of(filling("S002", given), section).form("shown")
        lists = {name: values for name, values in form.controls.items() if values}
        seen.append([name.partition(".")[2] for name in lists if name.startswith("present_a")])
        largest = max(largest, *map(len, lists.values()))
    assert seen == [["district"], ["district", "area"], ["district", "area", "union"]]
    assert largest <= 65


def test_a_missing_area_is_an_error_at_its_list_once_the_district_is_chosen() -> None:
    """Before that, at the district."""
    for typed, place in (
        ({}, "present_address.district"),
        ({"present_address.district": DISTRICT}, "present_address.area"),
    ):
        form = filling("S002", typed)
        shown = controls.shown_controls(form.form.questions, typed)
        [error] = errors_of(form, ["present_address"])
        assert controls.place_of(error.pointer, form.form, shown) == place


def test_another_district_forgets_the_area_and_another_area_the_union() -> None:
    """Nobody sends an area that is not on the page."""
    section = filling("S002").form.section_with("present_address")
    assert section is not None
    union = next(one.union_id for one in unions() if one.upazila_code == UPAZILA)
    chosen = {"district": DISTRICT, "area": UPAZILA, "union": union}

    def kept(**changes: str) -> dict[str, str]:
        posted = {f"present_address.{k}": v for k, v in {**chosen, **changes}.items()}
        typed = controls.typed_in(section, posted, {})
        return {name.partition(".")[2]: value for name, value in typed.items()}

    assert kept() == chosen
    assert kept(district="1004") == {"district": "1004"}
    assert kept(area="302672") == {"district": DISTRICT, "area": "302672"}


def test_rows_without_answers_are_closed_up_and_rows_can_be_added_and_removed() -> None:
    """So a row of the body is the row of the page, and errors are at the right one."""
    form = filling("S025")
    section = form.form.section_with("plots")
    assert section is not None
    plots = next(question for question in section.questions if question.name == "plots")
    posted = {"plots.0.dag": " ", "plots.1.dag": "12", "plots.3.dag": "13", "plots.rows": "4"}
    typed = controls.typed_in(section, posted, {"by": "owner"})
    assert typed == {"by": "owner", "plots.0.dag": "12", "plots.1.dag": "13", "plots.rows": "4"}
    assert controls.rows_of(plots, {}) == 1
    assert controls.rows_of(plots, controls.with_more_rows(plots, {"plots.0.dag": "12"})) == 2
    without = controls.without_row(plots, {"plots.0.dag": "12", "plots.1.dag": "13"}, 0)
    assert without == {"plots.0.dag": "13", "plots.rows": "1"}
    assert controls.rows_of(plots, {"plots.rows": "999999"}) == plots.most_rows


def test_fields_of_other_pages_are_not_taken() -> None:
    """A page changes its own fields only, whatever is posted to it."""
    section = filling("S002").form.sections[0]
    posted = {"name_bn": "রহিমা", "description": "x", "x" * 200: "x", "name_bn" + "." * 120: "x"}
    assert controls.typed_in(section, posted, {"description": "কেন"}) == {
        "name_bn": "রহিমা",
        "description": "কেন",
    }
