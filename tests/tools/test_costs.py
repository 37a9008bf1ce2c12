from tests.costs import in_words


def test_a_second_costs_what_the_processes_leave_of_it() -> None:
    """Four processes share a run: a second of one is a quarter of a second of the run."""
    durations_s = {"slow": 30.0} | {str(number): 1.0 for number in range(10)}
    assert in_words(durations_s, 10.0, 1) == (
        "11 tests took 40 s within 10 s by the clock: a second more in a test makes the run "
        "0.25 s longer. The 1 slowest took 75%."
    )
