from libs.settings import ServiceSettings


class Settings(ServiceSettings):
    """No settings of its own."""

    dsn: str = ""
    port: int = 0
