"""
What the root's key is fetched from its safe for: a new issuing authority, or the end of an old one.

An old generation stays: it issues no more, but its revocation list and its responder go on, so that every signature
made under it can be verified as before.
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from authority.authority_record import AuthorityRecord, GenerationRecord, alone, read_file, read_record
from authority.ceremony_protocol import CeremonyProtocol, Deed
from authority.certificate_profiles import key_identifier
from authority.certificates import fingerprint
from authority.key_files import read_private_key
from authority.key_places import KeyPlace, key_maker, open_key, place_of
from authority.keystore import read_certificate
from authority.keystore_errors import AuthorityDamaged
from authority.own_certificates import CertificateMaker
from authority.revocation_lists import RevokedCertificate, read_revocation_list
from authority.signing_identity import CertifiedKey, SigningIdentity


class NotRevocable(Exception):
    """No generation is called so, it is revoked already, or it is the one that issues now: roll over first."""


def renew_issuing(
    folder: Path,
    passphrase: bytes,
    *,
    now: datetime,
    root_key: Path | None = None,
    root_passphrase: bytes | None = None,
    module: Path | None = None,
    keys: KeyPlace | None = None,
) -> CeremonyProtocol:
    """
    Make the next generation: a new issuing authority with its OCSP responder and time-stamp authority, and a new list
    of the root.

    The root's key is read where authority.json says it lies, or from the file `root_key` as it comes out of the safe,
    under `root_passphrase` (by default the same as `passphrase`). New keys go where the present issuing key lies, or
    into `keys`. `now` is an aware datetime. Running services take the new generation up when they read authority.json
    anew; killed half-way, the rollover has not happened.

    Raises like `open_authority`, `AuthorityBusy`, and ValueError for a naive `now`.
    """
    with alone(folder):
        # (1) The root, whose key this is.
        record = read_record(folder)
        root = _root(folder, record, root_key, root_passphrase or passphrase, module)
        maker = certificate_maker(folder, record, now)
        places = key_maker(keys or place_of(record.generations[0].issuing.key, module), folder, passphrase)

        # (2) It certifies the new issuing authority, which certifies its responder.
        issuing = maker.issuing(places, root, len(record.generations) + 1)
        ocsp = maker.ocsp_responder(places, issuing.identity)

        # (3) Time-stamps come from under the new generation too, so that the end of the old one takes none along.
        time_stamping = maker.time_stamping(places, issuing.identity)

        # (4) The root says anew what it has revoked.
        number, revoked = read_revocation_list(read_file(folder, record.root_revocation_list))
        root_revocation_list = maker.root_revocation_list(root, number + 1, revoked)

        # (5) From here on the new generation issues.
        generations = (GenerationRecord(issuing.record, ocsp.record), *record.generations)
        replace(
            record,
            generations=generations,
            time_stamping=time_stamping.record,
            root_revocation_list=root_revocation_list,
        ).put_into(folder)
    made = (issuing, ocsp, time_stamping)
    return CeremonyProtocol(
        deed=Deed.ROLLOVER,
        owner_name=record.owner,
        public_url=record.public_url,
        created_at=maker.now,
        policy=record.policies,
        fingerprints={"root": fingerprint(root.certificate)}
        | {Path(key.record.certificate).stem: fingerprint(key.identity.certificate) for key in made},
        key_places={"root": record.root.key} | {Path(key.record.certificate).stem: key.record.key for key in made},
    )


def revoke_generation(
    folder: Path,
    passphrase: bytes,
    key_id: str,
    *,
    reason: str,
    now: datetime,
    invalid_since: datetime | None = None,
    root_key: Path | None = None,
    module: Path | None = None,
) -> None:
    """
    Put the issuing certificate of generation `key_id` on the root's list; `passphrase` opens the root's key.

    `reason` and `invalid_since` as in `RevokedCertificate`. Raises `NotRevocable`, and like `renew_issuing`.
    """
    with alone(folder):
        record = read_record(folder)
        root = _root(folder, record, root_key, passphrase, module)
        maker = certificate_maker(folder, record, now)
        retired = [read_certificate(folder, generation.issuing) for generation in record.generations[1:]]
        serials = [each.serial_number for each in retired if key_identifier(each) == key_id]
        number, revoked = read_revocation_list(read_file(folder, record.root_revocation_list))
        if not serials or serials[0] in {entry.serial for entry in revoked}:
            raise NotRevocable(key_id)
        entry = RevokedCertificate(serials[0], maker.now, reason, invalid_since)
        root_revocation_list = maker.root_revocation_list(root, number + 1, (*revoked, entry))
        replace(record, root_revocation_list=root_revocation_list).put_into(folder)


def certificate_maker(folder: Path, record: AuthorityRecord, now: datetime) -> CertificateMaker:
    """The maker of further certificates of an authority that exists. Raises ValueError for a naive `now`."""
    if now.tzinfo is None:
        raise ValueError("now must be an aware datetime")
    moment = now.astimezone(UTC).replace(microsecond=0)
    return CertificateMaker(folder, record.owner, record.public_url, record.policies, moment)


def _root(
    folder: Path, record: AuthorityRecord, key_file: Path | None, passphrase: bytes, module: Path | None
) -> SigningIdentity:
    certificate = read_certificate(folder, record.root)
    if key_file is not None:
        private_key, place = read_private_key(key_file, passphrase), str(key_file)
    else:
        private_key, place = open_key(record.root.key, folder, passphrase, module), record.root.key
    if private_key.public_key() != certificate.public_key():
        raise AuthorityDamaged(f"{place} is not the key of {record.root.certificate}")
    return CertifiedKey(certificate, private_key)
