from services.catalogue.public_services.reference import category_names, read_reference


def test_every_category_has_a_name_in_both_languages() -> None:
    """Every category in use has a name, and every named category is in use."""
    used = {service.category for service in read_reference().services}
    assert used == set(category_names())
    assert all(name.bn and name.en for name in category_names().values())
    assert list(category_names()) == sorted(category_names())
