"""Signatures, as a stranger with openssl sees them."""

import shutil
import subprocess
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from asn1crypto import cms as asn1_cms
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from authority.certificates import fingerprint
from authority.public_keys import read_public_key, write_public_key
from authority.signing import (
    assemble,
    attach_time_stamp,
    normalised_signature_value,
    prepare_attributes,
    signature_value,
)
from tests.test_authority_setting import (
    CONTENT,
    NOW,
    SoftwareKey,
    authority,
    issue_to,
    ivanov,
    openssl,
    sealed_key,
    signed,
    token_for,
    write_chain,
)


def verify_with_openssl(folder: Path, cms: bytes, content: bytes, *options: str) -> tuple[int, str]:
    write_chain(folder)
    (folder / "content").write_bytes(content)
    (folder / "signature.p7s").write_bytes(cms)
    verified = openssl(
        folder, "cms", "-verify", "-binary", "-inform", "DER", "-in", "signature.p7s", "-content", "content",
        "-CAfile", "chain.pem", "-out", "verified", *options,
    )  # fmt: skip
    return verified.returncode, verified.stderr


def signer_of(cms: bytes) -> asn1_cms.SignerInfo:
    return asn1_cms.ContentInfo.load(cms)["content"]["signer_infos"][0]


LEVELS = {"B": signed(), "T": signed(stamped_at=NOW)}


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("options", [(), ("-cades",)])
def test_openssl_verifies_it(tmp_path: Path, level: str, options: tuple[str, ...]) -> None:
    code, said = verify_with_openssl(tmp_path, LEVELS[level], CONTENT, *options)
    assert (code, said.splitlines()[-1]) == (0, f"{'CAdES' if options else 'CMS'} Verification successful")
    assert (tmp_path / "verified").read_bytes() == CONTENT


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("position", [0, len(CONTENT) // 2, len(CONTENT) - 1])
def test_openssl_refuses_a_changed_byte(tmp_path: Path, level: str, position: int) -> None:
    changed = bytearray(CONTENT)
    changed[position] ^= 1
    code, said = verify_with_openssl(tmp_path, LEVELS[level], bytes(changed))
    assert code != 0
    assert "verification failure" in said


def test_openssl_refuses_it_under_another_root(tmp_path: Path) -> None:
    write_chain(tmp_path)
    openssl(
        tmp_path, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-keyout", "other.key", "-subj", "/CN=Other", "-out", "other.pem",
    )  # fmt: skip
    (tmp_path / "content").write_bytes(CONTENT)
    (tmp_path / "signature.p7s").write_bytes(LEVELS["B"])
    verified = openssl(
        tmp_path, "cms", "-verify", "-binary", "-inform", "DER", "-in", "signature.p7s", "-content", "content",
        "-CAfile", "other.pem", "-out", "verified",
    )  # fmt: skip
    assert verified.returncode != 0
    assert "certificate verify error" in verified.stderr


def test_what_a_signature_holds() -> None:
    structure = asn1_cms.ContentInfo.load(LEVELS["B"])["content"]
    assert structure["version"].native == "v1"
    assert structure["encap_content_info"]["content"].native is None
    enclosed = {each.chosen.sha256.hex() for each in structure["certificates"]}
    assert enclosed == {fingerprint(each) for each in (ivanov().certificate, *authority().chain)}
    signer = signer_of(LEVELS["B"])
    assert signer["signature_algorithm"]["algorithm"].native == "sha256_ecdsa"
    attributes = {each["type"].native: each["values"].native for each in signer["signed_attrs"]}
    assert attributes.keys() == {"content_type", "message_digest", "signing_time", "signing_certificate_v2"}
    assert attributes["content_type"] == ["data"]
    assert attributes["signing_time"] == [NOW]
    assert not signer["unsigned_attrs"].native


def test_the_default_hash_is_left_out_as_der_demands(tmp_path: Path) -> None:
    """RFC 5035: sha256 is the DEFAULT of ESSCertIDv2, and DER does not write defaults."""
    named = next(
        each["values"][0]["certs"][0]
        for each in signer_of(LEVELS["B"])["signed_attrs"]
        if each["type"].native == "signing_certificate_v2"
    )
    assert named.contents[:1] == b"\x04"  # certHash is the first field written


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (datetime(2049, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), b"\x17\x0d491231235959Z"),
        (datetime(2050, 1, 1, tzinfo=UTC), b"\x18\x0f20500101000000Z"),
        (datetime(2026, 1, 1, 2, tzinfo=timezone(timedelta(hours=3))), b"\x17\x0d251231230000Z"),
    ],
)
def test_how_the_signing_time_is_written(moment: datetime, written: bytes) -> None:
    assert written in prepare_attributes(bytes(32), ivanov().certificate, moment)


