"""The ceremony: an authority is made once, in one step that either happened or did not."""

import shutil
import tempfile
import uuid
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path
from urllib.parse import urlsplit

from authority.authority_record import AuthorityPolicy, AuthorityRecord, GenerationRecord, flush
from authority.ceremony_protocol import CeremonyProtocol, Deed
from authority.certificates import fingerprint
from authority.key_places import KeyFiles, KeyPlace, key_maker, root_key_maker
from authority.own_certificates import CertificateMaker

UUID_ARC = "1.2.840.113556.1.8000.2554"


class AuthorityExists(Exception):
    """The folder is taken: an authority is never overwritten."""


def create_authority(
    folder: Path,
    *,
    passphrase: bytes,
    owner_name: str,
    public_url: str,
    now: datetime,
    keys: KeyPlace = KeyFiles(),  # noqa: B008 (it is frozen)
) -> CeremonyProtocol:
    """
    Make a two-tier authority in `folder` (its parent must exist) and return the protocol to print and sign.

    `passphrase` encrypts the private keys in files and is the PIN of a token. `public_url` is the service's address
    for ever: it stands inside every certificate. `now` is an aware datetime; the root is valid for 20 years from it,
    the issuing authority for 10. `keys` says where the private keys are to lie.

    The folder is built beside its place and renamed into it, so a process killed half-way leaves no authority, at most
    a hidden `.NAME.unfinished-*` folder, or keys in a token, that certify nothing.

    Raises `AuthorityExists`; ValueError for an unusable `public_url`, an empty passphrase or a naive `now`;
    `WrongPassphrase` or `TokenUnavailable` for a token.
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
        moment = now.astimezone(UTC).replace(microsecond=0)
        maker = CertificateMaker(unfinished, owner_name, address, _new_policy(), moment)
        protocol = _hold(maker, passphrase, keys)
        flush(unfinished)
        _move_into_place(unfinished, folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    return protocol


def _hold(maker: CertificateMaker, passphrase: bytes, place: KeyPlace) -> CeremonyProtocol:
    keys = key_maker(place, maker.folder, passphrase)

    # (1) The root certifies itself.
    root = maker.root(root_key_maker(place, maker.folder, passphrase))

    # (2) The root certifies the issuing authority, and publishes that it has revoked nothing.
    issuing = maker.issuing(keys, root.identity, 1)
    root_revocation_list = maker.root_revocation_list(root.identity, 1, ())

    # (3) The issuing authority certifies its two services.
    ocsp = maker.ocsp_responder(keys, issuing.identity)
    time_stamping = maker.time_stamping(keys, issuing.identity)

    # (4) What belongs together is written down.
    AuthorityRecord(
        public_url=maker.public_url,
        owner=maker.owner_name,
        created_at=maker.now,
        policies=maker.policy,
        root=root.record,
        root_revocation_list=root_revocation_list,
        generations=(GenerationRecord(issuing.record, ocsp.record),),
        time_stamping=time_stamping.record,
    ).put_into(maker.folder)
    made = (root, issuing, ocsp, time_stamping)
    return CeremonyProtocol(
        deed=Deed.CREATION,
        owner_name=maker.owner_name,
        public_url=maker.public_url,
        created_at=maker.now,
        policy=maker.policy,
        fingerprints={Path(key.record.certificate).stem: fingerprint(key.identity.certificate) for key in made},
        key_places={Path(key.record.certificate).stem: key.record.key for key in made},
    )


def _new_policy() -> AuthorityPolicy:
    """
    Two policies under an arc of object identifiers that is nobody else's, without a registration.

    X.667 offers 2.25.UUID for this, but many parsers refuse its 128-bit arc (Windows, pkilint); Microsoft gives its
    customers 1.2.840.113556.1.8000.2554 with the UUID cut into five arcs of 16 bits and two of 24.
    """
    digits = uuid.uuid4().hex
    widths = (4, 4, 4, 4, 4, 6, 6)
    ends = list(accumulate(widths))
    arcs = (str(int(digits[end - width : end], 16)) for width, end in zip(widths, ends, strict=True))
    arc = ".".join((UUID_ARC, *arcs))
    return AuthorityPolicy(certificate=f"{arc}.1", time_stamping=f"{arc}.2")


def _usable_address(public_url: str) -> str:
    address = public_url.rstrip("/")
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"not a web address to found an authority on: {public_url!r}")
    if not address.isascii():
        raise ValueError(f"certificates hold addresses in ASCII; write the host in punycode: {public_url!r}")
    return address


def _move_into_place(unfinished: Path, folder: Path) -> None:
    try:
        unfinished.rename(folder)
    except OSError as error:
        if folder.exists():  # another ceremony was quicker
            raise AuthorityExists(str(folder)) from error
        raise
