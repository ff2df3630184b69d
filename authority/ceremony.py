"""The ceremony: an authority is made once, in one step that either happened or did not."""

import json
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from authority import certificate_profiles as profiles
from authority.ceremony_protocol import CeremonyProtocol
from authority.certificates import fingerprint, to_pem
from authority.distinguished_names import service_name
from authority.keystore import (
    CONFIGURATION,
    ROOT_REVOCATION_LIST,
    AuthorityPolicy,
    certificate_path,
    key_path,
    write_private_key,
)
from authority.public_keys import signing_hash
from authority.serial_numbers import new_serial

ROOT_TERM = timedelta(days=20 * 365 + 5)
ISSUING_TERM = timedelta(days=10 * 365 + 2)

# A service key lies beside the issuing key under the same passphrase; a shorter term would protect nothing and would
# end the service silently. The root's revocation list lives as long, because the root key leaves its safe only to
# certify the next issuing key or to revoke this one.
SERVICE_TERM = ISSUING_TERM
ROOT_REVOCATION_LIST_TERM = ISSUING_TERM

UUID_ARC = "1.2.840.113556.1.8000.2554"

ROOT_NAME = "Electronic Journals Root CA"
ISSUING_NAME = "Electronic Journals Issuing CA"
TIME_STAMPING_NAME = "Electronic Journals Time-Stamping Authority"
OCSP_NAME = "Electronic Journals OCSP Responder"


class AuthorityExists(Exception):
    """The folder is taken: an authority is never overwritten."""