def test_what_cannot_be_signed() -> None:
    with pytest.raises(ValueError, match="digest"):
        prepare_attributes(bytes(20), ivanov().certificate, NOW)
    with pytest.raises(ValueError, match="aware"):
        prepare_attributes(bytes(32), ivanov().certificate, datetime(2026, 1, 1))  # noqa: DTZ001


def digest(algorithm: hashes.HashAlgorithm) -> bytes:
    state = hashes.Hash(algorithm)
    state.update(CONTENT)
    return state.finalize()


@pytest.mark.parametrize("algorithm", [hashes.SHA256(), hashes.SHA384()])
@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()])
def test_a_device_key_signs_elsewhere(tmp_path: Path, curve: ec.EllipticCurve, algorithm: hashes.HashAlgorithm) -> None:
    device = ec.generate_private_key(curve)
    certificate = issue_to(write_public_key(device.public_key()))
    attributes = prepare_attributes(digest(algorithm), certificate, NOW)
    cms = assemble(attributes, device.sign(attributes, ec.ECDSA(algorithm)), certificate, authority().chain)
    assert verify_with_openssl(tmp_path, cms, CONTENT, "-cades")[0] == 0
    assert verify_with_openssl(tmp_path, cms, CONTENT + b" ", "-cades")[0] != 0


def test_an_rsa_device_key_signs_elsewhere(tmp_path: Path) -> None:
    device = rsa.generate_private_key(65537, 3072)
    certificate = issue_to(write_public_key(device.public_key()))
    attributes = prepare_attributes(digest(hashes.SHA256()), certificate, NOW)
    value = device.sign(attributes, padding.PKCS1v15(), hashes.SHA256())
    cms = assemble(attributes, value, certificate, authority().chain)
    assert verify_with_openssl(tmp_path, cms, CONTENT)[0] == 0


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()])
def test_webcryptos_form_of_a_value_becomes_der(tmp_path: Path, curve: ec.EllipticCurve) -> None:
    device = ec.generate_private_key(curve)
    certificate = issue_to(write_public_key(device.public_key()))
    attributes = prepare_attributes(digest(hashes.SHA384()), certificate, NOW)
    der = device.sign(attributes, ec.ECDSA(hashes.SHA384()))
    half = device.key_size // 8
    r, s = decode_dss_signature(der)
    value = normalised_signature_value(r.to_bytes(half) + s.to_bytes(half), device.public_key())
    assert value == der == normalised_signature_value(der, device.public_key())
    cms = assemble(attributes, value, certificate, authority().chain)
    assert verify_with_openssl(tmp_path, cms, CONTENT, "-cades")[0] == 0


