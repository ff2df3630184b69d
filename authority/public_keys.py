"""Which public keys may be certified, and the hash each of them signs with."""

import hashlib
from enum import StrEnum
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

AcceptedPublicKey: TypeAlias = ec.EllipticCurvePublicKey | rsa.RSAPublicKey

MINIMUM_RSA_BITS = 3072
MAXIMUM_RSA_BITS = 8192  # larger ones only slow every later check down
MINIMUM_RSA_EXPONENT = 65537  # NIST SP 800-56B


class KeyFlaw(StrEnum):
    """Why a public key, or the request that brought it, is not accepted."""

    MALFORMED = "MALFORMED"
    UNSUPPORTED_KIND = "UNSUPPORTED_KIND"
    WRONG_SIZE = "WRONG_SIZE"
    WEAK_EXPONENT = "WEAK_EXPONENT"
    POSSESSION_NOT_PROVED = "POSSESSION_NOT_PROVED"
    KNOWN_COMPROMISED = "KNOWN_COMPROMISED"


class UnacceptableKey(ValueError):
    """A public key that is not P-256, P-384 or RSA of 3072 to 8192 bits. `reason` says why."""

    def __init__(self, reason: KeyFlaw) -> None:
        super().__init__(reason.value)
        self.reason = reason


def accept_public_key(public_key: PublicKeyTypes) -> AcceptedPublicKey:
    """
    Return `public_key` if it may be certified (legal.md §2): P-256, P-384 or RSA of 3072 to 8192 bits.

    Raises `UnacceptableKey`.
    """
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        if not isinstance(public_key.curve, ec.SECP256R1 | ec.SECP384R1):
            raise UnacceptableKey(KeyFlaw.UNSUPPORTED_KIND)
        return public_key
    if isinstance(public_key, rsa.RSAPublicKey):
        if not MINIMUM_RSA_BITS <= public_key.key_size <= MAXIMUM_RSA_BITS:
            raise UnacceptableKey(KeyFlaw.WRONG_SIZE)
        if public_key.public_numbers().e < MINIMUM_RSA_EXPONENT:
            raise UnacceptableKey(KeyFlaw.WEAK_EXPONENT)
        return public_key
    raise UnacceptableKey(KeyFlaw.UNSUPPORTED_KIND)


def read_public_key(der: bytes) -> AcceptedPublicKey:
    """Read a DER SubjectPublicKeyInfo (RFC 5280 §4.1.2.7). Raises `UnacceptableKey`."""
    try:
        public_key = serialization.load_der_public_key(der)
    except (ValueError, TypeError) as error:
        raise UnacceptableKey(KeyFlaw.MALFORMED) from error
    except UnsupportedAlgorithm as error:
        raise UnacceptableKey(KeyFlaw.UNSUPPORTED_KIND) from error
    return accept_public_key(public_key)


def write_public_key(public_key: PublicKeyTypes) -> bytes:
    """
    DER SubjectPublicKeyInfo of `public_key` in the one form that certificates use.

    A key can be encoded in several ways (a compressed point, absent RSA parameters); its digest answers "has this
    key been certified before?" only if everybody hashes the same form.
    """
    return public_key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def spki_digest(public_key_der: bytes) -> str:
    """SHA-256 of a DER SubjectPublicKeyInfo in hexadecimal: the identity of a key over all time (legal.md §2)."""
    return hashlib.sha256(public_key_der).hexdigest()


def signing_hash(public_key: PublicKeyTypes) -> hashes.SHA256 | hashes.SHA384:
    """The hash of the signatures of `public_key`'s owner: SHA-384 for P-384, SHA-256 for all others."""
    if isinstance(public_key, ec.EllipticCurvePublicKey) and public_key.key_size == 384:
        return hashes.SHA384()
    return hashes.SHA256()


def verify_signature(public_key: AcceptedPublicKey, value: bytes, data: bytes) -> None:
    """
    Verify that `value` is `public_key`'s signature over `data` by its `signing_hash`: ECDSA in DER, or PKCS #1 v1.5.

    Raises cryptography's `InvalidSignature`.
    """
    if isinstance(public_key, rsa.RSAPublicKey):
        return public_key.verify(value, data, padding.PKCS1v15(), signing_hash(public_key))
    return public_key.verify(value, data, ec.ECDSA(signing_hash(public_key)))
