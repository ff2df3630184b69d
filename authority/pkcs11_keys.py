"""
Keys in a PKCS#11 token (OASIS PKCS #11 3.0): made there, never leaving it, used through one session per process.

A token has one login for a whole process, so `open_token` keeps its session and gives it to whoever asks again with
the same PIN. The session is used by one thread at a time. After a token was unplugged or its daemon restarted the
process must be restarted too, because the PIN is not kept; and a process that has opened a token is not forked, because
PKCS #11 leaves open what its child could do with it.
"""

import hmac
import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Self
from urllib.parse import quote, unquote, unquote_to_bytes

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from authority.keystore_errors import AuthorityDamaged, TokenUnavailable, WrongPassphrase

if TYPE_CHECKING:
    import pkcs11

MARK_KEY = os.urandom(32)
"""Marks PINs for comparison within this process, without keeping them."""


@dataclass(frozen=True)
class TokenKeyUri:
    """Where a key lies, as an RFC 7512 URI: the token's label, the key's label and its CKA_ID."""

    token: str
    label: str
    identifier: bytes

    def __str__(self) -> str:
        identifier = "".join(f"%{octet:02X}" for octet in self.identifier)
        return f"pkcs11:token={quote(self.token, safe='')};object={quote(self.label, safe='')};id={identifier}"

    @classmethod
    def parse(cls, uri: str) -> Self:
        """Read what `str` wrote. Raises `AuthorityDamaged`."""
        attributes = dict(part.partition("=")[::2] for part in uri.removeprefix("pkcs11:").split(";"))
        try:
            token, label = unquote(attributes["token"]), unquote(attributes["object"])
            return cls(token, label, unquote_to_bytes(attributes["id"]))
        except KeyError as error:
            raise AuthorityDamaged(f"not the address of a key in a token: {uri}") from error


def needed(module: Path | None) -> Path:
    """`module` itself. Raises `TokenUnavailable` if there is none."""
    if module is None:
        raise TokenUnavailable("the authority's keys lie in a PKCS#11 token, and no PKCS#11 module is set")
    return module


@dataclass(frozen=True)
class OpenToken:
    """A token that the process is logged in to."""

    label: str
    session: "pkcs11.Session" = field(repr=False)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def make(self, name: str, curve: ec.EllipticCurve) -> tuple[ec.EllipticCurvePrivateKey, str]:
        """A new pair of keys on `curve` inside the token: sensitive, and never extractable."""
        from pkcs11 import Attribute, KeyType
        from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters

        uri = TokenKeyUri(self.label, name, uuid.uuid4().bytes)
        with self.lock, _speaking(self.label):
            parameters = self.session.create_domain_parameters(
                KeyType.EC, {Attribute.EC_PARAMS: encode_named_curve_parameters(curve.name)}, local=True
            )
            public_key, private_key = parameters.generate_keypair(
                store=True,
                label=name,
                id=uri.identifier,
                private_template={
                    Attribute.SENSITIVE: True,
                    Attribute.EXTRACTABLE: False,
                    Attribute.SIGN: True,
                    Attribute.DERIVE: False,
                },
            )
            return TokenKey(self, private_key, encode_ec_public_key(public_key)), str(uri)

    def open(self, uri: TokenKeyUri) -> ec.EllipticCurvePrivateKey:
        """The key behind `uri`. Raises `TokenUnavailable` if the token has none."""
        from pkcs11 import Attribute, ObjectClass
        from pkcs11.util.ec import encode_ec_public_key

        def found(kind: ObjectClass) -> Any:
            template = {Attribute.CLASS: kind, Attribute.LABEL: uri.label, Attribute.ID: uri.identifier}
            for key in self.session.get_objects(template):
                return key
            raise TokenUnavailable(f"the token {uri.token} holds no key {uri.label}")

        with self.lock, _speaking(self.label):
            private_key = found(ObjectClass.PRIVATE_KEY)
            return TokenKey(self, private_key, encode_ec_public_key(found(ObjectClass.PUBLIC_KEY)))


