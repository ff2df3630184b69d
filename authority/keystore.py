"""
The authority's folder, opened.

    root.crt issuing-1.crt ocsp-1.crt time-stamping-1.crt   certificates, PEM
    root.key issuing-1.key ocsp-1.key time-stamping-1.key   encrypted PKCS#8, PEM, mode 0600; none if it lies in a token
    root-1.crl                                              the root's revocation list, DER, as it is served
    authority.json                                          which of them count, for whose address and policies

root.key leaves for a safe after the ceremony.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cryptography import x509

from authority.authority_record import CONFIGURATION, AuthorityPolicy, KeyRecord, read_file, read_record
from authority.certificate_profiles import key_identifier
from authority.certificates import fingerprint
from authority.key_places import open_key
from authority.keystore_errors import AuthorityDamaged, AuthorityMissing, TokenUnavailable, WrongPassphrase
from authority.revocation_lists import read_revocation_list
from authority.signing_identity import CertifiedKey, SigningIdentity

__all__ = [
    "CONFIGURATION",
    "Authority",
    "AuthorityDamaged",
    "AuthorityMissing",
    "AuthorityPolicy",
    "Generation",
    "TokenUnavailable",
    "WrongPassphrase",
    "open_authority",
    "open_identity",
    "read_certificate",
]


@dataclass(frozen=True)
class Generation:
    """One issuing authority and the responder that answers for its certificates."""

    issuing: SigningIdentity
    ocsp: SigningIdentity

    @property
    def key_id(self) -> str:
        """The issuing certificate's subject key identifier, lower-case hexadecimal."""
        return key_identifier(self.issuing.certificate)


@dataclass(frozen=True)
class Authority:
    """
    An opened authority. Its root key is not here: the root signs at ceremonies only.

    `generations` has the newest first; that one issues, and all of them go on publishing the status of what they
    issued. `root_revocation_list` is DER, served as it is; `public_url` has no trailing slash.
    """

    root: x509.Certificate
    root_revocation_list: bytes = field(repr=False)
    generations: tuple[Generation, ...]
    time_stamping: SigningIdentity
    public_url: str
    owner_name: str
    policy: AuthorityPolicy
    services: tuple[x509.Certificate, ...] = ()
    """Every certificate that the authority's services have ever had: tokens and answers made under former ones are
    still about."""

    places: Mapping[str, str] = field(default_factory=dict)
    """By the fingerprint of each certificate, the URI of the place of its private key (`key_places`)."""

    @property
    def issuing(self) -> SigningIdentity:
        """The identity that issues certificates now."""
        return self.generations[0].issuing

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """The certificate that issues now and the root: what a new certificate is verified through."""
        return (self.issuing.certificate, self.root)

    @property
    def issuing_certificates(self) -> tuple[x509.Certificate, ...]:
        """The issuing certificates of all generations, newest first."""
        return tuple(generation.issuing.certificate for generation in self.generations)

    @property
    def time_stamping_chain(self) -> tuple[x509.Certificate, ...]:
        """The issuer of the time-stamp authority's certificate, and the root."""
        return self.chain_of(self.time_stamping.certificate)

    def generation(self, key_id: str) -> Generation | None:
        """The generation called `key_id` (lower-case hexadecimal)."""
        return next((generation for generation in self.generations if generation.key_id == key_id), None)

    def is_revoked(self, key_id: str) -> bool:
        """Whether the root has revoked the issuing certificate of the generation called `key_id`."""
        generation = self.generation(key_id)
        return generation is not None and generation.issuing.certificate.serial_number in self._revoked_serials

    @cached_property
    def _revoked_serials(self) -> frozenset[int]:
        _, revoked = read_revocation_list(self.root_revocation_list)
        return frozenset(entry.serial for entry in revoked)

    def place_of(self, certificate: x509.Certificate) -> str:
        """The URI of the place where the private key of one of its certificates lies. Raises KeyError."""
        return self.places[fingerprint(certificate)]

    def services_of(self, key_id: str) -> tuple[x509.Certificate, ...]:
        """The certificates of services that the generation called `key_id` has issued."""
        return tuple(each for each in self.services if authority_key_identifier(each) == key_id)

    def chain_of(self, certificate: x509.Certificate) -> tuple[x509.Certificate, ...]:
        """The issuing certificate that signed `certificate`, and the root. Raises ValueError if none of ours did."""
        issuer = authority_key_identifier(certificate)
        for issuing in self.issuing_certificates:
            if key_identifier(issuing) == issuer:
                return (issuing, self.root)
        raise ValueError("the certificate is not of this authority")


def authority_key_identifier(certificate: x509.Certificate) -> str | None:
    """The identifier of the key that `certificate` says it was signed with, lower-case hexadecimal."""
    try:
        named = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    except x509.ExtensionNotFound:
        return None
    return named.hex() if named else None


def open_authority(folder: Path, passphrase: bytes, *, module: Path | None = None) -> Authority:
    """
    Open the authority in `folder`, as made by `ceremony.create_authority`. The root's key is neither needed nor read.

    `passphrase` opens the key files and is the PIN of the token; `module` is the PKCS#11 library, needed only if keys
    lie in a token. Raises `AuthorityMissing`, `WrongPassphrase`, `AuthorityDamaged`, `TokenUnavailable`.
    """
    record = read_record(folder)

    def opened(key: KeyRecord) -> SigningIdentity:
        return open_identity(folder, key, passphrase, module)

    return Authority(
        root=read_certificate(folder, record.root),
        root_revocation_list=read_file(folder, record.root_revocation_list),
        generations=tuple(Generation(opened(each.issuing), opened(each.ocsp)) for each in record.generations),
        time_stamping=opened(record.time_stamping),
        public_url=record.public_url,
        owner_name=record.owner,
        policy=record.policies,
        places={
            fingerprint(read_certificate(folder, key)): key.key
            for key in (
                record.root,
                record.time_stamping,
                *(key for generation in record.generations for key in (generation.issuing, generation.ocsp)),
            )
        },
        services=tuple(
            x509.load_pem_x509_certificate(path.read_bytes())
            for path in sorted(folder.glob("*.crt"))
            if path.name.startswith(("ocsp-", "time-stamping-"))
        ),
    )


def open_identity(folder: Path, record: KeyRecord, passphrase: bytes, module: Path | None) -> SigningIdentity:
    """Open one key of the authority with its certificate. Raises like `open_authority`."""
    certificate = read_certificate(folder, record)
    private_key = open_key(record.key, folder, passphrase, module)
    if private_key.public_key() != certificate.public_key():
        raise AuthorityDamaged(f"{folder / record.certificate} is not the certificate of {record.key}")
    return CertifiedKey(certificate, private_key)


def read_certificate(folder: Path, record: KeyRecord) -> x509.Certificate:
    """The certificate of one key of the authority. Raises `AuthorityMissing`, `AuthorityDamaged`."""
    try:
        return x509.load_pem_x509_certificate(read_file(folder, record.certificate))
    except ValueError as error:
        raise AuthorityDamaged(str(folder / record.certificate)) from error
