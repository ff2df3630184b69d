"""Finding and validating a certification path (RFC 5280 §6) with cryptography's own path validation."""

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

MAXIMUM_INTERMEDIATES = 3
DOCUMENT_USAGES = {
    x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36"),  # documentSigning, RFC 9336
    ExtendedKeyUsageOID.EMAIL_PROTECTION,
}

# The library passes over these where they are not critical; whoever sets them wants policies processed.
POLICY_PROCESSING = {ExtensionOID.POLICY_CONSTRAINTS, ExtensionOID.POLICY_MAPPINGS, ExtensionOID.INHIBIT_ANY_POLICY}


def find_path(
    certificate: x509.Certificate,
    *,
    roots: Sequence[x509.Certificate],
    intermediates: Sequence[x509.Certificate],
    at: datetime,
    for_time_stamping: bool = False,
) -> tuple[x509.Certificate, ...]:
    """
    The path from `certificate` to one of `roots`, valid at `at`; empty if there is none.

    `for_time_stamping` also wants timeStamping as the only extended key usage, critical (RFC 3161 §2.3). The library
    bounds the number of signatures it tries, refuses SHA-1, unknown critical extensions and name constraints of kinds
    that it does not know. A path that asks for the processing of policies is refused too. Revocation: not here.
    """
    if not roots:
        return ()
    end_entity = ExtensionPolicy.permit_all()
    if for_time_stamping:
        end_entity = end_entity.require_present(x509.ExtendedKeyUsage, Criticality.CRITICAL, _only_time_stamping)
    verifier = (
        PolicyBuilder()
        .store(Store(list(roots)))
        .time(at)
        .max_chain_depth(MAXIMUM_INTERMEDIATES)
        .extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=end_entity)
        .build_client_verifier()
    )
    try:
        chain = tuple(verifier.verify(certificate, list(intermediates)).chain)
        return () if any(map(_wants_policies_processed, chain)) else chain
    except (VerificationError, ValueError, TypeError):
        return ()
    except UserWarning:
        # Its refusals describe the certificate, and describing a name of more than 64 octets warns: where warnings
        # are errors, the refusal arrives as one.
        return ()


def _wants_policies_processed(certificate: x509.Certificate) -> bool:
    return not POLICY_PROCESSING.isdisjoint(extension.oid for extension in certificate.extensions)


def may_sign_documents(certificate: x509.Certificate) -> bool:
    """Whether a validated certificate's usages allow signing documents: not those of an authority or a service."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        extended_usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return False
    return (usage.digital_signature or usage.content_commitment) and not DOCUMENT_USAGES.isdisjoint(extended_usage)


def _only_time_stamping(_policy: Policy, _certificate: x509.Certificate, usage: x509.ExtendedKeyUsage) -> None:
    if list(usage) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise ValueError("not a time-stamp authority's certificate")
