"""Private keys in encrypted files, which anything else opens with the bare passphrase."""

import os
from pathlib import Path

from asn1crypto import algos, keys, pem
from cryptography.hazmat.primitives import hashes, padding, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from authority.keystore_errors import AuthorityDamaged, AuthorityMissing, WrongPassphrase

KEY_DERIVATION_ITERATIONS = 600_000  # OWASP for PBKDF2-HMAC-SHA256; cryptography's own PKCS#8 writer stops at 2048


def write_private_key(path: Path, private_key: ec.EllipticCurvePrivateKey, passphrase: bytes) -> None:
    """Write `private_key` as encrypted PKCS#8 PEM with mode 0600, never readable by others even for an instant."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(encrypt_private_key(private_key, passphrase))


def read_private_key(path: Path, passphrase: bytes) -> ec.EllipticCurvePrivateKey:
    """
    Open the key that `write_private_key` wrote.

    Raises `AuthorityMissing`, `WrongPassphrase`, `AuthorityDamaged`.
    """
    try:
        private_key = serialization.load_pem_private_key(path.read_bytes(), passphrase)
    except FileNotFoundError as error:
        raise AuthorityMissing(f"{path} is missing") from error
    except (ValueError, TypeError):
        # The cause is left out on purpose: nothing about the passphrase may reach a log.
        raise WrongPassphrase(f"the passphrase does not open {path}") from None
    if not isinstance(private_key, ec.EllipticCurvePrivateKey):
        raise AuthorityDamaged(str(path))
    return private_key


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
