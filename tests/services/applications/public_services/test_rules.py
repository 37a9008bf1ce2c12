from datetime import date

from tests.services.applications.builders import filled_cache, public_service


def test_a_form_is_compiled_once_per_version() -> None:
    """Only a new form version is compiled again."""
    cache = filled_cache()
    form = cache.find("S001").form
    cache.put([public_service("S001", open=False)])
    assert cache.find("S001").form is form
    cache.put([public_service("S001", form_version=2)])
    assert cache.find("S001").form is not form
    assert set(cache.versions()) == {"S001", "S010"}


def test_the_due_date_counts_working_days() -> None:
    """Fridays, Saturdays and holidays do not count; without a deadline there is no date."""
    assert public_service("S001").due_on(date(2026, 11, 25)) == date(2026, 12, 6)
    without = public_service("S001", service_deadline_days=None)
    assert without.due_on(date(2026, 11, 25)) is None


def test_the_name_of_an_unknown_service_is_its_id() -> None:
    """An application can be shown even if its public service is unknown."""
    assert filled_cache().name_of("S777").bn == "S777"
    assert filled_cache().name_of("S001").en == "Birth registration"
