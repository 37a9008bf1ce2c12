from sandbox.settings import Settings


def test_secrets_do_not_show() -> None:
    """Printing the settings gives no secret away."""
    assert "sandbox-sms-secret" not in repr(Settings())


def test_it_needs_neither_broker_nor_database() -> None:
    """The sandbox is another destination: everything it needs has a sound value."""
    assert Settings().dsn == ""
