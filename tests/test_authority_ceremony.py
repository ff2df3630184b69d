"""The ceremony and the keystore."""

import json
import logging
import os
import signal
import stat
import subprocess
import sys
import traceback
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from authority.ceremony import AuthorityExists, create_authority
from authority.certificates import fingerprint
from authority.keystore import AuthorityDamaged, AuthorityMissing, WrongPassphrase, open_authority
from tests.test_authority_setting import NOW, PASSPHRASE, PUBLIC_URL, authority, founded, ivanov, openssl

FILES = {
    "authority.json",
    "issuing-1.crt",
    "issuing-1.key",
    "ocsp-1.crt",
    "ocsp-1.key",
    "root-1.crl",
    "root.crt",
    "time-stamping-1.crt",
    "time-stamping-1.key",
}


def found(folder: Path) -> None:
    create_authority(folder, passphrase=PASSPHRASE, owner_name="Владелец", public_url=PUBLIC_URL, now=NOW)


def copy_of_the_authority(folder: Path) -> Path:
    folder.mkdir()
    for file in founded()[0].iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
    return folder


def without_generations() -> bytes:
    content = json.loads((founded()[0] / "authority.json").read_bytes())
    return json.dumps(content | {"generations": []}).encode()


def test_what_a_ceremony_leaves(tmp_path: Path) -> None:
    folder = tmp_path / "authority"
    found(folder)
    assert {file.name for file in folder.iterdir()} == FILES | {"root.key"}
    assert list(tmp_path.iterdir()) == [folder]
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for key in folder.glob("*.key"):
        assert stat.S_IMODE(key.stat().st_mode) == 0o600
        assert key.read_text().startswith("-----BEGIN ENCRYPTED PRIVATE KEY-----")
        # The bare passphrase opens it with a stranger's tool, nothing else does.
        assert (
            openssl(folder, "pkey", "-in", key.name, "-passin", f"pass:{PASSPHRASE.decode()}", "-noout").returncode == 0
        )
        assert openssl(folder, "pkey", "-in", key.name, "-passin", "pass:guess", "-noout").returncode != 0


def test_openssl_accepts_every_certificate() -> None:
    folder, protocol = founded()
    just_founded = str(int(protocol.created_at.timestamp()) + 1)
    verified = openssl(
        folder, "verify", "-x509_strict", "-attime", just_founded, "-CAfile", "root.crt", "-untrusted", "issuing-1.crt",
        "issuing-1.crt", "time-stamping-1.crt", "ocsp-1.crt",
    )  # fmt: skip
    assert verified.stdout.split() == ["issuing-1.crt:", "OK", "time-stamping-1.crt:", "OK", "ocsp-1.crt:", "OK"]
    purpose = openssl(
        folder, "verify", "-x509_strict", "-purpose", "timestampsign",
        "-CAfile", "root.crt", "-untrusted", "issuing-1.crt", "time-stamping-1.crt",
    )  # fmt: skip
    assert purpose.returncode == 0, purpose.stderr


def test_the_roots_revocation_list() -> None:
    folder, _ = founded()
    listed = openssl(folder, "crl", "-in", "root-1.crl", "-inform", "DER", "-CAfile", "root.crt", "-noout", "-text")
    assert "verify OK" in listed.stderr
    assert "No Revoked Certificates" in listed.stdout
    revocation_list = x509.load_der_x509_crl(authority().root_revocation_list)
    assert revocation_list.next_update_utc == authority().issuing.certificate.not_valid_after_utc


