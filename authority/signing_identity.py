"""What can sign: the two protocols behind a key in a file, a key in a token and a holder's opened key."""

from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from authority.certificates import fingerprint
from authority.public_keys import signing_hash


class SigningKey(Protocol):
    """A private key that signs and never shows itself."""

    def sign(self, data: bytes) -> bytes:
        """Sign `data`. ECDSA answers a DER Ecdsa-Sig-Value; the hash is `public_keys.signing_hash` of the key."""
        ...


class SigningIdentity(SigningKey, Protocol):
    """A private key together with the certificate of its public half."""

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate that relying parties check this identity's signatures with."""
        ...

    @property
    def private_key(self) -> ec.EllipticCurvePrivateKey:
        """The key as cryptography's builders take it; where it lies is its own secret."""
        ...


class CertifiedKey:
    """The signing identity of an elliptic-curve key, wherever the key lies."""

    def __init__(self, certificate: x509.Certificate, private_key: ec.EllipticCurvePrivateKey) -> None:
        self._certificate = certificate
        self._private_key = private_key

    @property
    def certificate(self) -> x509.Certificate:
        return self._certificate

    @property
    def private_key(self) -> ec.EllipticCurvePrivateKey:
        return self._private_key

    def sign(self, data: bytes) -> bytes:
        return self._private_key.sign(data, ec.ECDSA(signing_hash(self._private_key.public_key())))

    def __repr__(self) -> str:
        return f"<CertifiedKey {fingerprint(self._certificate)[:16]}…>"
