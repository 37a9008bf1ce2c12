from services.catalogue.public_services.reference import category_names, read_reference


def test_the_reference_is_complete() -> None:
    """81 services, 67 bodies, 5,105 areas, 1,343 post offices."""
    reference = read_reference()
    counts = map(len, (reference.services, reference.bodies, reference.areas, reference.postcodes))
    assert list(counts) == [81, 67, 5105, 1343]


def test_every_category_has_a_name_in_both_languages() -> None:
    """Every category in use has a name, and every named category is in use."""
    used = {service.category for service in read_reference().services}
    assert used == set(category_names())
    assert all(name.bn and name.en for name in category_names().values())
    assert list(category_names()) == sorted(category_names())
