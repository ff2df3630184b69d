"""
The yearly renewal of the authority's services, without the root: a job runs it every day.

An OCSP responder gets a new key and certificate before the old one ends. The time-stamp authority gets them when its
key has been used for a year; the old certificate goes on vouching for the tokens made under it.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from authority.authority_record import AuthorityRecord, GenerationRecord, KeyRecord, alone, read_record
from authority.key_places import KeyMaker, key_maker, place_of
from authority.keystore import open_identity, read_certificate
from authority.own_certificates import CertificateMaker, MadeKey
from authority.rollover import certificate_maker
from authority.signing_identity import SigningIdentity

RENEWED_BEFORE_END = timedelta(days=60)


def renew_services(folder: Path, passphrase: bytes, *, now: datetime, module: Path | None = None) -> tuple[str, ...]:
    """
    Renew what ends within sixty days of `now` (aware); returns the names of the new certificates, often none.

    New keys go where the old ones lie. Two processes may call it at once: one renews, the other finds it done. Killed
    half-way, nothing has been renewed. What cannot outlast its issuing authority is left to a rollover.

    Raises like `open_authority`, `AuthorityBusy`, and ValueError for a naive `now`.
    """
    with alone(folder):
        record = read_record(folder)
        renewal = _Renewal(certificate_maker(folder, record, now), passphrase, module)
        renewed = replace(
            record,
            generations=tuple(map(renewal.of_generation, record.generations)),
            time_stamping=renewal.of_time_stamping(record),
        )
        if renewed != record:
            renewed.put_into(folder)
    return tuple(renewal.names)


class _Renewal:
    def __init__(self, maker: CertificateMaker, passphrase: bytes, module: Path | None) -> None:
        self.names: list[str] = []
        self._maker = maker
        self._passphrase = passphrase
        self._module = module

    def of_generation(self, generation: GenerationRecord) -> GenerationRecord:
        old, issuing = generation.ocsp, generation.issuing
        if not self._is_due(self._read(old).not_valid_after_utc, issuing):
            return generation
        return replace(generation, ocsp=self._noted(self._maker.ocsp_responder(self._keys(old), self._open(issuing))))

    def of_time_stamping(self, record: AuthorityRecord) -> KeyRecord:
        old, issuing = record.time_stamping, record.generations[0].issuing
        if not self._is_due(key_used_until(self._read(old)), issuing):
            return old
        return self._noted(self._maker.time_stamping(self._keys(old), self._open(issuing)))

    def _is_due(self, end: datetime, issuing: KeyRecord) -> bool:
        now, last = self._maker.now, self._read(issuing).not_valid_after_utc
        return end - now <= RENEWED_BEFORE_END and end < last and now < last

    def _read(self, record: KeyRecord) -> x509.Certificate:
        return read_certificate(self._maker.folder, record)

    def _open(self, record: KeyRecord) -> SigningIdentity:
        return open_identity(self._maker.folder, record, self._passphrase, self._module)

    def _keys(self, old: KeyRecord) -> KeyMaker:
        return key_maker(place_of(old.key, self._module), self._maker.folder, self._passphrase)

    def _noted(self, made: MadeKey) -> KeyRecord:
        self.names.append(Path(made.record.certificate).stem)
        return made.record


def key_used_until(certificate: x509.Certificate) -> datetime:
    """The end of a private key's use (RFC 3280 §4.2.1.4), where it is before that of its certificate."""
    try:
        period = certificate.extensions.get_extension_for_class(x509.PrivateKeyUsagePeriod).value
    except x509.ExtensionNotFound:
        return certificate.not_valid_after_utc
    return period.not_after.replace(tzinfo=UTC) if period.not_after else certificate.not_valid_after_utc
