"""Verifying digests and signature values, and which algorithms still mean anything."""

import hashlib

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from authority.cms_reader import SignedMessage

ACCEPTED_HASHES = {"sha256": hashes.SHA256(), "sha384": hashes.SHA384(), "sha512": hashes.SHA512()}
ACCEPTED_CURVES = {"secp256r1", "secp384r1", "secp521r1"}
RSA_BITS = range(3072, 8192 + 1)

VerifiableKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey


def digest(algorithm: str, octets: bytes) -> bytes:
    """Digest of `octets` by an accepted `algorithm`."""
    return hashlib.new(ACCEPTED_HASHES[algorithm].name, octets).digest()


def hashes_accepted(message: SignedMessage) -> bool:
    """Whether both hashes of the signature are of today: SHA-1, MD5 and unknown ones are not."""
    return {message.digest_algorithm, message.signature_digest_algorithm} <= ACCEPTED_HASHES.keys()


def accepted_key(certificate: x509.Certificate) -> VerifiableKey | None:
    """The certificate's public key if it is of an accepted kind and size, otherwise None."""
    try:
        public_key = certificate.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    if isinstance(public_key, ec.EllipticCurvePublicKey):
        return public_key if public_key.curve.name in ACCEPTED_CURVES else None
    if isinstance(public_key, rsa.RSAPublicKey):
        return public_key if public_key.key_size in RSA_BITS else None
    return None


def scheme_fits(message: SignedMessage, public_key: VerifiableKey) -> bool:
    """Whether the signature scheme named is the one for such a key."""
    expected = "ecdsa" if isinstance(public_key, ec.EllipticCurvePublicKey) else "rsassa_pkcs1v15"
    return message.signature_scheme == expected


def signature_is_right(message: SignedMessage, public_key: VerifiableKey) -> bool:
    """Whether the signature value is `public_key`'s over the signed attributes. The hashes must be accepted ones."""
    algorithm = ACCEPTED_HASHES[message.signature_digest_algorithm]
    try:
        if isinstance(public_key, ec.EllipticCurvePublicKey):
            public_key.verify(message.signature, message.signed_octets, ec.ECDSA(algorithm))
        else:
            public_key.verify(message.signature, message.signed_octets, padding.PKCS1v15(), algorithm)
    except (InvalidSignature, ValueError):
        return False
    return True
