"""Every resource against the schema of its kind.

The schemas of Strimzi, CloudNativePG and KEDA are made from their resource definitions and lie
beside the checkout, not in it; where they are absent, the test of their resources says that it was
not run. Those of cert-manager and of the Prometheus operator are models of a package.
"""

import json
from pathlib import Path

import cloudcoil.models.cert_manager.v1 as certificates
import cloudcoil.models.prometheus_operator.v1 as monitoring
import cloudcoil.models.prometheus_operator.v1alpha1 as routes
import jsonschema_rs
import kubernetes_validate
import pytest

from tests.deploy.manifests import CHECKOUT, DEPLOY, Document, manifests

SCHEMAS = CHECKOUT.parent / "shared" / "data" / "kubernetes-crd-schemas"
OPERATORS = ("kafka.strimzi.io", "postgresql.cnpg.io", "keda.sh")
# Of these a Python package has the models.
MODELS = {
    ("cert-manager.io/v1", "Certificate"): certificates.Certificate,
    ("cert-manager.io/v1", "Issuer"): certificates.Issuer,
    ("monitoring.coreos.com/v1", "PodMonitor"): monitoring.PodMonitor,
    ("monitoring.coreos.com/v1", "PrometheusRule"): monitoring.PrometheusRule,
    ("monitoring.coreos.com/v1alpha1", "AlertmanagerConfig"): routes.AlertmanagerConfig,
}
NOT_CHECKED = {"ObjectStore"}
"""Kinds without a schema that is to be had: that of the plugin for backups."""
VERSION = "1.34"  # the oldest version in support


def _schema_file(document: Document) -> Path:
    group, _, version = str(document["apiVersion"]).partition("/")
    kind = str(document["kind"]).lower()
    return SCHEMAS / group / f"{kind}_{version}.json"


def _of_operators() -> list[tuple[str, Document]]:
    return [
        (file, document)
        for file, document in manifests()
        if document["apiVersion"].partition("/")[0] in OPERATORS
    ]


@pytest.mark.parametrize(
    ("file", "document"),
    [
        pytest.param(file, document, id=f"{document['kind']}-{document['metadata']['name']}")
        for file, document in _of_operators()
    ],
)
def test_operators_take_their_resources(file: str, document: Document) -> None:
    """A resource has the fields that its operator knows, with values that it takes."""
    if not SCHEMAS.is_dir():
        pytest.skip("not run: the operators' schemas are not beside the checkout")
    schema = json.loads(_schema_file(document).read_text(encoding="utf-8"))
    faults = [
        f"{file}: {'/'.join(map(str, error.instance_path))}: {error.message}"
        for error in jsonschema_rs.validator_for(schema).iter_errors(document)
    ]
    assert faults == []


def _kind(document: Document) -> tuple[str, str]:
    return str(document["apiVersion"]), str(document["kind"])


OF_OTHERS = [document for _, document in manifests() if _kind(document) in MODELS]
OF_KUBERNETES = [
    document
    for _, document in manifests()
    if document["apiVersion"].partition("/")[0] not in OPERATORS
    and _kind(document) not in MODELS
    and document["kind"] not in NOT_CHECKED
]


def _id(document: Document) -> str:
    return f"{document['kind']}-{document['metadata']['name']}"


@pytest.mark.parametrize("document", OF_OTHERS, ids=_id)
def test_a_resource_is_what_its_model_says(document: Document) -> None:
    """With values of the right types, and no field that the model lacks."""
    read = MODELS[_kind(document)].model_validate(document)
    written = read.model_dump(mode="json", by_alias=True, exclude_unset=True)
    assert {**written, "apiVersion": document["apiVersion"], "kind": document["kind"]} == document


def test_a_misspelt_field_is_seen() -> None:
    """The models take unknown fields without a word, so these are missed in what they write."""
    document = {**OF_OTHERS[0], "spec": {**OF_OTHERS[0]["spec"], "nonsense": 1}}
    with pytest.raises(AssertionError):
        test_a_resource_is_what_its_model_says(document)


@pytest.mark.parametrize("document", OF_KUBERNETES, ids=_id)
def test_kubernetes_takes_its_own_kinds(document: Document) -> None:
    """A resource has the fields that Kubernetes knows, and no other."""
    kubernetes_validate.validate(document, VERSION, strict=True)


def test_kinds_that_are_not_checked_are_named() -> None:
    """On the page about the manifests."""
    page = (DEPLOY / "README.md").read_text(encoding="utf-8")
    there = {document["kind"] for _, document in manifests()}
    assert there >= NOT_CHECKED
    assert all(f"`{kind}`" in page for kind in NOT_CHECKED)
