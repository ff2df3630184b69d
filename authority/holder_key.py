"""
A holder's key in SERVER custody: made here, kept only sealed under the holder's PIN and the server's secret.

    sealed = create_sealed_key("246810", server_secret)
    key = open_sealed_key(sealed, "246810", server_secret)      # WrongPin
    request = key.certification_request("Иванов Иван Иванович")

A PIN is short, so two things stand before whoever copies the database: Argon2id makes each guess cost 46 MiB of
memory (performance.md §5), and without the server's secret, which is not in the database, no guess can be tried at all.
Counting wrong PINs is the caller's task, and so is running these two functions in a thread: each takes about 60 ms.
"""

import os
from collections.abc import Collection
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.x509.oid import NameOID

from authority.compromised_keys import is_known_compromised
from authority.distinguished_names import tidy
from authority.public_keys import (
    KeyFlaw,
    UnacceptableKey,
    accept_public_key,
    signing_hash,
    spki_digest,
    verify_signature,
    write_public_key,
)
from authority.signing import normalised_signature_value

__all__ = [
    "CertificationRequest",
    "HolderKey",
    "SealedKey",
    "UnacceptableRequest",
    "WrongPin",
    "create_sealed_key",
    "is_signed_by",
    "open_sealed_key",
    "read_certification_request",
    "reseal",
    "spki_digest",
]

ITERATIONS = 1
MEMORY_KIB = 46 * 1024
LANES = 1
SALT_OCTETS = 16
MAXIMUM_REQUEST_OCTETS = 16 * 1024


class WrongPin(Exception):
    """The PIN (or the server's secret) does not open this key."""


class UnacceptableRequest(ValueError):
    """A certification request that must not be certified. `reason` says why."""

    def __init__(self, reason: KeyFlaw) -> None:
        super().__init__(reason.value)
        self.reason = reason


@dataclass(frozen=True)
class SealedKey:
    """
    A private key as it is stored.

    `sealed` is a standard encrypted PKCS#8 (DER) whose password is Argon2id of the PIN with `salt` and the server's
    secret; `iterations`, `memory_kib` and `lanes` are the parameters it was sealed with, so that they can rise later.
    `public_key` is the DER SubjectPublicKeyInfo.
    """

    sealed: bytes = field(repr=False)
    salt: bytes = field(repr=False)
    iterations: int
    memory_kib: int
    lanes: int
    public_key: bytes


@dataclass(frozen=True)
class CertificationRequest:
    """What is taken from a PKCS#10 request: the key that its sender has proved to hold (DER SubjectPublicKeyInfo)."""

    public_key: bytes


class HolderKey:
    """An opened holder's key: lives for one signing and is never stored."""

    def __init__(self, private_key: ec.EllipticCurvePrivateKey) -> None:
        self._private_key = private_key

    def sign(self, data: bytes) -> bytes:
        """ECDSA signature of `data` with SHA-256, DER."""
        return self._private_key.sign(data, ec.ECDSA(signing_hash(self._private_key.public_key())))

    def certification_request(self, common_name: str) -> bytes:
        """A PKCS#10 request (RFC 2986), DER: its signature proves possession of the key. The name is a remark only."""
        remark = tidy(common_name).encode()[:64].decode(errors="ignore")  # cryptography bounds it in octets
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, remark)] if remark else [])
        request = x509.CertificateSigningRequestBuilder().subject_name(subject)
        signed = request.sign(self._private_key, signing_hash(self._private_key.public_key()))
        return signed.public_bytes(serialization.Encoding.DER)


def create_sealed_key(pin: str, server_secret: bytes) -> SealedKey:
    """Make a P-256 key and seal it under `pin` and `server_secret` (32 random octets or more)."""
    return _seal(ec.generate_private_key(ec.SECP256R1()), pin, server_secret)


def open_sealed_key(sealed: SealedKey, pin: str, server_secret: bytes) -> HolderKey:
    """Open `sealed` with the holder's PIN. Raises `WrongPin`, also when another key was put in its place."""
    return HolderKey(_unseal(sealed, pin, server_secret))


