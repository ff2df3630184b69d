"""What the authority publishes for strangers: its certificates and the root's revocation list (RFC 5280 §4.2.2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from authority.certificates import chain_to_pem, fingerprint, from_der, to_asn1, to_der, to_pem
from rules import installation, revocation_lists


@dataclass(frozen=True, slots=True)
class PublishedCertificate:
    """A certificate as it is served. `key_id` is its subject key identifier, `fingerprint` its SHA-256, both lower-case
    hexadecimal."""

    name: str
    der: bytes
    pem: str
    key_id: str
    fingerprint: str
    not_before: datetime
    not_after: datetime


@dataclass(frozen=True, slots=True)
class PublishedList:
    """A revocation list as it is served."""

    der: bytes
    this_update: datetime


@dataclass(frozen=True, slots=True)
class Practice:
    """What the practice statement tells of this installation. `policy` is the dotted OID in holders' certificates."""

    owner: str
    public_url: str
    policy: str
    time_stamping_policy: str
    root: PublishedCertificate
    issuing: PublishedCertificate


def root() -> PublishedCertificate:
    """The certificate that trust begins at."""
    return _published(installation.current().authority.root)


def issuing() -> PublishedCertificate:
    """The certificate that vouches for holders' certificates, of the generation that issues now."""
    return _published(installation.current().authority.issuing.certificate)


def issuing_of(key_id: str) -> PublishedCertificate | None:
    """The issuing certificate of the generation with this key identifier."""
    generation = installation.current().authority.generation(key_id.lower())
    return _published(generation.issuing.certificate) if generation else None


def chain_pem() -> str:
    """Every generation's issuing certificate and the root in one text, for `openssl … -CAfile`."""
    authority = installation.current().authority
    return chain_to_pem((*authority.issuing_certificates, authority.root))


def pem(der: bytes) -> str:
    """A certificate as RFC 7468 text."""
    return to_pem(from_der(der))


def root_revocation_list() -> PublishedList:
    """The root's revocation list (RFC 5280 §5), as the last ceremony made it."""
    der = installation.current().authority.root_revocation_list
    return PublishedList(der, x509.load_der_x509_crl(der).last_update_utc)


async def revocation_list(key_id: str, now: datetime) -> PublishedList | None:
    """The list in force of the generation with this key identifier."""
    found = await revocation_lists.current(key_id, now)
    return PublishedList(bytes(found.der), found.this_update) if found else None


def practice() -> Practice:
    """The particulars of the practice statement."""
    authority = installation.current().authority
    return Practice(
        owner=authority.owner_name,
        public_url=authority.public_url,
        policy=authority.policy.certificate,
        time_stamping_policy=authority.policy.time_stamping,
        root=root(),
        issuing=issuing(),
    )


def _published(certificate: x509.Certificate) -> PublishedCertificate:
    key_id = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    return PublishedCertificate(
        name=to_asn1(certificate).subject.native["common_name"],
        der=to_der(certificate),
        pem=to_pem(certificate),
        key_id=key_id.hex(),
        fingerprint=fingerprint(certificate),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
    )
