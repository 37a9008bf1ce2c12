"""Signs files of papers (PAdES, baseline B-B of ETSI EN 319 142-1), and the certificates for it."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from asn1crypto import algos, cms, core, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from libs.errors import Refused

_FOR_YEARS: Final = 10
_SERIAL_BYTES: Final = 16
_EMPTY: Final = re.compile(
    rb"/ByteRange(\[0 [0-9 ]{5,29}\]) *(/Contents)<(0{1024,})>>>\nendobj\n"
    rb"xref\n[0-9 n\n]+trailer\n[^\n]+\nstartxref\n\d+\n%%EOF\n\Z"
)


def signed_file(
    pdf: bytes, key: ec.EllipticCurvePrivateKey, certificates: Sequence[x509.Certificate]
) -> bytes:
    """Return a paper with its empty signature filled in.

    It was drawn by a process that had texts of strangers. So its digest is made here, of all but
    the room for the signature, and a paper whose signature would leave something out is refused.

    Args:
        pdf: a paper with an empty signature at its end.
        key: signs.
        certificates: of the key first, then those above it.

    Raises:
        Refused: it has no empty signature of the whole file, or one with too little room.
    """
    found = _EMPTY.search(pdf)
    if found is None:
        raise Refused("paper_not_drawn", "no empty signature", retry_after_s=5)
    first, last = found.end(2), found.end(3) + 1
    if found[1] != b"[0 %d %d %d]" % (first, last, len(pdf) - last):
        raise Refused("paper_not_drawn", "a part is not signed", retry_after_s=5)
    digest = sha256(pdf[:first] + pdf[last:]).digest()
    made = _message(digest, key, certificates).hex().encode()
    room = last - first - 2
    if len(made) > room:
        raise Refused("paper_not_drawn", "too many certificates", retry_after_s=60)
    return b"".join([pdf[: first + 1], made.ljust(room, b"0"), pdf[last - 1 :]])


def self_issued(
    key: ec.EllipticCurvePrivateKey, body: str, name: str, year: int
) -> x509.Certificate:
    """Return a certificate that a body gives itself; the same one each time.

    It says whose key it is to whoever has the public keys of `/v1/paper-keys`, and to nobody else:
    no authority has looked at it.
    """
    subject = _subject(body, name, year)
    public = key.public_key()
    mark = x509.SubjectKeyIdentifier.from_public_key(public)
    serial = int.from_bytes(sha256(mark.digest).digest()[:_SERIAL_BYTES]) | 1
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(public)
        .serial_number(serial)
        .not_valid_before(datetime(year - 1, 12, 31, tzinfo=UTC))
        .not_valid_after(datetime(year + 1 + _FOR_YEARS, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(mark, critical=False)
        .sign(key, SHA256(), ecdsa_deterministic=True)
    )


def request_for(key: ec.EllipticCurvePrivateKey, body: str, name: str, year: int) -> bytes:
    """Return what a licensed authority certifies (PKCS #10, PEM)."""
    asked = x509.CertificateSigningRequestBuilder().subject_name(_subject(body, name, year))
    return asked.sign(key, SHA256(), ecdsa_deterministic=True).public_bytes(Encoding.PEM)


def _subject(body: str, name: str, year: int) -> x509.Name:
    parts = {
        x509.NameOID.COUNTRY_NAME: "BD",
        x509.NameOID.ORGANIZATION_NAME: name[:64],  # the longest there is (RFC 5280, A.1)
        x509.NameOID.COMMON_NAME: f"{body} {year}",
    }
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts.items()])


def _message(
    digest: bytes, key: ec.EllipticCurvePrivateKey, certificates: Sequence[x509.Certificate]
) -> bytes:
    """Return a signed message without its content (CMS, RFC 5652), of the same bytes each time."""
    chain = [asn1.Certificate.load(each.public_bytes(Encoding.DER)) for each in certificates]
    own = chain[0]
    sha_256 = algos.DigestAlgorithm({"algorithm": "sha256"})
    named = tsp.ESSCertIDv2({"cert_hash": sha256(own.dump()).digest()})
    attributes = cms.CMSAttributes(
        [
            cms.CMSAttribute({"type": "content_type", "values": ["data"]}),
            cms.CMSAttribute({"type": "message_digest", "values": [digest]}),
            cms.CMSAttribute(
                {
                    "type": "signing_certificate_v2",
                    "values": [tsp.SigningCertificateV2({"certs": [named]})],
                }
            ),
        ]
    )
    signature = key.sign(attributes.dump(), ec.ECDSA(SHA256(), deterministic_signing=True))
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                "issuer_and_serial_number",
                cms.IssuerAndSerialNumber(
                    {"issuer": own.issuer, "serial_number": own.serial_number}
                ),
            ),
            "digest_algorithm": sha_256,
            "signed_attrs": attributes,
            "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": "sha256_ecdsa"}),
            "signature": core.OctetString(signature),
        }
    )
    signed = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [sha_256],
            "encap_content_info": {"content_type": "data"},
            "certificates": chain,
            "signer_infos": [signer],
        }
    )
    whole: bytes = cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump()
    return whole
