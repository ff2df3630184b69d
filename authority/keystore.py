"""
The authority's folder: what lies in it, and the only code that does anything with its passphrase.

    root.crt issuing.crt time-stamping.crt ocsp.crt   certificates, PEM
    root.key issuing.key time-stamping.key ocsp.key   encrypted PKCS#8, PEM, mode 0600; root.key leaves for a safe
    root.crl                                          the root's revocation list, DER, as it is served
    authority.json                                    public_url, owner, created_at, policies
"""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from asn1crypto import algos, keys, pem
from cryptography import x509
from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from authority.certificates import fingerprint
from authority.public_keys import signing_hash
from authority.signing_identity import SigningIdentity

CONFIGURATION = "authority.json"
ROOT_REVOCATION_LIST = "root.crl"
KEY_DERIVATION_ITERATIONS = 600_000  # OWASP for PBKDF2-HMAC-SHA256; cryptography's own PKCS#8 writer stops at 2048


class AuthorityMissing(Exception):
    """The folder holds no complete authority; the message names what is not there."""


class WrongPassphrase(Exception):
    """The passphrase does not open the authority's keys."""


class AuthorityDamaged(Exception):
    """The folder's files do not belong together or cannot be read; the message names the file."""


@dataclass(frozen=True)
class AuthorityPolicy:
    """Object identifiers, dotted: the policy in holders' certificates and the one in time-stamp tokens."""

    certificate: str
    time_stamping: str


class FileIdentity:
    """A signing identity whose key was read from an encrypted file."""

    def __init__(self, certificate: x509.Certificate, private_key: ec.EllipticCurvePrivateKey) -> None:
        self._certificate = certificate
        self._private_key = private_key

    @property
    def certificate(self) -> x509.Certificate:
        return self._certificate

    def sign(self, data: bytes) -> bytes:
        """ECDSA signature of `data`, DER; SHA-384 with a P-384 key, otherwise SHA-256."""
        return self._private_key.sign(data, ec.ECDSA(signing_hash(self._private_key.public_key())))

    def __repr__(self) -> str:
        return f"<FileIdentity {fingerprint(self._certificate)[:16]}…>"


@dataclass(frozen=True)
class Authority:
    """An opened authority. Its root key is not here: the root signs at the ceremony only."""

    root: x509.Certificate
    root_revocation_list: bytes = field(repr=False)  # DER, served as it is
    issuing: SigningIdentity
    time_stamping: SigningIdentity
    public_url: str  # without a trailing slash
    owner_name: str
    policy: AuthorityPolicy

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        """The issuing certificate and the root: what a holder's certificate is verified through."""
        return (self.issuing.certificate, self.root)


def open_authority(folder: Path, passphrase: bytes) -> Authority:
    """
    Open the authority in `folder`, as made by `ceremony.create_authority`. root.key is neither needed nor read.

    Raises `AuthorityMissing`, `WrongPassphrase`, `AuthorityDamaged`.
    """
    try:
        configuration = json.loads(_read(folder, CONFIGURATION))
        return Authority(
            root=_read_certificate(folder, "root"),
            root_revocation_list=_read(folder, ROOT_REVOCATION_LIST),
            issuing=_open_identity(folder, "issuing", passphrase),
            time_stamping=_open_identity(folder, "time-stamping", passphrase),
            public_url=configuration["public_url"],
            owner_name=configuration["owner"],
            policy=AuthorityPolicy(**configuration["policies"]),
        )
    except (json.JSONDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise AuthorityDamaged(str(folder / CONFIGURATION)) from error


def certificate_path(folder: Path, name: str) -> Path:
    """Where the certificate called `name` lies, e.g. "issuing"."""
    return folder / f"{name}.crt"


def key_path(folder: Path, name: str) -> Path:
    """Where the private key called `name` lies."""
    return folder / f"{name}.key"


def write_private_key(path: Path, private_key: ec.EllipticCurvePrivateKey, passphrase: bytes) -> None:
    """Write `private_key` as encrypted PKCS#8 PEM with mode 0600, never readable by others even for an instant."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(encrypt_private_key(private_key, passphrase))


def encrypt_private_key(private_key: ec.EllipticCurvePrivateKey, passphrase: bytes) -> bytes:
    """
    PKCS#8 EncryptedPrivateKeyInfo as PEM: PBES2 (RFC 8018 §6.2) with PBKDF2-HMAC-SHA256 and AES-256-CBC.

    Anything opens it with the bare passphrase (`openssl pkey -in root.key`): a root key outlives the program.
    """
    salt, initialization_vector = os.urandom(16), os.urandom(16)
    derivation = PBKDF2HMAC(hashes.SHA256(), length=32, salt=salt, iterations=KEY_DERIVATION_ITERATIONS)
    encryptor = Cipher(algorithms.AES256(derivation.derive(passphrase)), modes.CBC(initialization_vector)).encryptor()
    padder = padding.PKCS7(128).padder()
    clear = private_key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    encrypted = encryptor.update(padder.update(clear) + padder.finalize()) + encryptor.finalize()
    parameters = algos.Pbes2Params(
        {
            "key_derivation_func": {
                "algorithm": "pbkdf2",
                "parameters": {
                    "salt": algos.Pbkdf2Salt("specified", salt),
                    "iteration_count": KEY_DERIVATION_ITERATIONS,
                    "prf": {"algorithm": "sha256"},
                },
            },
            "encryption_scheme": {"algorithm": "aes256_cbc", "parameters": initialization_vector},
        }
    )
    container = keys.EncryptedPrivateKeyInfo(
        {
            "encryption_algorithm": {"algorithm": "pbes2", "parameters": parameters},
            "encrypted_data": encrypted,
        }
    )
    return bytes(pem.armor("ENCRYPTED PRIVATE KEY", container.dump()))


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError as error:
        raise AuthorityMissing(f"{folder / name} is missing") from error


def _read_certificate(folder: Path, name: str) -> x509.Certificate:
    path = certificate_path(folder, name)
    try:
        return x509.load_pem_x509_certificate(_read(folder, path.name))
    except ValueError as error:
        raise AuthorityDamaged(str(path)) from error


def _open_identity(folder: Path, name: str, passphrase: bytes) -> FileIdentity:
    certificate = _read_certificate(folder, name)
    path = key_path(folder, name)
    encrypted = _read(folder, path.name)
    try:
        private_key = serialization.load_pem_private_key(encrypted, passphrase)
    except (ValueError, TypeError):
        # The cause is left out on purpose: nothing about the passphrase may reach a log.
        raise WrongPassphrase(f"the passphrase does not open {path}") from None
    if not isinstance(private_key, ec.EllipticCurvePrivateKey) or private_key.public_key() != certificate.public_key():
        raise AuthorityDamaged(str(path))
    return FileIdentity(certificate, private_key)
