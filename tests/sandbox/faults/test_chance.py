from sandbox.faults.chance import share


def test_the_same_key_has_the_same_number() -> None:
    """Numbers are repeatable for a seed, and differ between seeds."""
    assert share(1, "way", "a") == share(1, "way", "a")
    assert share(1, "way", "a") != share(2, "way", "a")


def test_shares_are_spread_evenly() -> None:
    """A tenth of the keys falls into every tenth."""
    drawn = [share(7, number) for number in range(20_000)]
    for tenth in range(10):
        inside = sum(tenth / 10 <= each < (tenth + 1) / 10 for each in drawn)
        assert 1_800 < inside < 2_200
