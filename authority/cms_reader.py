"""
Reading signatures and time-stamp tokens from hostile hands: octets in, plain values out, or `Malformed`.

Everything that parses CMS for the verifier is here, so that the checks themselves never meet a lazy parser's surprise.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from asn1crypto import cms, core, tsp
from cryptography import x509

from authority.der_structure import NotDer, NotFollowed, check_der

MAXIMUM_OCTETS = 1024 * 1024
MAXIMUM_CERTIFICATES = 16
MAXIMUM_ATTRIBUTES = 16
MAXIMUM_TIME_STAMPS = 4

ID_DATA = "1.2.840.113549.1.7.1"
ID_TST_INFO = "1.2.840.113549.1.9.16.1.4"

_SET_OF = b"\x31"  # what the [0] of the signed attributes is replaced by before signing: RFC 5652 §5.4

P = ParamSpec("P")
T = TypeVar("T")


class Malformed(ValueError):
    """The octets are not a signature or token of the form we accept; the message says where."""


class NotTaken(Malformed):
    """What may well be a signature, but larger or of another form than we take; the message says how."""


@dataclass(frozen=True)
class SignedMessage:
    """A CMS SignedData with one signer, as far as verifying needs it. Algorithm names are asn1crypto's."""

    content_type: str  # dotted
    content: bytes | None  # None when detached
    digest_algorithm: str
    signature_scheme: str  # "ecdsa", "rsassa_pkcs1v15" or what else it names
    signature_digest_algorithm: str
    signature: bytes
    signed_octets: bytes
    message_digest: bytes
    signing_time: datetime | None
    signing_certificate: x509.Certificate | None  # the enclosed one that both identifiers of the signer fit
    certificates: tuple[x509.Certificate, ...]
    time_stamps: tuple[bytes, ...]


@dataclass(frozen=True)
class TimeStampInfo:
    """The TSTInfo of a token (RFC 3161 §2.4.2)."""

    digest_algorithm: str
    imprint: bytes
    generated_at: datetime


def _one_way_out(function: Callable[P, T]) -> Callable[P, T]:
    """Let a reading function fail in one way only."""

    @wraps(function)
    def read(*arguments: P.args, **options: P.kwargs) -> T:
        try:
            return function(*arguments, **options)
        except Malformed:
            raise
        except NotFollowed as error:
            raise NotTaken(str(error)) from error
        except NotDer as error:
            raise Malformed(str(error)) from error
        except (MemoryError, RecursionError) as error:
            raise NotTaken("more than can be held here") from error
        except Exception as error:  # a lazy parser fails with whatever its insides happen to raise on such octets
            raise Malformed(f"{type(error).__name__} in {function.__name__}") from error

    return read


@_one_way_out
def read_signed_message(octets: bytes) -> SignedMessage:
    """
    Read a ContentInfo of SignedData with exactly one signer and signed attributes.

    Raises `Malformed`, `NotTaken` among it.
    """
    if len(octets) > MAXIMUM_OCTETS:
        raise NotTaken("too large")
    check_der(octets)
    container = cms.ContentInfo.load(octets, strict=True)
    if container["content_type"].native != "signed_data":
        raise NotTaken("not SignedData")
    signed_data = container["content"]
    if len(signed_data["signer_infos"]) != 1:
        raise NotTaken("not exactly one signer")
    signer = signed_data["signer_infos"][0]
    if not isinstance(signer["signed_attrs"], cms.CMSAttributes):
        raise NotTaken("no signed attributes")
    signed = _attributes(signer["signed_attrs"])
    content_type = signed_data["encap_content_info"]["content_type"].dotted
    if signed.one("content_type").dotted != content_type:
        raise Malformed("contentType differs from the content's type")
    certificate_structures = _certificates(signed_data)
    scheme, signature_digest = _signature_algorithm(signer)
    return SignedMessage(
        content_type=content_type,
        content=_content(signed_data["encap_content_info"]),
        digest_algorithm=signer["digest_algorithm"]["algorithm"].native,
        signature_scheme=scheme,
        signature_digest_algorithm=signature_digest,
        signature=signer["signature"].native,
        signed_octets=_SET_OF + signer["signed_attrs"].dump()[1:],
        message_digest=signed.one("message_digest").native,
        signing_time=_moment(signed.one("signing_time").native) if "signing_time" in signed.values else None,
        signing_certificate=_signing_certificate(signer["sid"], signed, certificate_structures),
        certificates=tuple(x509.load_der_x509_certificate(each.dump()) for each in certificate_structures),
        time_stamps=_time_stamps(signer["unsigned_attrs"]),
    )


