from tests.libs.messaging.conftest import quiet

__all__ = ["quiet"]
