"""A file is signed where its template asks for it; pyHanko and OpenSSL verify it."""

import asyncio
import io
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import SignatureCoverageLevel, validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import ValidationContext
from typer.testing import CliRunner

from libs.contracts.issuance import PaperKeys
from libs.database.pool import Database
from libs.decision_papers.templates import OWN_DOCUMENT, templates
from libs.errors import Refused
from operations.root import make_app
from services.issuance.drawing.signature_field import with_empty_signature
from services.issuance.drawing.worker import draw
from services.issuance.keys.signer import PaperSigner
from services.issuance.settings import Settings
from tests.services.issuance.drawing.scenes import a_paper, drawing
from tests.services.issuance.running import Api
from tests.services.issuance.scenes import (
    NUMBER,
    RAHIMA,
    SIGNER,
    decoded,
    granted,
    issued,
    own_papers,
)

TEMPLATE: Final = "gd_copy"
FIELDS: Final = dict.fromkeys((field.name for field in templates()[TEMPLATE].fields), "রহিমা 1")
BODY: Final = "Local Government Division"


def drawn() -> bytes:
    """A paper with an empty signature, as the process without a key draws it."""
    return draw(drawing(a_paper(template=TEMPLATE, fields=FIELDS)))


def signed(signer: PaperSigner = SIGNER) -> bytes:
    """A signed paper."""
    return signer.sign_file("lgd", BODY, 2026, drawn())


def own_certificate(pdf: bytes) -> asn1.Certificate:
    """The certificate of whoever signed."""
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    return signature.signer_cert


def checked(pdf: bytes, root: asn1.Certificate) -> PdfSignatureStatus:
    """What pyHanko says of a file where one certificate is trusted; without the internet."""
    (signature,) = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    trusted = ValidationContext(trust_roots=[root], allow_fetching=False)
    return validate_pdf_signature(signature, trusted)


def is_right(pdf: bytes, root: asn1.Certificate) -> bool:
    """Whether pyHanko finds the whole file signed by whom is trusted."""
    try:
        found = checked(pdf, root)
    except (PdfReadError, SignatureValidationError, ValueError):
        return False
    return found.bottom_line and found.coverage == SignatureCoverageLevel.ENTIRE_FILE


async def test_a_downloaded_paper_is_signed_by_the_published_key(database: Database) -> None:
    """PAdES, of the whole file; the certificate's key is the one of the body and year."""
    await issued(database, granted(template=TEMPLATE, fields=FIELDS))
    api = Api(database)
    (paper,) = await own_papers(database)
    path = f"/v1/applications/{NUMBER}/papers/{paper.number}/content"
    first, again = [(await api.get(path, RAHIMA)).body for _ in range(2)]
    assert first == again
    certificate = own_certificate(first)
    assert await asyncio.to_thread(is_right, first, certificate)
    (signature,) = PdfFileReader(io.BytesIO(first)).embedded_signatures
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    shown = PaperKeys.model_validate_json((await api.get("/v1/paper-keys")).body)
    (key,) = [key for key in shown.keys if (key.body, key.year) == ("lgd", 2026)]
    point = certificate.public_key["public_key"].native
    assert point == b"\x04" + decoded(key.x) + decoded(key.y)
    assert (
        "CN=lgd 2026" in x509.load_der_x509_certificate(certificate.dump()).subject.rfc4514_string()
    )


@pytest.mark.parametrize("template", sorted(templates().keys() - {OWN_DOCUMENT}))
def test_only_what_asks_for_it_is_signed(template: str) -> None:
    """The signed code is enough for all others."""
    fields = {field.name: "1" for field in templates()[template].fields}
    made = draw(drawing(a_paper(template=template, fields=fields)))
    assert (b"/ByteRange" in made) is (templates()[template].signature == "pades")


def test_openssl_verifies_the_message(tmp_path: Path) -> None:
    """Another implementation, with the range that the file itself names."""
    pdf = signed()
    (numbers,) = re.findall(rb"/ByteRange\[0 (\d+) (\d+) (\d+)\]", pdf)
    first, last, rest = map(int, numbers)
    assert last + rest == len(pdf)
    (tmp_path / "message").write_bytes(bytes.fromhex(pdf[first + 1 : last - 1].decode()))
    (tmp_path / "content").write_bytes(pdf[:first] + pdf[last:])
    (tmp_path / "changed").write_bytes(
        pdf[: first - 400] + b"x" + pdf[first - 399 : first] + pdf[last:]
    )
    for name, right in (("content", True), ("changed", False)):
        command = [
            "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "message",
            "-content", name, "-noverify", "-out", "out",
        ]  # fmt: skip
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)  # noqa: S603
        assert (ran.returncode == 0) is right, ran.stderr