class TokenKey(ec.EllipticCurvePrivateKey):
    """An elliptic-curve key in a token, for everything of cryptography's that wants a private key to sign with."""

    def __init__(self, token: OpenToken, private_key: Any, public_key_der: bytes) -> None:
        public_key = serialization.load_der_public_key(public_key_der)
        if not isinstance(public_key, ec.EllipticCurvePublicKey):
            raise AuthorityDamaged(f"the token {token.label} holds a key of another kind")
        self._token = token
        self._private_key = private_key
        self._public_key = public_key

    def sign(self, data: bytes, signature_algorithm: ec.EllipticCurveSignatureAlgorithm) -> bytes:  # type: ignore[override]
        """The DER Ecdsa-Sig-Value of `data`: hashed here, signed in the token."""
        from pkcs11 import Mechanism

        algorithm = signature_algorithm.algorithm
        if not isinstance(algorithm, hashes.HashAlgorithm):
            raise TypeError("a token's key hashes what it signs itself")
        hashing = hashes.Hash(algorithm)
        hashing.update(data)
        with self._token.lock, _speaking(self._token.label):
            value: bytes = self._private_key.sign(hashing.finalize(), mechanism=Mechanism.ECDSA)
        half = len(value) // 2
        return encode_dss_signature(int.from_bytes(value[:half]), int.from_bytes(value[half:]))

    def public_key(self) -> ec.EllipticCurvePublicKey:
        return self._public_key

    @property
    def curve(self) -> ec.EllipticCurve:
        return self._public_key.curve

    @property
    def key_size(self) -> int:
        return self._public_key.key_size

    def exchange(self, algorithm: ec.ECDH, peer_public_key: ec.EllipticCurvePublicKey) -> NoReturn:
        raise TypeError("a key in a token only signs")

    def private_numbers(self) -> NoReturn:
        raise TypeError("a key does not leave its token")

    def private_bytes(
        self,
        encoding: serialization.Encoding,
        format: serialization.PrivateFormat,
        encryption_algorithm: serialization.KeySerializationEncryption,
    ) -> NoReturn:
        raise TypeError("a key does not leave its token")

    def __copy__(self) -> "TokenKey":
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> "TokenKey":
        return self

    def __repr__(self) -> str:
        return f"<TokenKey in {self._token.label}>"


_open_tokens: dict[tuple[Path, str], tuple[OpenToken, bytes]] = {}
_opening = threading.Lock()


def open_token(module: Path, label: str, pin: bytes) -> OpenToken:
    """
    Log in to the token called `label`, once in a process, through the PKCS#11 library `module`.

    Raises `WrongPassphrase` if `pin` is not the user's PIN, `TokenUnavailable` for everything else.
    """
    place = (module, label)
    mark = hmac.digest(MARK_KEY, pin, "sha256")
    with _opening:
        if place not in _open_tokens:
            _open_tokens[place] = (OpenToken(label, _log_in(module, label, pin)), mark)
        token, mark_of_pin = _open_tokens[place]
    if not hmac.compare_digest(mark, mark_of_pin):
        raise WrongPassphrase(f"the passphrase is not the PIN of the token {label}")
    return token


def _log_in(module: Path, label: str, pin: bytes) -> "pkcs11.Session":
    try:
        import pkcs11
    except ImportError as error:
        raise TokenUnavailable("python-pkcs11 is not installed") from error
    try:
        text = pin.decode()  # for PKCS #11 a PIN is UTF-8 text
    except UnicodeDecodeError:
        raise WrongPassphrase(f"the passphrase is not the PIN of the token {label}") from None
    with _speaking(label):
        # The session may write, because ceremonies and renewals make keys through it.
        return pkcs11.lib(str(module)).get_token(token_label=label).open(user_pin=text, rw=True)


@contextmanager
def _speaking(label: str) -> Iterator[None]:
    """Say what the token answered in words of ours, without any cause that might hold the PIN."""
    from pkcs11 import exceptions

    try:
        yield
    except (exceptions.PinIncorrect, exceptions.PinInvalid, exceptions.PinLenRange):
        raise WrongPassphrase(f"the passphrase is not the PIN of the token {label}") from None
    except exceptions.PinLocked:
        raise WrongPassphrase(f"the PIN of the token {label} is locked") from None
    except (exceptions.PKCS11Error, RuntimeError) as error:
        raise TokenUnavailable(f"the token {label} does not answer: {type(error).__name__}") from None
