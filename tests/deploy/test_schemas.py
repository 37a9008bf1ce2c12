"""Every resource against the schema of its kind.

The schemas of Strimzi and CloudNativePG are made from their resource definitions and lie beside the
checkout, not in it; where they are absent, the test of their resources says that it was not run.
"""

import json
from pathlib import Path

import jsonschema_rs
import kubernetes_validate
import pytest

from tests.deploy.manifests import CHECKOUT, Document, manifests

SCHEMAS = CHECKOUT.parent / "shared" / "data" / "kubernetes-crd-schemas"
OPERATORS = ("kafka.strimzi.io", "postgresql.cnpg.io")
WITHOUT_SCHEMA = {"cert-manager.io", "barmancloud.cnpg.io"}
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


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(document, id=f"{document['kind']}-{document['metadata']['name']}")
        for _, document in manifests()
        if document["apiVersion"].partition("/")[0] not in {*OPERATORS, *WITHOUT_SCHEMA}
    ],
)
def test_kubernetes_takes_its_own_kinds(document: Document) -> None:
    """A resource has the fields that Kubernetes knows, and no other."""
    kubernetes_validate.validate(document, VERSION, strict=True)
