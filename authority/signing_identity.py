"""What can sign: the two protocols behind a key in a file, a holder's opened key and, later, a PKCS#11 token."""

from typing import Protocol

from cryptography import x509


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
