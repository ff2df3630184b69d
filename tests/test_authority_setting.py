"""What the tests of authority/ share: one authority, one holder, openssl. It holds no test of its own."""

import atexit
import functools
import hashlib
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from authority.ceremony import create_authority
from authority.ceremony_protocol import CeremonyProtocol
from authority.certificates import chain_to_pem, to_pem
from authority.holder_key import SealedKey, create_sealed_key, open_sealed_key
from authority.issuer import Holder, issue, new_serial, prepare
from authority.keystore import Authority, open_authority
from authority.signing import attach_time_stamp, sign_content, signature_value
from authority.signing_identity import SigningKey
from authority.time_stamps import TimeStampAuthority

PASSPHRASE = b"correct horse battery staple"
PIN = "246810"
SERVER_SECRET = bytes(range(32))
PUBLIC_URL = "http://127.0.0.1:8000"
CONTENT = '{"work":"Проверка шлейфов сигнализации"}'.encode()

# The tests stand at the machine's own time, because openssl does; the code under test is told it.
NOW = datetime.now(UTC).replace(microsecond=0)

IVANOV = Holder(
    common_name="Иванов Иван Иванович",
    surname="Иванов",
    given_name="Иван Иванович",
    position="Электромеханик",
    organization="ООО «Лифт-Сервис»",
    email="ivanov@example.org",
)


@dataclass(frozen=True)
class Person:
    """A holder with certificate and opened key."""

    certificate: x509.Certificate
    key: SigningKey


def passing_folder() -> Path:
    """A folder for as long as the tests run."""
    folder = Path(tempfile.mkdtemp(prefix="authority-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@functools.cache
def founded() -> tuple[Path, CeremonyProtocol]:
    """The folder of an authority made once for all tests, root.key carried away, and the ceremony's protocol."""
    folder = passing_folder() / "authority"
    protocol = create_authority(
        folder,
        passphrase=PASSPHRASE,
        owner_name="ООО «Владелец системы»",
        public_url=PUBLIC_URL,
        now=NOW - timedelta(days=400),
    )
    (folder / "root.key").rename(folder.parent / "root.key")
    return folder, protocol


@functools.cache
def root_key() -> ec.EllipticCurvePrivateKey:
    """The root's key, fetched from where it was carried to."""
    encrypted = (founded()[0].parent / "root.key").read_bytes()
    private_key = serialization.load_pem_private_key(encrypted, PASSPHRASE)
    assert isinstance(private_key, ec.EllipticCurvePrivateKey)
    return private_key


@functools.cache
def authority() -> Authority:
    return open_authority(founded()[0], PASSPHRASE)


@functools.cache
def sealed_key() -> SealedKey:
    return create_sealed_key(PIN, SERVER_SECRET)


def issue_to(
    public_key: bytes,
    holder: Holder = IVANOV,
    *,
    not_before: datetime = NOW - timedelta(days=30),
    not_after: datetime = NOW + timedelta(days=335),
) -> x509.Certificate:
    plan = prepare(
        authority(),
        holder=holder,
        public_key=public_key,
        serial=new_serial(),
        not_before=not_before,
        not_after=not_after,
    )
    return issue(authority(), plan)


@functools.cache
def ivanov() -> Person:
    return Person(issue_to(sealed_key().public_key), open_sealed_key(sealed_key(), PIN, SERVER_SECRET))


@functools.cache
def time_stamp_authority() -> TimeStampAuthority:
    return TimeStampAuthority(authority().time_stamping, authority().chain, authority().policy.time_stamping)


def signed(
    content: bytes = CONTENT, *, person: Person | None = None, at: datetime = NOW, stamped_at: datetime | None = None
) -> bytes:
    """A signature of `content` claiming the time `at`; of level T if `stamped_at` is given."""
    person = person or ivanov()
    cms = sign_content(
        content, key=person.key, certificate=person.certificate, chain=authority().chain, signing_time=at
    )
    return attach_time_stamp(cms, token_for(cms, stamped_at)) if stamped_at else cms


def token_for(cms: bytes, at: datetime) -> bytes:
    imprint = hashlib.sha256(signature_value(cms)).digest()
    return time_stamp_authority().stamp(imprint, serial=new_serial(), at=at)


@dataclass(frozen=True)
class SoftwareKey:
    """A key of the tests' own, for certificates and signatures that the product would never make."""

    private_key: ec.EllipticCurvePrivateKey

    def sign(self, data: bytes) -> bytes:
        return self.private_key.sign(data, ec.ECDSA(hashes.SHA256()))


def openssl(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run openssl in `folder`; its messages are in `stdout` and `stderr`."""
    return subprocess.run(
        ["openssl", *arguments], cwd=folder, capture_output=True, encoding="utf-8", timeout=30, check=False
    )


def write_chain(folder: Path) -> None:
    """root.pem, issuing.pem and chain.pem (issuing and root) for openssl."""
    (folder / "root.pem").write_text(to_pem(authority().root), encoding="ascii")
    (folder / "issuing.pem").write_text(to_pem(authority().issuing.certificate), encoding="ascii")
    (folder / "chain.pem").write_text(chain_to_pem(authority().chain), encoding="ascii")
