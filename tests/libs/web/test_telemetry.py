from libs.telemetry.metrics import Metrics
from libs.web.telemetry import RequestKind


def test_answers_of_one_kind_are_counted_by_their_class() -> None:
    """Each class of status is a series of its own, with its durations."""
    metrics = Metrics("test")
    kind = RequestKind("GET", "/a/{b}", metrics)
    for status in (200, 204, 503):
        kind.count(status, 0.2)
    shown = metrics.render().decode()
    labels = 'method="GET",route="/a/{b}",service="test",status_class'
    assert f'nagorik_http_requests_total{{{labels}="2xx"}} 2.0' in shown
    assert f'nagorik_http_request_duration_seconds_count{{{labels}="2xx"}} 2.0' in shown
    assert f'nagorik_http_requests_total{{{labels}="5xx"}} 1.0' in shown
