from sandbox.faults.chance import SeededDraws, share


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
    """Two draws of one seed draw the same row, and no draw is like the one before."""
    first, second = SeededDraws(3), SeededDraws(3)
    row = [first.draw() for _ in range(50)]
    assert row == [second.draw() for _ in range(50)]
    assert len(set(row)) == 50
