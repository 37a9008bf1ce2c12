import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from libs.settings import ServiceSettings


class Settings(ServiceSettings):
    """The settings of a service called example."""

    model_config = SettingsConfigDict(env_prefix="EXAMPLE_")


def test_everything_has_a_default() -> None:
    """A service starts without any environment."""
    settings = ServiceSettings()
    assert settings.kafka_security == "PLAINTEXT"
    assert settings.replica == "0"


def test_own_knobs_have_the_services_prefix_and_shared_ones_the_platforms(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What differs between services is named by the service, what they share by the platform."""
    monkeypatch.setenv("EXAMPLE_DSN", "postgresql://own")
    monkeypatch.setenv("EXAMPLE_KAFKA_USER", "example")
    monkeypatch.setenv("NAGORIK_KAFKA_BOOTSTRAP", "kafka:9092")
    monkeypatch.setenv("NAGORIK_TRACE_SHARE", "0.5")
    settings = Settings()
    assert settings.dsn == "postgresql://own"
    assert settings.kafka_user == "example"
    assert settings.kafka_bootstrap == "kafka:9092"
    assert settings.trace_share == 0.5


def test_every_knob_says_what_it_does() -> None:
    """An operator reads the settings file and nothing else."""
    assert all(field.description for field in ServiceSettings.model_fields.values())


def test_what_was_given_is_in_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """The log of a failed start shows no password, of this setting or another."""
    monkeypatch.setenv("EXAMPLE_DSN", "postgresql://user:a-password@host")
    monkeypatch.setenv("EXAMPLE_PORT", "a-port")
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert "port" in str(caught.value)
    assert "a-p" not in str(caught.value)
