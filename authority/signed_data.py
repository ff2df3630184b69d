"""Composing CMS SignedData (RFC 5652) with one signer: what document signatures and time-stamp tokens share."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Literal

from asn1crypto import cms, core, parser, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from authority.certificates import to_asn1, to_der

ContentType = Literal["data", "tst_info"]

DIGEST_BY_LENGTH = {32: "sha256", 48: "sha384"}
FIRST_YEAR_OF_GENERALIZED_TIME = 2050  # RFC 5652 §11.3


def signed_attributes(
    content_type: ContentType, content_digest: bytes, certificate: x509.Certificate, signing_time: datetime
) -> bytes:
    """
    The DER SET OF signed attributes: contentType, messageDigest, signingTime, signingCertificateV2 (RFC 5035).

    `content_digest` is SHA-256 or SHA-384, told apart by its length; `signing_time` is aware and kept to the second.
    Raises ValueError.
    """
    if len(content_digest) not in DIGEST_BY_LENGTH:
        raise ValueError("the content digest must be SHA-256 or SHA-384")
    if signing_time.tzinfo is None:
        raise ValueError("signing_time must be an aware datetime")
    moment = signing_time.astimezone(UTC).replace(microsecond=0)
    kind = "utc_time" if moment.year < FIRST_YEAR_OF_GENERALIZED_TIME else "generalized_time"
    structure = to_asn1(certificate)
    certificate_identifier = tsp.ESSCertIDv2(
        {
            "cert_hash": hashlib.sha256(to_der(certificate)).digest(),
            "issuer_serial": {
                "issuer": [asn1_x509.GeneralName("directory_name", structure.issuer)],
                "serial_number": structure.serial_number,
            },
        }
    )
    values = {
        "content_type": cms.ContentType(content_type),
        "signing_time": cms.Time({kind: moment}),
        "message_digest": core.OctetString(content_digest),
        "signing_certificate_v2": tsp.SigningCertificateV2({"certs": [certificate_identifier]}),
    }
    return der_set(
        der_sequence(cms.CMSAttributeType(attribute).dump(), der_set([value.dump()]))
        for attribute, value in values.items()
    )


def der_sequence(*elements: bytes) -> bytes:
    """
    SEQUENCE of DER elements at hand.

    asn1crypto sorts a SET by encoding its members anew at every level above, in a time that doubles with each; so what
    holds a SET is put together from octets.
    """
    return bytes(parser.emit(0, 1, 16, b"".join(elements)))


def der_set(elements: Iterable[bytes]) -> bytes:
    """SET OF DER elements in the order of DER (X.690 §11.6)."""
    return bytes(parser.emit(0, 1, 17, b"".join(sorted(elements))))


def signed_data(
    attributes: bytes,
    signature_value: bytes,
    certificate: x509.Certificate,
    enclosed_certificates: Sequence[x509.Certificate],
    *,
    content_type: ContentType,
    content: bytes | None = None,
) -> cms.ContentInfo:
    """
    ContentInfo of a SignedData: `certificate` signed `attributes`, giving `signature_value`. Without `content` it is
    detached.

    Both algorithms follow from the certificate's key and the length of the digest in the attributes, because openssl
    verifies with the digest algorithm and ignores the hash named beside the signature.
    """
    structure = to_asn1(certificate)
    parsed_attributes = cms.CMSAttributes.load(attributes)
    digest_algorithm = DIGEST_BY_LENGTH[len(_message_digest(parsed_attributes))]
    key_kind = "ecdsa" if isinstance(certificate.public_key(), ec.EllipticCurvePublicKey) else "rsa"
    signer = cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                "issuer_and_serial_number",
                {"issuer": structure.issuer, "serial_number": structure.serial_number},
            ),
            "digest_algorithm": {"algorithm": digest_algorithm},
            "signed_attrs": parsed_attributes,
            "signature_algorithm": {"algorithm": f"{digest_algorithm}_{key_kind}"},
            "signature": signature_value,
        }
    )
    encapsulated: dict[str, object] = {"content_type": content_type}
    if content is not None:
        encapsulated["content"] = cms.ParsableOctetString(content)
    data = {
        # RFC 5652 §5.1: 3 as soon as the content is anything but id-data
        "version": "v1" if content_type == "data" else "v3",
        "digest_algorithms": [{"algorithm": digest_algorithm}],
        "encap_content_info": encapsulated,
        "signer_infos": [signer],
    }
    if enclosed_certificates:
        data["certificates"] = [to_asn1(enclosed) for enclosed in enclosed_certificates]
    return cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(data)})


def _message_digest(attributes: cms.CMSAttributes) -> bytes:
    for attribute in attributes:
        if attribute["type"].native == "message_digest":
            return bytes(attribute["values"][0].native)
    raise ValueError("the attributes hold no message digest")