def test_the_two_tiers() -> None:
    root, issuing = authority().root, authority().issuing.certificate
    assert 20 * 365 <= (root.not_valid_after_utc - root.not_valid_before_utc).days <= 20 * 366
    assert 10 * 365 <= (issuing.not_valid_after_utc - issuing.not_valid_before_utc).days <= 10 * 366
    constraints = issuing.extensions.get_extension_for_class(x509.BasicConstraints)
    assert constraints.critical
    assert constraints.value.path_length == 0
    assert authority().issuing_certificates == (issuing,)
    assert authority().time_stamping_chain == authority().chain
    assert authority().chain_of(ivanov().certificate) == authority().chain
    with pytest.raises(ValueError, match="not of this authority"):
        authority().chain_of(root)
    (generation,) = authority().generations
    assert authority().generation(generation.key_id) is generation
    assert authority().generation("00" * 20) is None
    points = issuing.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert [name.value for point in points for name in point.full_name or []] == [f"{PUBLIC_URL}/pki/root.crl"]
    access = issuing.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    assert [description.access_location.value for description in access] == [f"{PUBLIC_URL}/pki/root.crt"]


def test_the_services_certificates() -> None:
    folder, _ = founded()
    issuing = authority().issuing.certificate
    time_stamping = authority().time_stamping.certificate
    # The key stamps for a year; tokens are verifiable as long as the issuing authority lasts.
    assert time_stamping.not_valid_after_utc == issuing.not_valid_after_utc
    used = time_stamping.extensions.get_extension_for_class(x509.PrivateKeyUsagePeriod).value
    assert used.not_after == (issuing.not_valid_before_utc + timedelta(days=365)).replace(tzinfo=None)
    usage = authority().time_stamping.certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert usage.critical
    assert list(usage.value) == [x509.oid.ExtendedKeyUsageOID.TIME_STAMPING]
    responder = x509.load_pem_x509_certificate((folder / "ocsp-1.crt").read_bytes())
    assert responder == authority().generations[0].ocsp.certificate
    assert responder.not_valid_after_utc == issuing.not_valid_before_utc + timedelta(days=365)
    assert responder.extensions.get_extension_for_class(x509.OCSPNoCheck)
    assert list(responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value) == [
        x509.oid.ExtendedKeyUsageOID.OCSP_SIGNING
    ]
    responder.verify_directly_issued_by(authority().issuing.certificate)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_the_protocol_names_every_fingerprint_as_openssl_does(language: str) -> None:
    folder, protocol = founded()
    text = protocol.text(language)  # type: ignore[arg-type]
    assert protocol.fingerprints.keys() == {"root", "issuing-1", "ocsp-1", "time-stamping-1"}
    for name in protocol.fingerprints:
        shown = openssl(folder, "x509", "-in", f"{name}.crt", "-noout", "-fingerprint", "-sha256").stdout
        assert shown.strip().partition("=")[2] in text
    for name, place in protocol.key_places.items():
        assert place == f"file:{name}.key"
        assert place in text
    assert "квалифицированная " not in text.replace("неквалифицированная", "")


def test_it_opens_without_the_root_key_and_its_identities_sign() -> None:
    folder, protocol = founded()
    assert {file.name for file in folder.iterdir()} == FILES
    assert fingerprint(authority().root) == protocol.fingerprints["root"]
    assert authority().public_url == PUBLIC_URL
    assert authority().chain == (authority().issuing.certificate, authority().root)
    assert authority().policy == protocol.policy
    for identity in (authority().issuing, authority().generations[0].ocsp, authority().time_stamping):
        public_key = identity.certificate.public_key()
        assert isinstance(public_key, ec.EllipticCurvePublicKey)
        public_key.verify(identity.sign(b"octets"), b"octets", ec.ECDSA(hashes.SHA256()))


def test_repr_shows_no_secret() -> None:
    shown = repr(authority())
    assert PASSPHRASE.decode() not in shown
    assert "private" not in shown.lower()