def reseal(sealed: SealedKey, pin: str, new_pin: str, server_secret: bytes) -> SealedKey:
    """The same key under `new_pin`, with a new salt and today's parameters. Raises `WrongPin`."""
    return _seal(_unseal(sealed, pin, server_secret), new_pin, server_secret)


def read_certification_request(der: bytes, known_compromised: Collection[str] = frozenset()) -> CertificationRequest:
    """
    Read the PKCS#10 request of a DEVICE key: its own signature (proof of possession), the key's kind and size.

    Names and extensions in it are ignored: the registry knows who asks, and the profile says what is certified. A key
    is refused that anybody is known to be able to use; `known_compromised` are the operator's additions to that
    knowledge, as `compromised_keys.read_digests` reads them.

    Raises `UnacceptableRequest`.
    """
    if len(der) > MAXIMUM_REQUEST_OCTETS:
        raise UnacceptableRequest(KeyFlaw.MALFORMED)
    try:
        request = x509.load_der_x509_csr(der)
        public_key = accept_public_key(request.public_key())
        possession_proved = request.is_signature_valid
    except UnacceptableKey as error:
        raise UnacceptableRequest(error.reason) from error
    except UnsupportedAlgorithm as error:
        raise UnacceptableRequest(KeyFlaw.UNSUPPORTED_KIND) from error
    except (ValueError, TypeError) as error:
        raise UnacceptableRequest(KeyFlaw.MALFORMED) from error
    if not possession_proved:
        raise UnacceptableRequest(KeyFlaw.POSSESSION_NOT_PROVED)
    if is_known_compromised(public_key, known_compromised):
        raise UnacceptableRequest(KeyFlaw.KNOWN_COMPROMISED)
    return CertificationRequest(write_public_key(public_key))


def is_signed_by(certificate: x509.Certificate, certification_request: bytes, value: bytes) -> bool:
    """
    Whether `value` is the signature of `certificate`'s key over `certification_request`, a DER PKCS#10: how the holder
    of a still valid certificate asks for the next one, without being identified again.

    `value` may have any form that `signing.normalised_signature_value` takes; ECDSA, or PKCS #1 v1.5 for RSA, with the
    key's `signing_hash`.
    """
    try:
        public_key = accept_public_key(certificate.public_key())
        verify_signature(public_key, normalised_signature_value(value, public_key), certification_request)
    except (ValueError, InvalidSignature):
        return False
    return True


def _seal(private_key: ec.EllipticCurvePrivateKey, pin: str, server_secret: bytes) -> SealedKey:
    salt = os.urandom(SALT_OCTETS)
    password = _password(pin, server_secret, salt=salt, iterations=ITERATIONS, memory_kib=MEMORY_KIB, lanes=LANES)
    return SealedKey(
        sealed=private_key.private_bytes(
            serialization.Encoding.DER,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(password),
        ),
        salt=salt,
        iterations=ITERATIONS,
        memory_kib=MEMORY_KIB,
        lanes=LANES,
        public_key=write_public_key(private_key.public_key()),
    )


def _unseal(sealed: SealedKey, pin: str, server_secret: bytes) -> ec.EllipticCurvePrivateKey:
    password = _password(
        pin,
        server_secret,
        salt=sealed.salt,
        iterations=sealed.iterations,
        memory_kib=sealed.memory_kib,
        lanes=sealed.lanes,
    )
    try:
        private_key = serialization.load_der_private_key(sealed.sealed, password)
    except ValueError:
        raise WrongPin from None
    if (
        not isinstance(private_key, ec.EllipticCurvePrivateKey)
        or write_public_key(private_key.public_key()) != sealed.public_key
    ):
        raise WrongPin
    return private_key


def _password(pin: str, server_secret: bytes, *, salt: bytes, iterations: int, memory_kib: int, lanes: int) -> bytes:
    derivation = Argon2id(
        salt=salt, length=32, iterations=iterations, lanes=lanes, memory_cost=memory_kib, secret=server_secret
    )
    return derivation.derive(pin.encode()).hex().encode("ascii")
