"""Holders' keys: sealed under a PIN, or brought in a certification request."""

import dataclasses
import time
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID

from authority.holder_key import (
    SealedKey,
    UnacceptableRequest,
    WrongPin,
    create_sealed_key,
    is_signed_by,
    open_sealed_key,
    read_certification_request,
    reseal,
    spki_digest,
)
from authority.public_keys import KeyFlaw, signing_hash, write_public_key
from tests.test_authority_setting import PIN, SERVER_SECRET, issue_to, ivanov, openssl, sealed_key


def request(key: CertificateIssuerPrivateKeyTypes, hash_algorithm: hashes.SHA256 | None = None) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "anybody")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(name)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return builder.sign(key, hash_algorithm).public_bytes(serialization.Encoding.DER)


def test_a_key_opens_with_its_pin_and_signs() -> None:
    key = open_sealed_key(sealed_key(), PIN, SERVER_SECRET)
    public_key = serialization.load_der_public_key(sealed_key().public_key)
    assert isinstance(public_key, ec.EllipticCurvePublicKey)
    assert public_key.curve.name == "secp256r1"
    public_key.verify(key.sign(b"octets"), b"octets", ec.ECDSA(hashes.SHA256()))


@pytest.mark.parametrize(
    ("pin", "secret"),
    [("246811", SERVER_SECRET), ("", SERVER_SECRET), (PIN + "0", SERVER_SECRET), (PIN, bytes(32)), (PIN, b"")],
)
def test_neither_a_wrong_pin_nor_a_wrong_secret_opens_it(pin: str, secret: bytes) -> None:
    with pytest.raises(WrongPin):
        open_sealed_key(sealed_key(), pin, secret)


@pytest.mark.parametrize("field", ["sealed", "salt", "public_key", "iterations"])
def test_an_exchanged_part_does_not_open(field: str) -> None:
    other = create_sealed_key(PIN, SERVER_SECRET)
    value = 2 if field == "iterations" else getattr(other, field)
    with pytest.raises(WrongPin):
        open_sealed_key(dataclasses.replace(sealed_key(), **{field: value}), PIN, SERVER_SECRET)  # type: ignore[arg-type]


def test_a_guess_costs_memory_and_time() -> None:
    assert sealed_key().memory_kib >= 46 * 1024
    started = time.perf_counter()
    with pytest.raises(WrongPin):
        open_sealed_key(sealed_key(), "000000", SERVER_SECRET)
    assert time.perf_counter() - started > 0.01


def test_two_keys_under_one_pin_have_nothing_in_common() -> None:
    one, other = create_sealed_key(PIN, SERVER_SECRET), create_sealed_key(PIN, SERVER_SECRET)
    assert one.salt != other.salt
    assert one.sealed != other.sealed
    assert one.public_key != other.public_key
    assert spki_digest(one.public_key) != spki_digest(other.public_key)


def test_repr_shows_nothing_to_attack() -> None:
    shown = repr(sealed_key())
    assert repr(sealed_key().sealed) not in shown
    assert repr(sealed_key().salt) not in shown
    assert "HolderKey object at" in repr(open_sealed_key(sealed_key(), PIN, SERVER_SECRET))


def test_the_sealed_key_is_encrypted_pkcs8(tmp_path: Path) -> None:
    (tmp_path / "key.der").write_bytes(sealed_key().sealed)
    structure = openssl(tmp_path, "asn1parse", "-inform", "DER", "-in", "key.der").stdout
    assert "PBES2" in structure
    assert "id-ecPublicKey" not in structure


@pytest.mark.parametrize("name", ["Иванов Иван Иванович", "", "Очень-Длинное-Имя " * 20, "\x00\n"])
def test_its_request_proves_possession(tmp_path: Path, name: str) -> None:
    der = open_sealed_key(sealed_key(), PIN, SERVER_SECRET).certification_request(name)
    assert read_certification_request(der).public_key == sealed_key().public_key
    (tmp_path / "request.der").write_bytes(der)
    assert openssl(tmp_path, "req", "-in", "request.der", "-inform", "DER", "-verify", "-noout").returncode == 0


