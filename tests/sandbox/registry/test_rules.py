from sandbox.registry.rules import match_of


def test_the_last_digits_choose_the_match() -> None:
    """Whoever tries the sandbox can choose what the register knows."""
    assert match_of("1234567800") == "none"
    assert match_of("1234567801") == "partial"
    assert match_of("1234567890") == "full"
