"""The five certificate profiles of the authority (RFC 5280, legal.md §2), each an unsigned builder."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

DOCUMENT_SIGNING = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36")  # RFC 9336 §3.1
ANY_POLICY = x509.ObjectIdentifier("2.5.29.32.0")  # RFC 5280 §4.2.1.4


def key_identifier(certificate: x509.Certificate) -> str:
    """The subject key identifier in lower-case hexadecimal: what a generation is called by."""
    return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest.hex()


@dataclass(frozen=True)
class PublicAddresses:
    """Where the world finds the authority; fixed at the ceremony, because it stands inside every certificate."""

    public_url: str

    @property
    def root_certificate(self) -> str:
        return f"{self.public_url}/pki/root.crt"

    @property
    def root_revocation_list(self) -> str:
        return f"{self.public_url}/pki/root.crl"

    def issuing_certificate(self, issuer: x509.Certificate) -> str:
        """Every generation of the issuing authority keeps addresses of its own, so that a rollover breaks none."""
        return f"{self.public_url}/pki/issuing-{key_identifier(issuer)}.crt"

    def issuing_revocation_list(self, issuer: x509.Certificate) -> str:
        return f"{self.public_url}/pki/issuing-{key_identifier(issuer)}.crl"

    @property
    def ocsp(self) -> str:
        return f"{self.public_url}/pki/ocsp"

    @property
    def practice_statement(self) -> str:
        return f"{self.public_url}/pki/practice"


@dataclass(frozen=True)
class Content:
    """What every certificate says: whose key, under which serial, from when until when (aware datetimes)."""

    subject: x509.Name
    public_key: CertificatePublicKeyTypes
    serial: int
    not_before: datetime
    not_after: datetime

    def builder(self, issuer: x509.Name) -> x509.CertificateBuilder:
        """A builder with these fields and the subject key identifier, issued by `issuer`."""
        return (
            x509.CertificateBuilder()
            .subject_name(self.subject)
            .issuer_name(issuer)
            .public_key(self.public_key)
            .serial_number(self.serial)
            .not_valid_before(self.not_before)
            .not_valid_after(self.not_after)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self.public_key), critical=False)
        )


def root(content: Content) -> x509.CertificateBuilder:
    """The self-signed root certificate."""
    return _certifying(content.builder(content.subject), path_length=None)


def issuing(content: Content, issuer: x509.Certificate, addresses: PublicAddresses) -> x509.CertificateBuilder:
    """The issuing authority's certificate: it may certify people and services, no further authority (pathlen 0)."""
    builder = _certifying(content.builder(issuer.subject), path_length=0)
    builder = _policy(builder, ANY_POLICY, practice_statement=None)
    builder = _issued_by(builder, issuer, addresses.root_certificate)
    return _revocation_list(builder, addresses.root_revocation_list)


def holder(
    content: Content, email: str, issuer: x509.Certificate, addresses: PublicAddresses, policy: str
) -> x509.CertificateBuilder:
    """
    A person's signing certificate.

    emailProtection stands beside documentSigning so that plain `openssl cms -verify` accepts the signatures.
    """
    builder = _end_entity(
        content, issuer, x509.ExtendedKeyUsage([DOCUMENT_SIGNING, ExtendedKeyUsageOID.EMAIL_PROTECTION])
    )
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.RFC822Name(email)]), critical=False)
    builder = builder.add_extension(_key_usage(digital_signature=True, content_commitment=True), critical=True)
    builder = _policy(builder, x509.ObjectIdentifier(policy), addresses.practice_statement)
    builder = _issued_by(builder, issuer, addresses.issuing_certificate(issuer), ocsp=addresses.ocsp)
    return _revocation_list(builder, addresses.issuing_revocation_list(issuer))


def time_stamping(
    content: Content, issuer: x509.Certificate, addresses: PublicAddresses, policy: str, *, key_used_until: datetime
) -> x509.CertificateBuilder:
    """
    The time-stamp authority's certificate: timeStamping its only extended usage, critical (RFC 3161 §2.3).

    Its key stamps until `key_used_until` and is then replaced, long before the certificate ends, because a token can
    be verified only while its certificate lasts (ETSI EN 319 421).
    """
    builder = _end_entity(content, issuer, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    builder = builder.add_extension(_key_usage(digital_signature=True), critical=True)
    used = x509.PrivateKeyUsagePeriod(content.not_before.replace(tzinfo=None), key_used_until.replace(tzinfo=None))
    builder = builder.add_extension(used, critical=False)
    builder = _policy(builder, x509.ObjectIdentifier(policy), addresses.practice_statement)
    builder = _issued_by(builder, issuer, addresses.issuing_certificate(issuer), ocsp=addresses.ocsp)
    return _revocation_list(builder, addresses.issuing_revocation_list(issuer))


def ocsp_responder(
    content: Content, issuer: x509.Certificate, addresses: PublicAddresses, policy: str
) -> x509.CertificateBuilder:
    """
    The delegated OCSP responder's certificate (RFC 6960 §4.2.2.2).

    With OCSPNoCheck it names no revocation source: asking the responder about itself would go in a circle.
    """
    builder = _end_entity(content, issuer, x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING]))
    builder = builder.add_extension(_key_usage(digital_signature=True), critical=True)
    builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
    builder = _policy(builder, x509.ObjectIdentifier(policy), addresses.practice_statement)
    return _issued_by(builder, issuer, addresses.issuing_certificate(issuer))


def _certifying(builder: x509.CertificateBuilder, path_length: int | None) -> x509.CertificateBuilder:
    return builder.add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True).add_extension(
        _key_usage(key_cert_sign=True, crl_sign=True), critical=True
    )


def _end_entity(
    content: Content, issuer: x509.Certificate, extended_usage: x509.ExtendedKeyUsage, *, critical: bool = False
) -> x509.CertificateBuilder:
    return (
        content.builder(issuer.subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(extended_usage, critical=critical)
    )


def _issued_by(
    builder: x509.CertificateBuilder, issuer: x509.Certificate, certificate_address: str, *, ocsp: str | None = None
) -> x509.CertificateBuilder:
    issuer_key = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    access = [(AuthorityInformationAccessOID.CA_ISSUERS, certificate_address)]
    if ocsp:
        access.insert(0, (AuthorityInformationAccessOID.OCSP, ocsp))
    return builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer_key), critical=False
    ).add_extension(
        x509.AuthorityInformationAccess(
            [x509.AccessDescription(method, x509.UniformResourceIdentifier(address)) for method, address in access]
        ),
        critical=False,
    )


def _revocation_list(builder: x509.CertificateBuilder, address: str) -> x509.CertificateBuilder:
    point = x509.DistributionPoint([x509.UniformResourceIdentifier(address)], None, None, None)
    return builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)


def _policy(
    builder: x509.CertificateBuilder, policy: x509.ObjectIdentifier, practice_statement: str | None
) -> x509.CertificateBuilder:
    qualifiers = [practice_statement] if practice_statement else None
    return builder.add_extension(x509.CertificatePolicies([x509.PolicyInformation(policy, qualifiers)]), critical=False)


def _key_usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,  # X.509 of 1997 called it nonRepudiation
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
