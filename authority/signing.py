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
from asn1crypto import core
from cryptography import x509

from authority.public_keys import signing_hash
from authority.signed_data import signed_attributes, signed_data
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

    An ECDSA value is a DER Ecdsa-Sig-Value. Nothing is verified here: that is the verifier's work, and it must be done
    before a value from outside is kept.
    """
    enclosed = (certificate, *chain)
    return bytes(signed_data(attributes, signature_value, certificate, enclosed, content_type="data").dump())


def signature_value(cms: bytes) -> bytes:
    """The signature value of the only signer: what a time-stamp is taken over (ETSI EN 319 122-1 §5.3)."""
    return bytes(_signer(asn1_cms.ContentInfo.load(cms))["signature"].native)


def attach_time_stamp(cms: bytes, token: bytes) -> bytes:
    """
    The signature `cms` with the RFC 3161 `token` (DER ContentInfo) as an unsigned attribute: level T.

    A token that is there already stays. Raises ValueError if the signed octets would change, which happens only to a
    `cms` that is not DER.
    """
    container = asn1_cms.ContentInfo.load(cms)
    signer = _signer(container)
    signed_before = signer["signed_attrs"].dump()
    tokens = [token]
    others = []
    if not isinstance(signer["unsigned_attrs"], core.Void):
        for attribute in signer["unsigned_attrs"]:
            if attribute["type"].native == "signature_time_stamp_token":
                tokens = [*(value.dump() for value in attribute["values"]), *tokens]
            else:
                others.append(attribute)
    attribute = asn1_cms.CMSAttribute(
        {"type": "signature_time_stamp_token", "values": [asn1_cms.ContentInfo.load(each) for each in tokens]}
    )
    signer["unsigned_attrs"] = asn1_cms.CMSAttributes([*others, attribute])
    stamped = bytes(container.dump())
    if _signer(asn1_cms.ContentInfo.load(stamped))["signed_attrs"].dump() != signed_before:
        raise ValueError("the signature is not DER: stamping it would change what was signed")
    return stamped


def _signer(container: asn1_cms.ContentInfo) -> asn1_cms.SignerInfo:
    (signer,) = container["content"]["signer_infos"]
    return signer