@pytest.mark.parametrize("part", [0.1, 0.3, 0.5, 0.7, "name", "end"])
def test_a_changed_paper_is_found(part: float | str) -> None:
    """One bit of page, font or data; the name of who signed; something appended."""
    pdf = signed()
    root = own_certificate(pdf)
    assert is_right(pdf, root)
    changed = bytearray(pdf)
    if part == "end":
        changed += b"\n7 0 obj\n<<>>\nendobj\n"
    else:
        at = pdf.rindex(b"/M(D:") - 4 if isinstance(part, str) else int(len(pdf) * part)
        changed[at] ^= 1
    assert not is_right(bytes(changed), root)


def test_another_body_or_year_is_no_signer() -> None:
    """Each has a certificate of its own; a stranger's with the same name is none."""
    pdf = signed()
    other = SIGNER.sign_file("lgd", BODY, 2025, drawn())
    stranger = signed(PaperSigner(["of-a-stranger-of-a-stranger-of-a-s"]))
    assert not is_right(pdf, own_certificate(other))
    assert not is_right(stranger, own_certificate(pdf))


def taken_over(pdf: bytes, kind: str) -> bytes:
    """What a process returns that somebody took over."""
    first, last = map(int, re.findall(rb"/ByteRange\[0 (\d+) (\d+)", pdf)[0])
    shorter = b"[0 %d %d" % (first - 9, last)
    return {
        "no room": pdf.replace(b"/ByteRange", b"/ByteRanGe"),
        "a part left out": pdf.replace(b"[0 %d %d" % (first, last), shorter),
        "something behind": pdf + b"7 0 obj\n<<>>\nendobj\n",
        "little room": re.sub(rb"<0{16384}>", b"<" + b"0" * 64 + b">", pdf),
        "no zeros": pdf.replace(b"<0000", b"<0001"),
        "no file": b"%PDF-",
    }[kind]


@pytest.mark.parametrize(
    "kind",
    ["no room", "a part left out", "something behind", "little room", "no zeros", "no file"],
)
def test_the_key_signs_whole_files_only(kind: str) -> None:
    """Whatever the process that draws was made to return."""
    with pytest.raises(Refused) as refused:
        SIGNER.sign_file("lgd", BODY, 2026, taken_over(drawn(), kind))
    assert refused.value.code == "paper_not_drawn"


def test_a_file_that_typst_did_not_write_gets_no_field() -> None:
    """A later version of it that writes another way is noticed."""
    with pytest.raises(ValueError, match="typst"):
        with_empty_signature(b"%PDF-1.7\n", {"by": "x", "at": "20260301050000"})


def certified(request: x509.CertificateSigningRequest) -> list[x509.Certificate]:
    """A certificate as a licensed authority gives one, and the authority's own."""
    key = ec.generate_private_key(ec.SECP256R1())
    authority = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Licensed CA of a test")])

    def made(subject: x509.Name, public: Any, *, ca: bool) -> x509.Certificate:
        now = datetime.now(UTC)
        usage = dict.fromkeys(
            (
                "digital_signature", "content_commitment", "key_encipherment", "key_agreement",
                "data_encipherment", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
            ),
            False,
        )  # fmt: skip
        usage |= {"key_cert_sign": ca, "digital_signature": not ca, "content_commitment": not ca}
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(authority)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=400))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.KeyUsage(**usage), critical=True)
            .sign(key, SHA256())
        )

    return [
        made(request.subject, request.public_key(), ca=False),
        made(authority, key.public_key(), ca=True),
    ]


def test_a_certificate_of_an_authority_takes_the_place_of_the_own_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Asked for by command, put into the setting, and trusted through the authority alone."""
    monkeypatch.setenv("ISSUANCE_KEY_SECRET", SIGNER.secrets[0])
    command = ["admin", "issuance", "certificate-request", "lgd", "2026"]
    printed = CliRunner().invoke(make_app(), command)
    assert printed.exit_code == 0
    chain = certified(x509.load_pem_x509_csr(printed.stdout.encode()))
    text = "".join(each.public_bytes(Encoding.PEM).decode() for each in chain)
    settings = Settings(certificates={"lgd-2026": text})
    pdf = signed(PaperSigner(SIGNER.secrets, settings.certificates_by_key))
    authority = asn1.Certificate.load(chain[-1].public_bytes(Encoding.DER))
    assert is_right(pdf, authority)
    assert not is_right(signed(), authority)
    with pytest.raises(ValueError, match="lgd 2025 is not of its key"):
        PaperSigner(SIGNER.secrets, {("lgd", 2025): chain})
