"""The certificates that the authority makes for itself: what a ceremony, a rollover and a renewal have in common."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from authority import certificate_profiles as profiles
from authority.authority_record import AuthorityPolicy, KeyRecord, free_name
from authority.certificates import to_pem
from authority.distinguished_names import service_name
from authority.key_places import KeyMaker
from authority.public_keys import signing_hash
from authority.revocation_lists import RevokedCertificate, issue_revocation_list
from authority.serial_numbers import new_serial
from authority.signing_identity import CertifiedKey, SigningIdentity

ROOT_TERM = timedelta(days=20 * 365 + 5)
ISSUING_TERM = timedelta(days=10 * 365 + 2)
# Nothing can revoke a responder (OCSPNoCheck), so its certificate is short.
OCSP_TERM = timedelta(days=365)
TIME_STAMPING_KEY_USE = timedelta(days=365)
# The root key leaves its safe only to certify the next issuing key or to revoke one.
ROOT_REVOCATION_LIST_TERM = ISSUING_TERM

ROOT_NAME = "Electronic Journals Root CA"
ISSUING_NAME = "Electronic Journals Issuing CA"
TIME_STAMPING_NAME = "Electronic Journals Time-Stamping Authority"
OCSP_NAME = "Electronic Journals OCSP Responder"


@dataclass(frozen=True)
class MadeKey:
    """A new key with its certificate, and how authority.json refers to them."""

    identity: SigningIdentity
    record: KeyRecord


@dataclass(frozen=True)
class CertificateMaker:
    """Makes keys and certificates at the moment `now` (UTC, to the second) and writes the certificates to `folder`."""

    folder: Path
    owner_name: str
    public_url: str
    policy: AuthorityPolicy
    now: datetime

    def root(self, keys: KeyMaker) -> MadeKey:
        """The root, certified by itself."""
        key, uri = keys.make("root", ec.SECP384R1())
        content = self._content(ROOT_NAME, key, self.now + ROOT_TERM)
        return self._made("root", key, uri, profiles.root(content), key)

    def issuing(self, keys: KeyMaker, root: SigningIdentity, generation: int) -> MadeKey:
        """
        The `generation`-th issuing authority, certified by `root`, ending before it.

        Each has a name of its own: were two keys to share one, a list signed by either would speak for both (RFC 5280
        §6.3.3 finds lists by the issuer's name).
        """
        name = free_name(self.folder, "issuing")
        key, uri = keys.make(name, ec.SECP256R1())
        common_name = ISSUING_NAME if generation == 1 else f"{ISSUING_NAME} {generation}"
        content = self._content(common_name, key, min(self.now + ISSUING_TERM, _end(root)))
        builder = profiles.issuing(content, root.certificate, self._addresses)
        return self._made(name, key, uri, builder, root.private_key)

    def ocsp_responder(self, keys: KeyMaker, issuing: SigningIdentity) -> MadeKey:
        """The responder of one generation, for a year."""
        name = free_name(self.folder, "ocsp")
        key, uri = keys.make(name, ec.SECP256R1())
        content = self._content(OCSP_NAME, key, min(self.now + OCSP_TERM, _end(issuing)))
        builder = profiles.ocsp_responder(content, issuing.certificate, self._addresses, self.policy.certificate)
        return self._made(name, key, uri, builder, issuing.private_key)

    def time_stamping(self, keys: KeyMaker, issuing: SigningIdentity) -> MadeKey:
        """The time-stamp authority: its key is used for a year, its certificate lasts as long as `issuing`'s."""
        name = free_name(self.folder, "time-stamping")
        key, uri = keys.make(name, ec.SECP256R1())
        builder = profiles.time_stamping(
            self._content(TIME_STAMPING_NAME, key, _end(issuing)),
            issuing.certificate,
            self._addresses,
            self.policy.certificate,
            key_used_until=min(self.now + TIME_STAMPING_KEY_USE, _end(issuing)),
        )
        return self._made(name, key, uri, builder, issuing.private_key)

    def root_revocation_list(self, root: SigningIdentity, number: int, revoked: Iterable[RevokedCertificate]) -> str:
        """Publish what the root has revoked; returns the file's name."""
        name = f"root-{number}.crl"
        until = min(self.now + ROOT_REVOCATION_LIST_TERM, _end(root))
        der = issue_revocation_list(root, revoked, number=number, this_update=self.now, next_update=until)
        (self.folder / name).write_bytes(der)
        return name

    @property
    def _addresses(self) -> profiles.PublicAddresses:
        return profiles.PublicAddresses(self.public_url)

    def _content(self, common_name: str, key: ec.EllipticCurvePrivateKey, not_after: datetime) -> profiles.Content:
        return profiles.Content(
            subject=service_name(self.owner_name, common_name),
            public_key=key.public_key(),
            serial=new_serial(),
            not_before=self.now,
            not_after=not_after,
        )

    def _made(
        self,
        name: str,
        key: ec.EllipticCurvePrivateKey,
        uri: str,
        builder: x509.CertificateBuilder,
        issuer_key: ec.EllipticCurvePrivateKey,
    ) -> MadeKey:
        certificate = builder.sign(issuer_key, signing_hash(issuer_key.public_key()))
        file = f"{name}.crt"
        (self.folder / file).write_text(to_pem(certificate), encoding="ascii")
        return MadeKey(CertifiedKey(certificate, key), KeyRecord(file, uri))


def _end(issuer: SigningIdentity) -> datetime:
    return issuer.certificate.not_valid_after_utc