def create_authority(
    folder: Path, *, passphrase: bytes, owner_name: str, public_url: str, now: datetime
) -> CeremonyProtocol:
    """
    Make a two-tier authority in `folder` (its parent must exist) and return the protocol to print and sign.

    `passphrase` encrypts the four private keys. `public_url` is the service's address for ever: it stands inside
    every certificate. `now` is an aware datetime; the root is valid for 20 years from it, all else for 10.

    The folder is built beside its place and renamed into it, so a process killed half-way leaves no authority, at most
    a hidden `.NAME.unfinished-*` folder with keys that certify nothing.

    Raises `AuthorityExists`; ValueError for an unusable `public_url`, an empty passphrase or a naive `now`.
    """
    address = _usable_address(public_url)
    if not passphrase:
        raise ValueError("the passphrase is empty")
    if now.tzinfo is None:
        raise ValueError("now must be an aware datetime")
    if folder.exists():
        raise AuthorityExists(str(folder))
    unfinished = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.unfinished-"))
    try:
        protocol = _Ceremony(unfinished, passphrase, owner_name, address, now.astimezone(UTC)).hold()
        _flush(unfinished)
        _move_into_place(unfinished, folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return protocol


class _Ceremony:
    """One making of an authority: the folder it is made in and what all its certificates share."""

    def __init__(self, folder: Path, passphrase: bytes, owner_name: str, public_url: str, now: datetime) -> None:
        self.folder = folder
        self.passphrase = passphrase
        self.owner_name = owner_name
        self.addresses = profiles.PublicAddresses(public_url)
        self.now = now.replace(microsecond=0)
        arc = _new_policy_arc()
        self.policy = AuthorityPolicy(certificate=f"{arc}.1", time_stamping=f"{arc}.2")

    def hold(self) -> CeremonyProtocol:
        # (1) The root certifies itself.
        root_key = self._new_key("root", ec.SECP384R1())
        root_content = self._content(ROOT_NAME, root_key, ROOT_TERM)
        root = self._sign("root", profiles.root(root_content), root_key)

        # (2) The root certifies the issuing authority, and publishes that it has revoked nothing.
        issuing_key = self._new_key("issuing", ec.SECP256R1())
        issuing_content = self._content(ISSUING_NAME, issuing_key, ISSUING_TERM)
        issuing = self._sign("issuing", profiles.issuing(issuing_content, root, self.addresses), root_key)
        self._publish_revocation_list(root, root_key)

        # (3) The issuing authority certifies its two services.
        def certify_service(name: str, common_name: str, profile: Callable[..., x509.CertificateBuilder]) -> str:
            key = self._new_key(name, ec.SECP256R1())
            content = self._content(common_name, key, SERVICE_TERM)
            builder = profile(content, issuing, self.addresses, self.policy.certificate)
            return fingerprint(self._sign(name, builder, issuing_key))

        fingerprints = {
            "root": fingerprint(root),
            "issuing": fingerprint(issuing),
            "time-stamping": certify_service("time-stamping", TIME_STAMPING_NAME, profiles.time_stamping),
            "ocsp": certify_service("ocsp", OCSP_NAME, profiles.ocsp_responder),
        }

        # (4) What is not in the certificates is written down.
        self._write_configuration()
        return CeremonyProtocol(
            owner_name=self.owner_name,
            public_url=self.addresses.public_url,
            created_at=self.now,
            policy=self.policy,
            fingerprints=fingerprints,
        )

    def _new_key(self, name: str, curve: ec.EllipticCurve) -> ec.EllipticCurvePrivateKey:
        key = ec.generate_private_key(curve)
        write_private_key(key_path(self.folder, name), key, self.passphrase)
        return key

    def _content(self, common_name: str, key: ec.EllipticCurvePrivateKey, term: timedelta) -> profiles.Content:
        return profiles.Content(
            subject=service_name(self.owner_name, common_name),
            public_key=key.public_key(),
            serial=new_serial(),
            not_before=self.now,
            not_after=self.now + term,
        )

    def _sign(
        self, name: str, builder: x509.CertificateBuilder, issuer_key: ec.EllipticCurvePrivateKey
    ) -> x509.Certificate:
        certificate = builder.sign(issuer_key, signing_hash(issuer_key.public_key()))
        certificate_path(self.folder, name).write_text(to_pem(certificate), encoding="ascii")
        return certificate

    def _publish_revocation_list(self, root: x509.Certificate, root_key: ec.EllipticCurvePrivateKey) -> None:
        root_identifier = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        revocation_list = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(root.subject)
            .last_update(self.now)
            .next_update(self.now + ROOT_REVOCATION_LIST_TERM)
            .add_extension(x509.CRLNumber(1), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(root_identifier), critical=False
            )
            .sign(root_key, signing_hash(root_key.public_key()))
        )
        der = revocation_list.public_bytes(serialization.Encoding.DER)
        (self.folder / ROOT_REVOCATION_LIST).write_bytes(der)

    def _write_configuration(self) -> None:
        configuration = {
            "public_url": self.addresses.public_url,
            "owner": self.owner_name,
            "created_at": self.now.isoformat(),
            "policies": {"certificate": self.policy.certificate, "time_stamping": self.policy.time_stamping},
        }
        text = json.dumps(configuration, ensure_ascii=False, indent=2) + "\n"
        (self.folder / CONFIGURATION).write_text(text, encoding="utf-8")


def _new_policy_arc() -> str:
    """
    An arc of object identifiers that is nobody else's, without a registration.

    X.667 offers 2.25.UUID for this, but many parsers refuse its 128-bit arc (Windows, pkilint); Microsoft gives its
    customers 1.2.840.113556.1.8000.2554 with the UUID cut into five arcs of 16 bits and two of 24.
    """
    digits = uuid.uuid4().hex
    widths = (4, 4, 4, 4, 4, 6, 6)
    ends = list(accumulate(widths))
    arcs = (str(int(digits[end - width : end], 16)) for width, end in zip(widths, ends, strict=True))
    return ".".join((UUID_ARC, *arcs))


def _usable_address(public_url: str) -> str:
    address = public_url.rstrip("/")
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"not a web address to found an authority on: {public_url!r}")
    if not address.isascii():
        raise ValueError(f"certificates hold addresses in ASCII; write the host in punycode: {public_url!r}")
    return address


def _flush(folder: Path) -> None:
    """Have the disk hold every file of `folder` before the rename makes them an authority."""
    for path in (*folder.iterdir(), folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _move_into_place(unfinished: Path, folder: Path) -> None:
    try:
        unfinished.rename(folder)
    except OSError as error:
        if folder.exists():  # another ceremony was quicker
            raise AuthorityExists(str(folder)) from error
        raise
