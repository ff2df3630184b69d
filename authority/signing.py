"""
Signing: detached CAdES (ETSI EN 319 122-1), level B, raised to T by a time-stamp.

    cms = sign_content(content, key=key, certificate=certificate, chain=authority.chain, signing_time=now)
    token = time_stamps.stamp(hashlib.sha256(signature_value(cms)).digest(), serial=…, at=now)
    cms = attach_time_stamp(cms, token)

A DEVICE key signs elsewhere: `prepare_attributes` gives the octets to be signed, `assemble` takes the value back.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from asn1crypto import cms as asn1_cms
from asn1crypto import parser
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from authority.public_keys import AcceptedPublicKey, signing_hash
from authority.signed_data import der_sequence, der_set, signed_attributes, signed_data
from authority.signing_identity import SigningKey


def sign_content(
    content: bytes,
    *,
    key: SigningKey,
    certificate: x509.Certificate,
    chain: Sequence[x509.Certificate],
    signing_time: datetime,
) -> bytes:
    """
    Sign `content` with `key`, whose certificate is `certificate`; returns a detached CAdES-B signature, DER.

    `chain` (issuing certificate, root) is enclosed beside the certificate. `signing_time` is an aware datetime, kept
    to the second: the time that the signer claims.
    """
    digest = hashlib.new(signing_hash(certificate.public_key()).name, content).digest()
    attributes = prepare_attributes(digest, certificate, signing_time)
    return assemble(attributes, key.sign(attributes), certificate, chain)


def prepare_attributes(content_digest: bytes, certificate: x509.Certificate, signing_time: datetime) -> bytes:
    """
    The octets that a signer signs: the DER SET of signed attributes (RFC 5652 §5.4).

    `content_digest` is SHA-256 or SHA-384 of the content; the signature over the result must use the same hash:
    ECDSA for an elliptic curve, PKCS #1 v1.5 for RSA. Raises ValueError.
    """
    return signed_attributes("data", content_digest, certificate, signing_time)


def assemble(
    attributes: bytes, signature_value: bytes, certificate: x509.Certificate, chain: Sequence[x509.Certificate]
) -> bytes:
    """
    The detached signature, DER, from what `prepare_attributes` gave and the `signature_value` made over it.

    The value has the form that `normalised_signature_value` gives. Nothing is verified here: that is the verifier's
    work, and it must be done before a value from outside is kept.
    """
    enclosed = (certificate, *chain)
    return bytes(signed_data(attributes, signature_value, certificate, enclosed, content_type="data").dump())


def normalised_signature_value(value: bytes, public_key: AcceptedPublicKey) -> bytes:
    """
    The signature `value` of a DEVICE key in the form that CMS and X.509 hold.

    WebCrypto gives ECDSA as r and s side by side (IEEE P1363), which become a DER Ecdsa-Sig-Value (RFC 3279 §2.2.3);
    DER and an RSA value stay as they are. Raises ValueError for what is neither. Nothing is verified here.
    """
    if isinstance(public_key, rsa.RSAPublicKey):
        if len(value) != (public_key.key_size + 7) // 8:
            raise ValueError("not a signature value of this key: its length is another")
        return value
    half = (public_key.key_size + 7) // 8
    if len(value) == 2 * half:
        r, s = int.from_bytes(value[:half]), int.from_bytes(value[half:])
    else:
        r, s = decode_dss_signature(value)
    if not (0 < r < 1 << 8 * half and 0 < s < 1 << 8 * half):
        raise ValueError("not a signature value of this key: r or s is out of range")
    return encode_dss_signature(r, s)


def signature_value(cms: bytes) -> bytes:
    """The signature value of the only signer: what a time-stamp is taken over (ETSI EN 319 122-1 §5.3)."""
    return bytes(_signer(asn1_cms.ContentInfo.load(cms))["signature"].native)


def attach_time_stamp(cms: bytes, token: bytes) -> bytes:
    """
    The signature `cms` with the RFC 3161 `token` (DER ContentInfo) as an unsigned attribute: level T.

    A token that is there already stays, and so does every octet that was signed. Raises ValueError if `cms` is not the
    DER of a SignedData with one signer.
    """
    content_type, explicit = _elements(_value(cms))
    *before, signers = _elements(_value(_value(explicit)))
    (signer,) = _elements(_value(signers))
    parts = _elements(_value(signer))
    attributes: list[bytes] = []
    tokens = [token]
    if parts[-1][0] == UNSIGNED_ATTRIBUTES:
        for attribute in _elements(_value(parts.pop())):
            kind, values = _elements(_value(attribute))
            if kind == TIME_STAMP_TOKEN:
                tokens = [*_elements(_value(values)), *tokens]
            else:
                attributes.append(attribute)
    attributes.append(der_sequence(TIME_STAMP_TOKEN, der_set(tokens)))
    stamped = der_sequence(*parts, parser.emit(2, 1, 1, b"".join(sorted(attributes))))
    return der_sequence(content_type, parser.emit(2, 1, 0, der_sequence(*before, der_set([stamped]))))


UNSIGNED_ATTRIBUTES = 0xA1
"""The first octet of SignerInfo's [1] IMPLICIT SET OF Attribute (RFC 5652 §5.3)."""
TIME_STAMP_TOKEN = asn1_cms.CMSAttributeType("signature_time_stamp_token").dump()


def _value(element: bytes) -> bytes:
    """The contents of one DER element. Raises ValueError for anything else."""
    return bytes(parser.parse(element, strict=True)[4])


def _elements(contents: bytes) -> list[bytes]:
    """The elements that follow each other in `contents`."""
    found = []
    while contents:
        length = parser.peek(contents)
        found.append(contents[:length])
        contents = contents[length:]
    return found


def _signer(container: asn1_cms.ContentInfo) -> asn1_cms.SignerInfo:
    (signer,) = container["content"]["signer_infos"]
    return signer