@_one_way_out
def read_time_stamp_info(octets: bytes) -> TimeStampInfo:
    """Read a DER TSTInfo. Raises `Malformed`."""
    check_der(octets)
    info = tsp.TSTInfo.load(octets, strict=True)
    if info["version"].native != "v1":
        raise Malformed("unknown version of TSTInfo")
    return TimeStampInfo(
        digest_algorithm=info["message_imprint"]["hash_algorithm"]["algorithm"].native,
        imprint=info["message_imprint"]["hashed_message"].native,
        generated_at=_moment(info["gen_time"].native),
    )


@dataclass(frozen=True)
class _Attributes:
    values: dict[str, list[Any]]

    def one(self, kind: str) -> Any:
        """The single value of the attribute; RFC 5652 §11 and RFC 5035 §5 want exactly one for all that we read."""
        found = self.values.get(kind, [])
        if len(found) != 1:
            raise Malformed(f"not exactly one value of {kind}")
        return found[0]


def _attributes(attributes: cms.CMSAttributes) -> _Attributes:
    if len(attributes) > MAXIMUM_ATTRIBUTES:
        raise NotTaken("too many attributes")
    values: dict[str, list[Any]] = {}
    for attribute in attributes:
        kind = attribute["type"].native
        if kind in values:
            raise Malformed(f"{kind} stands there twice")
        values[kind] = list(attribute["values"])
    return _Attributes(values)


def _certificates(signed_data: cms.SignedData) -> list[Any]:
    if isinstance(signed_data["certificates"], core.Void):
        return []
    if len(signed_data["certificates"]) > MAXIMUM_CERTIFICATES:
        raise NotTaken("too many certificates")
    return [choice.chosen for choice in signed_data["certificates"] if choice.name == "certificate"]


def _signing_certificate(sid: Any, signed: _Attributes, structures: list[Any]) -> x509.Certificate | None:
    """
    The enclosed certificate that fits the signer identifier and the signed signingCertificateV2 (RFC 5035 §3).

    The identifier alone is not signed: a certificate could be put in another's place.
    """
    if "signing_certificate_v2" not in signed.values:
        raise NotTaken("no signingCertificateV2")
    named = signed.one("signing_certificate_v2")["certs"][0]
    digest_algorithm = named["hash_algorithm"]["algorithm"].native
    if digest_algorithm not in {"sha256", "sha384", "sha512"}:
        return None
    for structure in structures:
        der = structure.dump()
        if sid.name == "issuer_and_serial_number":
            fits = (
                sid.chosen["issuer"].dump() == structure.issuer.dump()
                and sid.chosen["serial_number"].native == structure.serial_number
            )
        else:
            fits = sid.chosen.native == structure.key_identifier
        if fits and hashlib.new(digest_algorithm, der).digest() == named["cert_hash"].native:
            return x509.load_der_x509_certificate(der)
    return None


def _signature_algorithm(signer: cms.SignerInfo) -> tuple[str, str]:
    algorithm = signer["signature_algorithm"]
    name = algorithm["algorithm"].native
    if name in {"rsassa_pkcs1v15", "ecdsa"}:  # names no hash of its own: RFC 3370 §3.2
        return name, signer["digest_algorithm"]["algorithm"].native
    if name.endswith(("_ecdsa", "_rsa")):
        return algorithm.signature_algo, algorithm.hash_algo
    return name, name  # RSASSA-PSS, EdDSA, GOST …: nothing that we accept, and named as what it is


def _content(encapsulated: Any) -> bytes | None:
    content = encapsulated["content"]
    return None if isinstance(content, core.Void) else bytes(content)


def _time_stamps(unsigned: Any) -> tuple[bytes, ...]:
    if isinstance(unsigned, core.Void):
        return ()
    return tuple(_tokens(_attributes(unsigned)))


def _tokens(attributes: _Attributes) -> Iterator[bytes]:
    tokens = attributes.values.get("signature_time_stamp_token", [])
    if len(tokens) > MAXIMUM_TIME_STAMPS:
        raise NotTaken("too many time-stamps")
    for token in tokens:
        yield token.dump()


def _moment(value: object) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise Malformed("an instant without a zone")
    return value
