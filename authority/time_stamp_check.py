"""Verifying an RFC 3161 time-stamp token: what it proves, or why it proves nothing."""

from collections.abc import Callable, Sequence
from datetime import datetime

from cryptography import x509

from authority.certificate_path import find_path
from authority.cms_reader import (
    ID_TST_INFO,
    Malformed,
    SignedMessage,
    TimeStampInfo,
    read_signed_message,
    read_time_stamp_info,
)
from authority.revocation_check import CLOCK_TOLERANCE, links_above
from authority.signature_algorithms import (
    ACCEPTED_HASHES,
    accepted_key,
    digest,
    hashes_accepted,
    scheme_fits,
    signature_is_right,
)
from authority.verification_report import CertificateStatusHistory

# RFC 3161 §4: after these, and only after these, tokens made before the revocation remain valid.
REASONS_THAT_SPARE_THE_PAST = {"unspecified", "affiliationchanged", "superseded", "cessationofoperation"}


class ProvesNothing(Exception):
    """The token does not prove a time; the message says why."""


def proved_time(
    token: bytes,
    stamped: bytes,
    *,
    roots: Sequence[x509.Certificate],
    intermediates: Sequence[x509.Certificate],
    status: Callable[[int], CertificateStatusHistory | None],
    at: datetime,
    time_stamp_roots: Sequence[x509.Certificate] = (),
    revocation_lists: Sequence[bytes] = (),
) -> datetime:
    """
    The instant at which `token` (DER ContentInfo) proves `stamped` to have existed.

    The path is validated at `at`, not at the token's own instant: a token whose certificate has ended proves nothing
    by itself any more. Of a token's certificate below `roots` the registry is asked by `status`, which need not know of
    it; one below `time_stamp_roots` is another registry's. `revocation_lists` tell of the authorities above.

    Raises `ProvesNothing`.
    """
    # (1) It is a token, and its signer is identified.
    try:
        message = read_signed_message(token)
        if message.content_type != ID_TST_INFO or message.content is None:
            raise ProvesNothing("not a time-stamp token")
        info = read_time_stamp_info(message.content)
    except Malformed as error:
        raise ProvesNothing(str(error)) from error
    certificate = message.signing_certificate
    if certificate is None:
        raise ProvesNothing("its signer's certificate is not enclosed")

    # (2) It is about these octets, and signed.
    _check_imprint(info, stamped)
    _check_signature(message, message.content, certificate)

    # (3) Its signer is a time-stamp authority that a root vouches for.
    enclosed = (*message.certificates, *intermediates)
    anchors = (*roots, *time_stamp_roots)
    chain = find_path(certificate, roots=anchors, intermediates=enclosed, at=at, for_time_stamping=True)
    if not chain:
        raise ProvesNothing("no path from its signer to a root, or not a time-stamp authority's certificate")
    ours = chain[-1] in roots

    # (4) The instant is possible.
    moment = info.generated_at
    if not certificate.not_valid_before_utc <= moment <= min(certificate.not_valid_after_utc, at + CLOCK_TOLERANCE):
        raise ProvesNothing("its instant is outside its certificate's term or in the future")

    # (5) Its signer was not revoked then; nor later because of its key, for then anybody may have back-dated it.
    history = status(certificate.serial_number) if ours else None
    if history:
        _check_revocation(history, moment, "its signer's certificate")

    # (6) Nor was an authority above it, of which something fresh must be known below roots of ours.
    for link in links_above(chain, revocation_lists, at=at) if revocation_lists else ():
        if link.history:
            _check_revocation(link.history, moment, "an authority above its signer")
        if ours and (link.history is None or link.history.stale(at) or link.history.on_hold(at)):
            raise ProvesNothing("nothing fresh is known of an authority above its signer, or it is on hold")
    return moment


def _check_revocation(history: CertificateStatusHistory, moment: datetime, whose: str) -> None:
    if history.bad_since is None:
        return
    if _spelling(history.reason) not in REASONS_THAT_SPARE_THE_PAST:
        raise ProvesNothing(f"{whose} was revoked, and not for a harmless reason")
    if history.bad_since <= moment:
        raise ProvesNothing(f"{whose} was revoked before")


def _spelling(reason: str | None) -> str:
    return (reason or "").replace("_", "").lower()


def _check_imprint(info: TimeStampInfo, stamped: bytes) -> None:
    if info.digest_algorithm not in ACCEPTED_HASHES:
        raise ProvesNothing("weak hash of the imprint")
    if digest(info.digest_algorithm, stamped) != info.imprint:
        raise ProvesNothing("it is about something else")


def _check_signature(message: SignedMessage, content: bytes, certificate: x509.Certificate) -> None:
    public_key = accepted_key(certificate)
    if public_key is None or not hashes_accepted(message) or not scheme_fits(message, public_key):
        raise ProvesNothing("weak or unknown algorithm")
    if digest(message.digest_algorithm, content) != message.message_digest:
        raise ProvesNothing("its digest differs")
    if not signature_is_right(message, public_key):
        raise ProvesNothing("its signature is wrong")
