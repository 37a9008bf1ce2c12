"""The policies that let services reach outside systems, by port and network, from the registry."""

from collections.abc import Sequence

from services.registry import ServiceEntry

FILE = "deploy/kubernetes/services/outside.yaml"
_HEAD = """\
# Written by `make generate` from services/registry.py (`outside`): the networks outside that
# services may connect to, by party. Nothing else outside is reached. THE RANGES ARE EXAMPLES
# (RFC 5737): put in those of your store, of your SMS operator and of the ministries that you host
# there, and change them when a ministry moves. A party behind a proxy has the proxy's address.
"""


def policies(registry: Sequence[ServiceEntry]) -> str:
    """The policies of all services of production, as YAML.

    Args:
        registry: every service.
    """
    lines = [_HEAD.rstrip()]
    for entry in registry:
        if entry.production and entry.outside:
            lines += ["---", "apiVersion: networking.k8s.io/v1", "kind: NetworkPolicy"]
            lines += [f"metadata:\n  name: {entry.name}-outside", "spec:"]
            lines += [
                f"  podSelector:\n    matchLabels:\n      app.kubernetes.io/name: {entry.name}"
            ]
            lines += ["  policyTypes: [Egress]", "  egress:"]
            for party in entry.outside:
                lines += [f"    # {party.name}.", "    - to:"]
                lines += [f"        - ipBlock: {{cidr: {network}}}" for network in party.networks]
                lines += ["      ports:", *(f"        - port: {port}" for port in party.ports)]
    return "\n".join(lines) + "\n"


def private_networks(registry: Sequence[ServiceEntry]) -> list[str]:
    """The lines of `services/kustomization.yaml` with the private networks of outside systems."""
    lines: list[str] = []
    for entry in registry:
        private = [network for party in entry.outside for network in party.private]
        if private:
            lines.append(f"      - {entry.name.upper()}_PRIVATE_NETWORKS={','.join(private)}")
    return lines