BROWSER = """
const { subtle } = require("crypto").webcrypto;
(async () => {
  const kind = { name: "ECDSA", namedCurve: process.argv[1] };
  const pair = await subtle.generateKey(kind, false, ["sign", "verify"]);
  console.log(Buffer.from(await subtle.exportKey("spki", pair.publicKey)).toString("hex"));
  process.stdin.on("data", async (hex) => {
    const octets = Buffer.from(hex.toString().trim(), "hex");
    const value = await subtle.sign({ name: "ECDSA", hash: process.argv[2] }, pair.privateKey, octets);
    console.log(Buffer.from(value).toString("hex"));
    process.exit(0);
  });
})();
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="node stands for the browser")
@pytest.mark.parametrize(
    ("curve", "name", "algorithm"), [("P-256", "SHA-256", hashes.SHA256()), ("P-384", "SHA-384", hashes.SHA384())]
)
def test_a_browsers_key_signs(tmp_path: Path, curve: str, name: str, algorithm: hashes.HashAlgorithm) -> None:
    """The key is made by `crypto.subtle` as not extractable, and never seen."""
    command = ["node", "-e", BROWSER, curve, name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as browser:
        assert browser.stdin
        assert browser.stdout
        spki = bytes.fromhex(browser.stdout.readline())
        certificate = issue_to(spki)
        attributes = prepare_attributes(digest(algorithm), certificate, NOW)
        value, _ = browser.communicate(attributes.hex(), timeout=30)
    normalised = normalised_signature_value(bytes.fromhex(value), read_public_key(spki))
    cms = assemble(attributes, normalised, certificate, authority().chain)
    assert verify_with_openssl(tmp_path, cms, CONTENT, "-cades")[0] == 0
    assert verify_with_openssl(tmp_path, cms, CONTENT + b" ", "-cades")[0] != 0


P256 = ec.generate_private_key(ec.SECP256R1()).public_key()
RSA = rsa.generate_private_key(65537, 3072).public_key()


def test_values_that_begin_with_zeros_stay_numbers() -> None:
    value = bytes(31) + b"\x01" + bytes(31) + b"\xff"
    assert normalised_signature_value(value, P256) == encode_dss_signature(1, 255)
    assert normalised_signature_value(bytes(384), RSA) == bytes(384)


@pytest.mark.parametrize(
    ("value", "key"),
    [
        (b"", P256),
        (b"garbage", P256),
        (bytes(64), P256),
        (b"\x01" * 63, P256),
        (b"\x01" * 96, P256),
        (encode_dss_signature(1, 1) + b"\x00", P256),
        (encode_dss_signature(0, 1), P256),
        (encode_dss_signature(1, 2**256), P256),
        (b"\x30\x06\x02\x01\xff\x02\x01\x01", P256),
        (bytes(383), RSA),
        (bytes(385), RSA),
        (encode_dss_signature(1, 1), RSA),
    ],
)
def test_what_is_no_value_of_a_key(value: bytes, key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (the parser has words of its own)
        normalised_signature_value(value, key)


def test_a_time_stamp_changes_nothing_that_was_signed() -> None:
    plain, stamped = (signer_of(LEVELS["B"]), signer_of(attach_time_stamp(LEVELS["B"], token_for(LEVELS["B"], NOW))))
    assert stamped["signed_attrs"].dump() == plain["signed_attrs"].dump()
    assert stamped["signature"].native == plain["signature"].native
    assert [each["type"].native for each in stamped["unsigned_attrs"]] == ["signature_time_stamp_token"]


def test_a_second_time_stamp_joins_the_first(tmp_path: Path) -> None:
    twice = attach_time_stamp(LEVELS["T"], token_for(LEVELS["T"], NOW + timedelta(days=1)))
    (attribute,) = signer_of(twice)["unsigned_attrs"]
    assert len(attribute["values"]) == 2
    assert verify_with_openssl(tmp_path, twice, CONTENT, "-cades")[0] == 0
    assert signature_value(twice) == signature_value(LEVELS["T"])


def test_openssl_finds_the_time_stamp_to_be_about_the_signature(tmp_path: Path) -> None:
    write_chain(tmp_path)
    (attribute,) = signer_of(LEVELS["T"])["unsigned_attrs"]
    (tmp_path / "token").write_bytes(attribute["values"][0].dump())
    (tmp_path / "value").write_bytes(signature_value(LEVELS["T"]))
    verified = openssl(
        tmp_path, "ts", "-verify", "-data", "value", "-in", "token", "-token_in", "-CAfile", "root.pem",
        "-untrusted", "issuing.pem",
    )  # fmt: skip
    assert "Verification: OK" in verified.stdout


def test_signatures_of_one_content_differ_by_the_signer() -> None:
    key = SoftwareKey(ec.generate_private_key(ec.SECP256R1()))
    other = issue_to(write_public_key(key.private_key.public_key()))
    assert other.serial_number != ivanov().certificate.serial_number
    assert prepare_attributes(bytes(32), other, NOW) != prepare_attributes(bytes(32), ivanov().certificate, NOW)
    assert write_public_key(ivanov().certificate.public_key()) == sealed_key().public_key
