from sandbox.domain.draws import Dice, share


def test_the_same_question_has_the_same_answer() -> None:
    """Chance is repeatable per seed, and another seed is another chance."""
    assert share(1, "way", "a") == share(1, "way", "a")
    assert share(1, "way", "a") != share(2, "way", "a")


def test_shares_are_spread_evenly() -> None:
    """A tenth of all questions falls into each tenth."""
    drawn = [share(7, number) for number in range(20_000)]
    for tenth in range(10):
        inside = sum(tenth / 10 <= each < (tenth + 1) / 10 for each in drawn)
        assert 1_800 < inside < 2_200


def test_a_row_of_throws_is_repeatable() -> None:
    """Two dice of one seed throw the same row, and no throw is like the one before."""
    first, second = Dice(3), Dice(3)
    row = [first.throw() for _ in range(50)]
    assert row == [second.throw() for _ in range(50)]
    assert len(set(row)) == 50
