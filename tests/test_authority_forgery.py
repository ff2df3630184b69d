"""Taking signatures apart and putting them together wrongly, for the verifier's tests. It holds no test of its own."""

import hashlib
from collections.abc import Callable, Sequence

from asn1crypto import cms as asn1_cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from authority.certificates import to_asn1
from authority.holder_key import HolderKey
from authority.signing_identity import SigningKey
from tests.test_authority_setting import CONTENT, SoftwareKey

HASHES = {"sha1": hashes.SHA1(), "md5": hashes.MD5(), "sha256": hashes.SHA256()}

Attributes = list[asn1_cms.CMSAttribute]


def resigned(
    cms: bytes,
    key: SigningKey,
    *,
    digest_algorithm: str = "sha256",
    change: Callable[[Attributes], Attributes] = lambda attributes: attributes,
) -> bytes:
    """`cms` signed anew by `key`, by another hash if asked, its signed attributes gone through `change`."""
    container = asn1_cms.ContentInfo.load(cms)
    signer = container["content"]["signer_infos"][0]
    attributes = list(signer["signed_attrs"])
    for attribute in attributes:
        if attribute["type"].native == "message_digest":
            attribute["values"] = [hashlib.new(digest_algorithm, CONTENT).digest()]
    signed_attributes = asn1_cms.CMSAttributes(change(attributes))
    algorithm = HASHES[digest_algorithm]
    assert isinstance(key, SoftwareKey | HolderKey)
    private_key = key.private_key if isinstance(key, SoftwareKey) else key._private_key
    signer["signed_attrs"] = signed_attributes
    signer["signature"] = private_key.sign(signed_attributes.dump(), ec.ECDSA(algorithm))
    signer["digest_algorithm"] = {"algorithm": digest_algorithm}
    signer["signature_algorithm"] = (
        {"algorithm": f"{digest_algorithm}_ecdsa"} if digest_algorithm != "md5" else {"algorithm": "md5_rsa"}
    )
    return bytes(container.dump())


def with_certificates(cms: bytes, certificates: Sequence[x509.Certificate]) -> bytes:
    """`cms` enclosing other certificates than before."""
    container = asn1_cms.ContentInfo.load(cms)
    container["content"]["certificates"] = [to_asn1(each) for each in certificates]
    return bytes(container.dump())


def without_certificates(cms: bytes) -> bytes:
    container = asn1_cms.ContentInfo.load(cms)
    signed_data = container["content"]
    kept = {
        field: signed_data[field] for field in ("version", "digest_algorithms", "encap_content_info", "signer_infos")
    }
    return bytes(asn1_cms.ContentInfo({"content_type": "signed_data", "content": asn1_cms.SignedData(kept)}).dump())
