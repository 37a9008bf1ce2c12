import pytest
from starlette.requests import Request

from libs.web.callers.browsers import browser_of

ANDROID = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko)"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64)"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (f"{ANDROID} Chrome/140.0.0.0 Mobile Safari/537.36", "Chrome, Android"),
        (f"{ANDROID} SamsungBrowser/28.0 Chrome/130.0.0.0 Mobile", "Samsung Internet, Android"),
        ("Opera/9.80 (Android; Opera Mini/80.0/191.361; U; bn) Presto/2.12", "Opera Mini, Android"),
        (f"{WINDOWS} AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        (f"{WINDOWS} Gecko/20100101 Firefox/140.0", "Firefox, Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0", "Firefox, Linux"),
        (f"{IPHONE} Version/18.5 Mobile/15E148 Safari/604.1", "Safari, iPhone"),
        (f"{IPHONE} CriOS/140.0.0.0 Mobile/15E148 Safari/604.1", "Chrome, iPhone"),
        (f"{MAC} Version/18.5 Safari/605.1.15", "Safari, macOS"),
        ("Mozilla/5.0 (Mobile; rv:84.0) Gecko/84.0 Firefox/84.0 KAIOS/3.1", "Firefox, KaiOS"),
        ("NagorikApp/1.0 (Android 14)", "Android"),
        ("curl/8.5.0", None),
        ("", None),
        ("<script>alert(1)</script>", None),
    ],
)
def test_a_browser_is_named_as_its_person_knows_it(said: str, name: str | None) -> None:
    """By the most special name in it; what is unknown, or made up, has none."""
    headers = [(b"user-agent", said.encode())] if said else []
    assert browser_of(Request({"type": "http", "headers": headers})) == name