@pytest.mark.parametrize(
    "arguments", [("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"), ("-newkey", "rsa:3072")]
)
def test_a_request_made_by_openssl_is_read(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    made = openssl(
        tmp_path, "req", "-new", "-nodes", *arguments, "-keyout", "device.key", "-subj", "/CN=device",
        "-outform", "DER", "-out", "request.der",
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    spki = openssl(tmp_path, "pkey", "-in", "device.key", "-pubout", "-outform", "DER", "-out", "spki.der")
    assert spki.returncode == 0
    accepted = read_certification_request((tmp_path / "request.der").read_bytes())
    assert accepted.public_key == (tmp_path / "spki.der").read_bytes()


def test_one_key_has_one_digest_however_it_is_encoded(tmp_path: Path) -> None:
    """Uniqueness of keys (legal.md §2) must not be walked around with a compressed point."""
    openssl(tmp_path, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "device.key")
    for form in ("uncompressed", "compressed"):
        openssl(tmp_path, "pkey", "-in", "device.key", "-ec_conv_form", form, "-out", f"{form}.key")
        openssl(tmp_path, "req", "-new", "-key", f"{form}.key", "-subj", "/CN=x", "-outform", "DER", "-out", form)
    requests = [(tmp_path / form).read_bytes() for form in ("uncompressed", "compressed")]
    assert len(requests[1]) < len(requests[0]) - 20
    one, other = (spki_digest(read_certification_request(der).public_key) for der in requests)
    assert one == other


@pytest.mark.parametrize(
    ("der", "reason"),
    [
        (request(ec.generate_private_key(ec.SECP521R1()), hashes.SHA256()), KeyFlaw.UNSUPPORTED_KIND),
        (request(ec.generate_private_key(ec.SECP256K1()), hashes.SHA256()), KeyFlaw.UNSUPPORTED_KIND),
        (request(ed25519.Ed25519PrivateKey.generate()), KeyFlaw.UNSUPPORTED_KIND),
        (request(dsa.generate_private_key(2048), hashes.SHA256()), KeyFlaw.UNSUPPORTED_KIND),
        (request(rsa.generate_private_key(65537, 2048), hashes.SHA256()), KeyFlaw.WRONG_SIZE),
        (request(rsa.generate_private_key(3, 3072), hashes.SHA256()), KeyFlaw.WEAK_EXPONENT),
        (b"", KeyFlaw.MALFORMED),
        (b"not a request", KeyFlaw.MALFORMED),
        (b"\x30" * 20_000, KeyFlaw.MALFORMED),
    ],
    ids=["P-521", "secp256k1", "Ed25519", "DSA", "RSA-2048", "RSA-e3", "empty", "text", "large"],
)
def test_unacceptable_requests(der: bytes, reason: KeyFlaw) -> None:
    with pytest.raises(UnacceptableRequest) as refusal:
        read_certification_request(der)
    assert refusal.value.reason is reason


def test_a_request_for_somebody_elses_key_is_refused() -> None:
    mine, theirs = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    spki = [
        key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        for key in (mine, theirs)
    ]
    forged = request(mine, hashes.SHA256()).replace(spki[0], spki[1])
    with pytest.raises(UnacceptableRequest) as refusal:
        read_certification_request(forged)
    assert refusal.value.reason is KeyFlaw.POSSESSION_NOT_PROVED


def test_a_pin_is_changed_and_the_key_stays() -> None:
    resealed = reseal(sealed_key(), PIN, "135790", SERVER_SECRET)
    assert resealed.public_key == sealed_key().public_key
    assert resealed.salt != sealed_key().salt
    assert resealed.sealed != sealed_key().sealed
    public_key = serialization.load_der_public_key(sealed_key().public_key)
    assert isinstance(public_key, ec.EllipticCurvePublicKey)
    key = open_sealed_key(resealed, "135790", SERVER_SECRET)
    public_key.verify(key.sign(b"octets"), b"octets", ec.ECDSA(hashes.SHA256()))
    with pytest.raises(WrongPin):
        open_sealed_key(resealed, PIN, SERVER_SECRET)
    with pytest.raises(WrongPin):
        reseal(sealed_key(), "135790", PIN, SERVER_SECRET)


def webcrypto_value(key: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    """What `crypto.subtle.sign` gives: r and s side by side."""
    half = key.key_size // 8
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(signing_hash(key.public_key()))))
    return r.to_bytes(half) + s.to_bytes(half)


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()])
def test_a_renewal_is_asked_for_with_the_present_key(curve: ec.EllipticCurve) -> None:
    present, following = ec.generate_private_key(curve), ec.generate_private_key(curve)
    certificate = issue_to(write_public_key(present.public_key()))
    asked = request(following, hashes.SHA256())
    right_hash = ec.ECDSA(signing_hash(present.public_key()))
    other_hash = ec.ECDSA(hashes.SHA512())
    assert is_signed_by(certificate, asked, present.sign(asked, right_hash))
    assert is_signed_by(certificate, asked, webcrypto_value(present, asked))
    assert not is_signed_by(certificate, asked, following.sign(asked, right_hash))
    assert not is_signed_by(certificate, asked, present.sign(asked, other_hash))
    assert not is_signed_by(certificate, asked + b"\x00", present.sign(asked, right_hash))
    for value in (b"", b"garbage", bytes(64), bytes(96), present.sign(asked, right_hash) + b"\x00"):
        assert not is_signed_by(certificate, asked, value)


def test_a_renewal_of_an_rsa_key_and_of_a_key_of_ours() -> None:
    present = rsa.generate_private_key(65537, 3072)
    certificate = issue_to(write_public_key(present.public_key()))
    asked = request(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    value = present.sign(asked, padding.PKCS1v15(), hashes.SHA256())
    assert is_signed_by(certificate, asked, value)
    assert not is_signed_by(certificate, asked, value[:-1])
    assert not is_signed_by(certificate, asked, present.sign(asked, padding.PKCS1v15(), hashes.SHA384()))
    assert is_signed_by(ivanov().certificate, asked, ivanov().key.sign(asked))


def test_a_sealed_key_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        sealed_key().salt = b""  # type: ignore[misc]
    assert isinstance(sealed_key(), SealedKey)
