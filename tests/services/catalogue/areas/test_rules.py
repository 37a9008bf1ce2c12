from services.catalogue.areas.rules import reference_areas


def test_an_area_comes_after_its_parent() -> None:
    """Codes are unique and begin with the parent's code; only geo divisions have no parent."""
    seen: set[str] = set()
    for area in reference_areas():
        assert area.code not in seen
        assert (area.parent in seen) if area.parent else area.kind == "geo_division"
        assert area.kind == "union" or area.code.startswith(area.parent or "")
        seen.add(area.code)


def test_every_area_has_a_name_in_both_languages() -> None:
    """No name is empty."""
    assert all(area.name.bn.strip() and area.name.en.strip() for area in reference_areas())
