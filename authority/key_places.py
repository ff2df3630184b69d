"""
Where the authority's private keys lie: encrypted files in its folder, or a PKCS#11 token.

A place is written into authority.json as a URI: `file:issuing-1.key` or `pkcs11:token=journals;object=issuing-1;id=…`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias

from cryptography.hazmat.primitives.asymmetric import ec

from authority import pkcs11_keys
from authority.key_files import read_private_key, write_private_key
from authority.keystore_errors import AuthorityDamaged

FILE_SCHEME = "file:"
TOKEN_SCHEME = "pkcs11:"  # noqa: S105 (a URI scheme)


class KeyMaker(Protocol):
    """Makes new keys in one place."""

    def make(self, name: str, curve: ec.EllipticCurve) -> tuple[ec.EllipticCurvePrivateKey, str]:
        """A new key called `name`, and the URI under which it is found again."""
        ...


@dataclass(frozen=True)
class KeyFiles:
    """Keys lie in encrypted files beside the certificates."""


@dataclass(frozen=True)
class Token:
    """
    Keys lie in the PKCS#11 token called `label`, spoken to through the library `module`.

    The root's key is a file all the same, to be carried to a safe, unless `root_label` names a token of its own for it.
    """

    module: Path
    label: str
    root_label: str | None = None


KeyPlace: TypeAlias = KeyFiles | Token


def key_maker(place: KeyPlace, folder: Path, passphrase: bytes) -> KeyMaker:
    """The maker of the keys of services and issuing authorities; `passphrase` is the token's PIN."""
    if isinstance(place, Token):
        return pkcs11_keys.open_token(place.module, place.label, passphrase)
    return _FileMaker(folder, passphrase)


def root_key_maker(place: KeyPlace, folder: Path, passphrase: bytes) -> KeyMaker:
    """The maker of the root's key."""
    if isinstance(place, Token) and place.root_label is not None:
        return pkcs11_keys.open_token(place.module, place.root_label, passphrase)
    return _FileMaker(folder, passphrase)


def place_of(uri: str, module: Path | None) -> KeyPlace:
    """The place that `uri` points into. Raises `AuthorityDamaged`, `TokenUnavailable`."""
    if uri.startswith(TOKEN_SCHEME):
        return Token(pkcs11_keys.needed(module), pkcs11_keys.TokenKeyUri.parse(uri).token)
    return KeyFiles()


def open_key(uri: str, folder: Path, passphrase: bytes, module: Path | None) -> ec.EllipticCurvePrivateKey:
    """
    The private key behind `uri`.

    Raises `AuthorityMissing`, `WrongPassphrase`, `AuthorityDamaged`, `TokenUnavailable`.
    """
    if uri.startswith(TOKEN_SCHEME):
        reference = pkcs11_keys.TokenKeyUri.parse(uri)
        return pkcs11_keys.open_token(pkcs11_keys.needed(module), reference.token, passphrase).open(reference)
    if uri.startswith(FILE_SCHEME):
        return read_private_key(folder / Path(uri.removeprefix(FILE_SCHEME)).name, passphrase)
    raise AuthorityDamaged(f"not the address of a key: {uri}")


class _FileMaker:
    def __init__(self, folder: Path, passphrase: bytes) -> None:
        self._folder = folder
        self._passphrase = passphrase

    def make(self, name: str, curve: ec.EllipticCurve) -> tuple[ec.EllipticCurvePrivateKey, str]:
        key = ec.generate_private_key(curve)
        write_private_key(self._folder / f"{name}.key", key, self._passphrase)
        return key, f"{FILE_SCHEME}{name}.key"
