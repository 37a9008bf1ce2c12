"""The embedded broker as its operators reach it."""

from libs.embedded.kafka import EmbeddedKafka


def as_operator(kafka: EmbeddedKafka) -> dict[str, str]:
    """Settings of a service that comes as the broker's operator, and so may do everything."""
    security = kafka.security
    return {
        "NAGORIK_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "NAGORIK_KAFKA_SECURITY": security["protocol"],
        "kafka_user": security["username"],
        "kafka_password": security["password"],
    }