@pytest.mark.parametrize("passphrase", [b"", b"guess", PASSPHRASE + b" ", b"\xff"])
def test_wrong_passphrase(passphrase: bytes, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(WrongPassphrase) as refusal:
        open_authority(founded()[0], passphrase)
    told = "".join(traceback.format_exception(refusal.value)) + caplog.text
    assert PASSPHRASE.decode() not in told
    assert "guess" not in told


def test_missing_authority(tmp_path: Path) -> None:
    with pytest.raises(AuthorityMissing):
        open_authority(tmp_path / "nowhere", PASSPHRASE)
    folder = copy_of_the_authority(tmp_path / "authority")
    (folder / "issuing-1.key").unlink()
    with pytest.raises(AuthorityMissing, match=r"issuing-1\.key"):
        open_authority(folder, PASSPHRASE)


@pytest.mark.parametrize(
    ("name", "octets"),
    [
        ("root.crt", b"not a certificate"),
        ("authority.json", b"{}"),
        ("authority.json", b"not JSON"),
        ("authority.json", b'{"generations": [1]}'),
        ("authority.json", without_generations()),
        ("issuing-1.key", (founded()[0] / "time-stamping-1.key").read_bytes()),
    ],
)
def test_damaged_authority(tmp_path: Path, name: str, octets: bytes) -> None:
    folder = copy_of_the_authority(tmp_path / "authority")
    (folder / name).write_bytes(octets)
    with pytest.raises(AuthorityDamaged, match=name):
        open_authority(folder, PASSPHRASE)


def test_an_authority_is_never_overwritten(tmp_path: Path) -> None:
    folder = copy_of_the_authority(tmp_path / "authority")
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    with pytest.raises(AuthorityExists):
        found(folder)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert list(tmp_path.iterdir()) == [folder]


def test_of_two_ceremonies_at_once_the_second_gives_way(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "authority"
    rename = Path.rename

    def too_late(unfinished: Path, target: Path) -> Path:
        copy_of_the_authority(target)
        return rename(unfinished, target)

    monkeypatch.setattr(Path, "rename", too_late)
    with pytest.raises(AuthorityExists):
        found(folder)
    open_authority(folder, PASSPHRASE)
    assert list(tmp_path.iterdir()) == [folder]


def test_a_failed_ceremony_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_room(unfinished: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", no_room)
    with pytest.raises(OSError, match="No space"):
        found(tmp_path / "authority")
    assert list(tmp_path.iterdir()) == []


def test_a_killed_ceremony_leaves_no_authority(tmp_path: Path) -> None:
    folder = tmp_path / "authority"
    # The process kills itself, without any chance to tidy up, as soon as the second key is on disk.
    script = f"""
import os, signal
from datetime import UTC, datetime
from pathlib import Path
from authority import ceremony, key_places
write = key_places.write_private_key
def write_and_die(path, key, passphrase):
    write(path, key, passphrase)
    if path.name == "issuing-1.key":
        os.kill(os.getpid(), signal.SIGKILL)
key_places.write_private_key = write_and_die
ceremony.create_authority(Path({str(folder)!r}), passphrase=b"x", owner_name="Владелец",
                          public_url="http://127.0.0.1", now=datetime.now(UTC))
"""
    root = Path(__file__).parent.parent
    killed = subprocess.run(
        [sys.executable, "-c", script], cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, timeout=30
    )
    assert killed.returncode == -signal.SIGKILL
    assert not folder.exists()
    with pytest.raises(AuthorityMissing):
        open_authority(folder, b"x")
    found(folder)
    open_authority(folder, PASSPHRASE)


@pytest.mark.parametrize(
    "address", ["", "ftp://example.org", "journals.example.org", "http://", "http://журналы.рф", "https://a.org/?q"]
)
def test_an_address_that_cannot_stand_in_certificates(tmp_path: Path, address: str) -> None:
    with pytest.raises(ValueError, match=r"web address|punycode"):
        create_authority(tmp_path / "a", passphrase=b"x", owner_name="Владелец", public_url=address, now=NOW)
    assert list(tmp_path.iterdir()) == []


def test_the_configuration_is_readable() -> None:
    configuration = json.loads((founded()[0] / "authority.json").read_text(encoding="utf-8"))
    assert configuration["public_url"] == PUBLIC_URL
    assert configuration["owner"] == "ООО «Владелец системы»"
    assert configuration["created_at"].endswith("+00:00")
    assert configuration["policies"].keys() == {"certificate", "time_stamping"}
