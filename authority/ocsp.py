"""
Certificate status on request (RFC 6960, nonce by RFC 9654): what a request asks, and the signed answer.

    try:
        question = read_question(request_der, authority)
    except OcspRefused as refused:
        return refusal(refused.failure)
    return answer(question, state_of(question.serial), this_update=now, next_update=now + hour)

The answers are signed by the delegated responder of the very generation that issued the certificate.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from asn1crypto import core
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import ocsp

from authority.certificates import to_asn1
from authority.keystore import Authority, Generation
from authority.public_keys import signing_hash
from authority.revocation_lists import revocation_reason, to_the_second
from authority.serial_numbers import MAXIMUM_SERIAL

MAXIMUM_REQUEST_OCTETS = 4096
MAXIMUM_NONCE_OCTETS = 128  # RFC 9654 §2.1
ISSUER_HASHES = (hashes.SHA1, hashes.SHA224, hashes.SHA256, hashes.SHA384, hashes.SHA512)


class OcspFailure(StrEnum):
    """The unsuccessful OCSPResponseStatus values (RFC 6960 §4.2.1)."""

    MALFORMED_REQUEST = "malformedRequest"
    INTERNAL_ERROR = "internalError"
    TRY_LATER = "tryLater"
    UNAUTHORIZED = "unauthorized"


class OcspRefused(Exception):
    """The request gets no signed answer; `failure` says why, `refusal` puts it into DER."""

    def __init__(self, failure: OcspFailure) -> None:
        super().__init__(failure.value)
        self.failure = failure


class StateKind(StrEnum):
    """What is known about a serial number; UNKNOWN is one that was never issued."""

    GOOD = "GOOD"
    REVOKED = "REVOKED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True)
class CertificateState:
    """
    The status of one certificate.

    A REVOKED one has `revoked_at` (aware) and `reason`, a name of CRLReason as in `revocation_lists`; a suspended
    certificate is REVOKED with certificateHold.
    """

    kind: StateKind
    revoked_at: datetime | None = None
    reason: str = "unspecified"


@dataclass(frozen=True)
class OcspQuestion:
    """A readable request about certificate `serial` of `generation`; the octets named after it are echoed."""

    generation: Generation
    serial: int
    issuer_name_hash: bytes
    issuer_key_hash: bytes
    hash_algorithm: hashes.HashAlgorithm
    nonce: bytes | None


def read_question(der: bytes, authority: Authority) -> OcspQuestion:
    """
    Read a DER OCSPRequest about one certificate of one of `authority`'s generations.

    A signature on the request is not looked at: everybody may ask. Raises `OcspRefused`: malformedRequest for any
    other octets (also for several certificates at once, as RFC 5019 §2.1.1 has it), unauthorized for a foreign issuer.
    """
    if len(der) > MAXIMUM_REQUEST_OCTETS:
        raise OcspRefused(OcspFailure.MALFORMED_REQUEST)
    try:
        request = ocsp.load_der_ocsp_request(der)
        nonce = _nonce(request.extensions)
        name_hash, key_hash, serial = request.issuer_name_hash, request.issuer_key_hash, request.serial_number
    except (ValueError, TypeError, NotImplementedError, x509.DuplicateExtension) as error:
        raise OcspRefused(OcspFailure.MALFORMED_REQUEST) from error
    if not 0 <= serial <= MAXIMUM_SERIAL:
        raise OcspRefused(OcspFailure.MALFORMED_REQUEST)
    try:
        algorithm = request.hash_algorithm
    except UnsupportedAlgorithm as error:  # nobody can say whose certificate that is
        raise OcspRefused(OcspFailure.UNAUTHORIZED) from error
    for generation in authority.generations:
        if isinstance(algorithm, ISSUER_HASHES) and _is_issuer(generation, algorithm, name_hash, key_hash):
            return OcspQuestion(generation, serial, name_hash, key_hash, algorithm, nonce)
    raise OcspRefused(OcspFailure.UNAUTHORIZED)


def answer(question: OcspQuestion, state: CertificateState, *, this_update: datetime, next_update: datetime) -> bytes:
    """
    The signed answer (DER OCSPResponse) that `state` is known at `this_update` and again at `next_update`.

    Both are aware datetimes, used to the second. The responder's certificate is enclosed. Raises ValueError.
    """
    revoked = state.kind is StateKind.REVOKED
    if revoked and state.revoked_at is None:
        raise ValueError("a revoked certificate was revoked at some moment")
    reason = revocation_reason(state.reason)
    responder = question.generation.ocsp
    builder = (
        ocsp.OCSPResponseBuilder()
        .add_response_by_hash(
            question.issuer_name_hash,
            question.issuer_key_hash,
            question.serial,
            question.hash_algorithm,
            ocsp.OCSPCertStatus[state.kind.value],
            to_the_second(this_update),
            to_the_second(next_update),
            to_the_second(state.revoked_at) if revoked and state.revoked_at else None,
            reason if revoked and reason is not x509.ReasonFlags.unspecified else None,
        )
        .responder_id(ocsp.OCSPResponderEncoding.HASH, responder.certificate)
        .certificates([responder.certificate])
    )
    if question.nonce is not None:
        builder = builder.add_extension(x509.OCSPNonce(question.nonce), critical=False)
    response = builder.sign(responder.private_key, signing_hash(responder.certificate.public_key()))
    return response.public_bytes(serialization.Encoding.DER)


def refusal(failure: OcspFailure) -> bytes:
    """The unsigned answer (DER OCSPResponse) that only says why there is none."""
    status = {
        OcspFailure.MALFORMED_REQUEST: ocsp.OCSPResponseStatus.MALFORMED_REQUEST,
        OcspFailure.INTERNAL_ERROR: ocsp.OCSPResponseStatus.INTERNAL_ERROR,
        OcspFailure.TRY_LATER: ocsp.OCSPResponseStatus.TRY_LATER,
        OcspFailure.UNAUTHORIZED: ocsp.OCSPResponseStatus.UNAUTHORIZED,
    }[failure]
    return ocsp.OCSPResponseBuilder.build_unsuccessful(status).public_bytes(serialization.Encoding.DER)


def _nonce(extensions: x509.Extensions) -> bytes | None:
    nonce = None
    for extension in extensions:
        if isinstance(extension.value, x509.OCSPNonce):
            nonce = extension.value.nonce
            if not 1 <= len(nonce) <= MAXIMUM_NONCE_OCTETS:
                raise ValueError("a nonce of no octets or of too many")
        elif extension.critical and not isinstance(extension.value, x509.OCSPAcceptableResponses):
            raise ValueError("an unknown critical extension")  # RFC 6960 §4.4
    return nonce


def _is_issuer(
    generation: Generation, algorithm: hashes.HashAlgorithm, issuer_name_hash: bytes, issuer_key_hash: bytes
) -> bool:
    """RFC 6960 §4.1.1: hashed are the DER name, and the public key's bits without tag, length and unused bits."""
    structure = to_asn1(generation.issuing.certificate)
    bits: core.BitString = structure.public_key["public_key"]
    return (issuer_name_hash, issuer_key_hash) == (
        _digest(structure.subject.dump(), algorithm),
        _digest(bytes(bits.contents[1:]), algorithm),
    )


def _digest(octets: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(octets)
    return digest.finalize()
