from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from libs.settings import ServiceSettings


class Settings(ServiceSettings):
    """The settings of a service called example."""

    model_config = SettingsConfigDict(env_prefix="EXAMPLE_")


def settings_from(folder: Path, **variables: str) -> Settings:
    """The settings of a process with these environment variables."""
    file = folder / "env"
    file.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
    return Settings(_env_file=file)


def test_everything_has_a_default() -> None:
    """A service starts without environment variables."""
    settings = ServiceSettings()
    assert settings.kafka_security == "PLAINTEXT"
    assert settings.replica == "0"


def test_settings_have_the_prefix_of_the_service_or_the_platform(
    tmp_path: Path,
) -> None:
    """Settings that differ between services have the service's prefix."""
    settings = settings_from(
        tmp_path,
        EXAMPLE_DSN="postgresql://own",
        EXAMPLE_KAFKA_USER="example",
        NAGORIK_KAFKA_BOOTSTRAP="kafka:9092",
        NAGORIK_TRACES_PER_S="0.5",
    )
    assert settings.dsn == "postgresql://own"
    assert settings.kafka_user == "example"
    assert settings.kafka_bootstrap == "kafka:9092"
    assert settings.traces_per_s == 0.5


@pytest.mark.parametrize("networks", ["10.0.0.1/8", "10.0.0.0/8,pods"])
def test_malformed_proxies_stop_the_start(networks: str, tmp_path: Path) -> None:
    """A wrong network would make all callers one address, or let them choose theirs."""
    with pytest.raises(ValidationError, match="TRUSTED_PROXIES"):
        settings_from(tmp_path, NAGORIK_TRUSTED_PROXIES=networks)


def test_every_setting_has_a_description() -> None:
    """Operators read the settings file only."""
    assert all(field.description for field in ServiceSettings.model_fields.values())


def test_no_value_is_in_an_error(tmp_path: Path) -> None:
    """The log of a failed start has no password."""
    with pytest.raises(ValidationError) as caught:
        settings_from(
            tmp_path, EXAMPLE_DSN="postgresql://user:a-password@host", EXAMPLE_PORT="a-port"
        )
    assert "port" in str(caught.value)
    assert "a-p" not in str(caught.value)
