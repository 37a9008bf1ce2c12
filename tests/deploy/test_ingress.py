"""The ingress against the services behind it."""

from tests.deploy.manifests import DEPLOY, of_kind


def test_a_certificate_for_the_outside_has_a_secret_of_its_own() -> None:
    """cert-manager writes no certificate of our authority into it; the README names it."""
    shown = {entry["secretName"] for each in of_kind("Ingress") for entry in each["spec"]["tls"]}
    made = {each["spec"]["secretName"] for each in of_kind("Certificate")}
    readme = (DEPLOY / "README.md").read_text(encoding="utf-8")
    assert shown & made == set()
    assert {name for name in shown if f"`{name}`" not in readme} == set()
