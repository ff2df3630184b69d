"""
The time-stamp authority (RFC 3161), in process: an HTTP endpoint needs only `respond`.

    time_stamps = TimeStampAuthority.of(authority)
    token = time_stamps.stamp(hashlib.sha256(signature_value(cms)).digest(), serial=new_serial(), at=now)
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Self

from asn1crypto import cms, core, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509

from authority.certificates import to_asn1
from authority.keystore import Authority
from authority.keystore_errors import TokenUnavailable
from authority.public_keys import signing_hash
from authority.signed_data import signed_attributes, signed_data
from authority.signing_identity import SigningIdentity

IMPRINT_OCTETS = {"sha256": 32, "sha384": 48, "sha512": 64}
ACCURACY_SECONDS = 1
MAXIMUM_REQUEST_OCTETS = 4096


class _Refusal(core.Sequence):  # type: ignore[misc]
    # asn1crypto's TimeStampResp cannot be written without a token
    _fields = [("status", tsp.PKIStatusInfo)]


class TimeStampAuthority:
    """
    Issues time-stamp tokens with `identity`, enclosing its certificate and `chain`, under the dotted OID `policy`.

    It has no clock: the caller says what time it is, once, and answers for that.
    """

    def __init__(self, identity: SigningIdentity, chain: Sequence[x509.Certificate], policy: str) -> None:
        self._identity = identity
        self._chain = tuple(chain)
        self._policy = policy

    @classmethod
    def of(cls, authority: Authority) -> Self:
        """The one of `authority`, with the chain of the generation that certified it."""
        return cls(authority.time_stamping, authority.time_stamping_chain, authority.policy.time_stamping)

    def stamp(self, imprint: bytes, *, hash_algorithm: str = "sha256", serial: int, at: datetime) -> bytes:
        """
        A token (DER ContentInfo) saying that `imprint`, a digest by `hash_algorithm`, existed at `at`.

        `hash_algorithm` is "sha256", "sha384" or "sha512"; `serial` is unique among this authority's tokens; `at` is
        an aware datetime, kept to the millisecond. Raises ValueError.
        """
        if IMPRINT_OCTETS.get(hash_algorithm) != len(imprint):
            raise ValueError(f"not a digest by {hash_algorithm}: {len(imprint)} octets")
        message_imprint = tsp.MessageImprint(
            {"hash_algorithm": {"algorithm": hash_algorithm}, "hashed_message": imprint}
        )
        return bytes(self._token(message_imprint, serial, at, nonce=None, with_certificates=True).dump())

    def respond(self, request_der: bytes, *, serial: int, at: datetime) -> bytes:
        """
        The answer (DER TimeStampResp) to any octets somebody sent: a token or a rejection, never an exception.

        `serial` and `at` as in `stamp`. The failure is named as RFC 3161 §2.4.2 wants it: badDataFormat, badAlg,
        unacceptedPolicy, unacceptedExtension, and systemFailure while the key's token does not answer.
        """
        if len(request_der) > MAXIMUM_REQUEST_OCTETS:
            return _reject("bad_data_format")
        try:
            request = tsp.TimeStampReq.load(request_der, strict=True)
            message_imprint = request["message_imprint"]
            algorithm = message_imprint["hash_algorithm"].native["algorithm"]
            imprint = message_imprint["hashed_message"].native
            policy = request["req_policy"].dotted if request["req_policy"].native else None
            nonce = request["nonce"].native
            with_certificates = request["cert_req"].native
            has_extensions = bool(request["extensions"].native)
            version = request["version"].native
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):  # all that asn1crypto stumbles with
            return _reject("bad_data_format")
        if version != "v1":
            return _reject("bad_data_format")
        if algorithm not in IMPRINT_OCTETS:
            return _reject("bad_alg")
        if len(imprint) != IMPRINT_OCTETS[algorithm]:
            return _reject("bad_data_format")
        if policy not in {None, self._policy}:
            return _reject("unaccepted_policy")
        if has_extensions:
            return _reject("unaccepted_extensions")
        try:
            token = self._token(message_imprint, serial, at, nonce=nonce, with_certificates=with_certificates)
        except TokenUnavailable:
            return _reject("system_failure")
        return bytes(tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump())

    def _token(
        self,
        message_imprint: tsp.MessageImprint,
        serial: int,
        at: datetime,
        *,
        nonce: int | None,
        with_certificates: bool,
    ) -> cms.ContentInfo:
        if at.tzinfo is None:
            raise ValueError("at must be an aware datetime")
        certificate = self._identity.certificate
        moment = at.astimezone(UTC)
        info = tsp.TSTInfo(
            {
                "version": "v1",
                "policy": self._policy,
                "message_imprint": message_imprint,
                "serial_number": serial,
                "gen_time": moment.replace(microsecond=moment.microsecond // 1000 * 1000),
                "accuracy": {"seconds": ACCURACY_SECONDS},
                "tsa": asn1_x509.GeneralName("directory_name", to_asn1(certificate).subject),
            }
        )
        if nonce is not None:
            info["nonce"] = nonce
        content = info.dump()
        digest = hashlib.new(signing_hash(certificate.public_key()).name, content).digest()
        attributes = signed_attributes("tst_info", digest, certificate, moment)
        return signed_data(
            attributes,
            self._identity.sign(attributes),
            certificate,
            (certificate, *self._chain) if with_certificates else (),
            content_type="tst_info",
            content=content,
        )


def _reject(failure: str) -> bytes:
    return bytes(_Refusal({"status": {"status": "rejection", "fail_info": {failure}}}).dump())
