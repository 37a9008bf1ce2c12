"""A certificate authority of a test."""

import datetime as dt
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


class Authority:
    """Signs certificates for a host, as cert-manager does.

    Args:
        without: an extension that its certificates lack, and strict verification wants.
        lasts: for how long its own certificate is valid; those that it signs are for an hour.
    """

    def __init__(
        self,
        without: type[x509.ExtensionType] | None = None,
        lasts: dt.timedelta = dt.timedelta(hours=1),
    ) -> None:
        self._without = without
        self._lasts = lasts
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "authority")])
        self.certificate = self._signed(self._name, self._key.public_key(), None)

    def renew(self, *, keeps_key: bool) -> None:
        """Get a new certificate, as cert-manager does before the end of the old one."""
        if not keeps_key:
            self._key = ec.generate_private_key(ec.SECP256R1())
        self.certificate = self._signed(self._name, self._key.public_key(), None)

    def write(self, folder: Path, host: str = "localhost") -> int:
        """Write a new certificate as cert-manager does; return its serial number."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
        certificate = self._signed(name, key.public_key(), host)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (folder / "tls.key").write_bytes(private)
        (folder / "ca.crt").write_bytes(self.certificate.public_bytes(Encoding.PEM))
        (folder / "tls.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
        return certificate.serial_number

    def _signed(
        self, name: x509.Name, key: ec.EllipticCurvePublicKey, host: str | None
    ) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateBuilder(self._name, name, key, x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(hours=1))
            .not_valid_after(now + (dt.timedelta(hours=1) if host else self._lasts))
            .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
        )
        ours = self._key.public_key()
        extensions: list[x509.ExtensionType] = [
            x509.SubjectKeyIdentifier.from_public_key(key),
            x509.AuthorityKeyIdentifier.from_issuer_public_key(ours),
            x509.KeyUsage(
                digital_signature=True,
                key_cert_sign=host is None,
                crl_sign=host is None,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
        ]
        if host:
            extensions.append(x509.SubjectAlternativeName([x509.DNSName(host)]))
        for extension in extensions:
            if not isinstance(extension, self._without or ()):
                builder = builder.add_extension(extension, critical=False)
        return builder.sign(self._key, SHA256())
