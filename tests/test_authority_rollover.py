"""A new issuing authority, and the old one that stays what it was."""

import dataclasses
import functools
import os
import shutil
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp as questions

from authority.authority_record import read_record
from authority.ceremony_protocol import CeremonyProtocol
from authority.certificates import fingerprint, to_der, to_pem
from authority.issuer import CannotIssue, IssuanceFlaw, issue, new_serial, prepare
from authority.keystore import Authority, AuthorityDamaged, AuthorityMissing, WrongPassphrase, open_authority
from authority.lint import lint_certificate, lint_revocation_list
from authority.ocsp import CertificateState, StateKind, answer, read_question
from authority.revocation_lists import RevokedCertificate, issue_revocation_list, read_revocation_list
from authority.rollover import NotRevocable, renew_issuing, revoke_generation
from tests.test_authority_setting import (
    IVANOV,
    NOW,
    PASSPHRASE,
    PUBLIC_URL,
    authority,
    founded,
    ivanov,
    openssl,
    passing_folder,
    sealed_key,
)

ROOT_KEY = founded()[0].parent / "root.key"
SECRET_OF_THE_SAFE = b"only the safe knows"


def copied(folder: Path) -> Path:
    """The tests' authority in a folder of its own; its root key stays in the safe."""
    return Path(shutil.copytree(founded()[0], folder))


@functools.cache
def rolled_over() -> tuple[Path, CeremonyProtocol]:
    folder = copied(passing_folder() / "authority")
    return folder, renew_issuing(folder, PASSPHRASE, now=NOW, root_key=ROOT_KEY)


@functools.cache
def successor() -> Authority:
    return open_authority(rolled_over()[0], PASSPHRASE)


@functools.cache
def newcomer() -> x509.Certificate:
    """A certificate of the second generation."""
    plan = prepare(
        successor(),
        holder=IVANOV,
        public_key=sealed_key().public_key,
        serial=new_serial(),
        not_before=NOW,
        not_after=NOW + timedelta(days=365),
    )
    return issue(successor(), plan)


def test_both_generations_stand_side_by_side() -> None:
    new, old = successor().generations
    assert old.issuing.certificate == authority().issuing.certificate
    assert old.ocsp.certificate == authority().generations[0].ocsp.certificate
    assert successor().issuing_certificates == (new.issuing.certificate, old.issuing.certificate)
    assert new.key_id != old.key_id
    assert successor().generation(old.key_id) is old
    # A list is found by its issuer's name: two keys under one would speak for each other's certificates.
    assert new.issuing.certificate.subject != old.issuing.certificate.subject
    assert successor().time_stamping.certificate != authority().time_stamping.certificate
    assert successor().time_stamping_chain == (successor().issuing.certificate, successor().root)
    assert authority().time_stamping.certificate in successor().services_of(old.key_id)


def test_certificates_of_both_name_their_own_generation() -> None:
    assert successor().chain_of(ivanov().certificate) == authority().chain
    assert successor().chain_of(newcomer()) == successor().chain
    for certificate, generation in zip((newcomer(), ivanov().certificate), successor().generations, strict=True):
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
        addresses = [name.value for point in points for name in point.full_name or []]
        assert addresses == [f"{PUBLIC_URL}/pki/issuing-{generation.key_id}.crl"]
    plan_of_old = dataclasses.replace(successor(), generations=successor().generations[1:])
    plan = prepare(
        plan_of_old,
        holder=IVANOV,
        public_key=sealed_key().public_key,
        serial=new_serial(),
        not_before=NOW,
        not_after=NOW + timedelta(days=365),
    )
    with pytest.raises(CannotIssue) as refusal:
        issue(successor(), plan)
    assert refusal.value.reason is IssuanceFlaw.OTHER_AUTHORITY


def test_openssl_accepts_the_certificates_of_both_with_the_lists_of_both(tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_text(to_pem(successor().root))
    (tmp_path / "issuing.pem").write_text("".join(map(to_pem, successor().issuing_certificates)))
    (tmp_path / "old.pem").write_text(to_pem(ivanov().certificate))
    (tmp_path / "new.pem").write_text(to_pem(newcomer()))

    def verdict(revoked: x509.Certificate | None) -> str:
        entries = [RevokedCertificate(revoked.serial_number, NOW, "superseded")] if revoked else []
        lists = [successor().root_revocation_list] + [
            issue_revocation_list(
                generation.issuing, entries, number=1, this_update=NOW, next_update=NOW + timedelta(days=1)
            )
            for generation in successor().generations
        ]
        text = b"".join(x509.load_der_x509_crl(der).public_bytes(Encoding.PEM) for der in lists)
        (tmp_path / "lists.pem").write_bytes(text)
        return openssl(
            tmp_path, "verify", "-x509_strict", "-crl_check_all", "-CRLfile", "lists.pem",
            "-CAfile", "root.pem", "-untrusted", "issuing.pem", "old.pem", "new.pem",
        ).stdout  # fmt: skip

    assert verdict(None) == "old.pem: OK\nnew.pem: OK\n"
    assert verdict(ivanov().certificate) == "new.pem: OK\n"
    assert verdict(newcomer()) == "old.pem: OK\n"


def test_each_generation_answers_for_its_own() -> None:
    for certificate, generation in zip((newcomer(), ivanov().certificate), successor().generations, strict=True):
        issuer = generation.issuing.certificate
        asked = questions.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA256()).build()
        question = read_question(asked.public_bytes(Encoding.DER), successor())
        assert question.generation is generation
        good = CertificateState(StateKind.GOOD)
        response = answer(question, good, this_update=NOW, next_update=NOW + timedelta(hours=1))
        assert questions.load_der_ocsp_response(response).certificates == [generation.ocsp.certificate]


def test_the_roots_list_is_a_later_one(tmp_path: Path) -> None:
    assert read_revocation_list(authority().root_revocation_list) == (1, ())
    assert read_revocation_list(successor().root_revocation_list) == (2, ())
    (tmp_path / "root.pem").write_text(to_pem(successor().root))
    (tmp_path / "root.crl").write_bytes(successor().root_revocation_list)
    listed = openssl(tmp_path, "crl", "-inform", "DER", "-in", "root.crl", "-CAfile", "root.pem", "-noout")
    assert "verify OK" in listed.stderr


def test_the_linter_has_no_objection() -> None:
    new = successor().generations[0]
    for certificate in (new.issuing.certificate, new.ocsp.certificate, newcomer()):
        assert lint_certificate(to_der(certificate)).acceptable
    assert lint_revocation_list(successor().root_revocation_list).acceptable


def test_nothing_that_was_there_is_changed() -> None:
    before = {file.name: file.read_bytes() for file in founded()[0].iterdir()}
    after = {file.name: file.read_bytes() for file in rolled_over()[0].iterdir()}
    assert {name for name in before if before[name] != after[name]} == {"authority.json"}
    made = {f"{name}-2.{kind}" for name in ("issuing", "ocsp", "time-stamping") for kind in ("crt", "key")}
    assert set(after) - set(before) == made | {"root-2.crl"}


@pytest.mark.parametrize("language", ["ru", "en"])
def test_its_protocol(language: str) -> None:
    protocol = rolled_over()[1]
    text = protocol.text(language)  # type: ignore[arg-type]
    assert protocol.fingerprints["issuing-2"] == fingerprint(successor().issuing.certificate)
    assert protocol.key_places == {
        "root": "file:root.key",
        "issuing-2": "file:issuing-2.key",
        "ocsp-2": "file:ocsp-2.key",
        "time-stamping-2": "file:time-stamping-2.key",
    }
    assert ("СМЕНЫ КЛЮЧА" if language == "ru" else "ROLLOVER") in text
    assert PASSPHRASE.decode() not in text


def test_a_retired_generation_can_be_revoked(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(rolled_over()[0], tmp_path / "authority"))
    new, old = successor().generations

    def revoke(key_id: str) -> None:
        revoke_generation(
            folder, PASSPHRASE, key_id, reason="cACompromise", now=NOW, invalid_since=NOW, root_key=ROOT_KEY
        )

    for key_id in (new.key_id, "00" * 20):
        with pytest.raises(NotRevocable):
            revoke(key_id)
    assert read_record(folder).root_revocation_list == "root-2.crl"
    revoke(old.key_id)
    expected = RevokedCertificate(old.issuing.certificate.serial_number, NOW, "cACompromise", NOW)
    assert read_revocation_list(open_authority(folder, PASSPHRASE).root_revocation_list) == (3, (expected,))
    with pytest.raises(NotRevocable):
        revoke(old.key_id)
    # The entry stays when the root signs its next list.
    renew_issuing(folder, PASSPHRASE, now=NOW, root_key=ROOT_KEY)
    assert read_revocation_list(open_authority(folder, PASSPHRASE).root_revocation_list) == (4, (expected,))


def test_without_the_roots_key_nothing_happens(tmp_path: Path) -> None:
    folder = copied(tmp_path / "authority")
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    with pytest.raises(AuthorityMissing, match=r"root\.key"):
        renew_issuing(folder, PASSPHRASE, now=NOW)
    with pytest.raises(WrongPassphrase):
        renew_issuing(folder, PASSPHRASE, now=NOW, root_key=ROOT_KEY, root_passphrase=SECRET_OF_THE_SAFE)
    with pytest.raises(AuthorityDamaged, match=r"not the key of root\.crt"):
        renew_issuing(folder, PASSPHRASE, now=NOW, root_key=folder / "issuing-1.key")
    with pytest.raises(ValueError, match="aware"):
        renew_issuing(folder, PASSPHRASE, now=datetime(2026, 1, 1), root_key=ROOT_KEY)  # noqa: DTZ001
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_a_killed_rollover_did_not_happen_and_can_be_repeated(tmp_path: Path) -> None:
    folder = copied(tmp_path / "authority")
    before = (folder / "authority.json").read_bytes()
    # The process kills itself at the last moment before the new generation counts.
    script = f"""
import os, signal
from datetime import UTC, datetime
from pathlib import Path
from authority import rollover
Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
rollover.renew_issuing(Path({str(folder)!r}), {PASSPHRASE!r}, now=datetime.now(UTC), root_key=Path({str(ROOT_KEY)!r}))
"""
    root = Path(__file__).parent.parent
    killed = subprocess.run(
        [sys.executable, "-c", script], cwd=root, env={**os.environ, "PYTHONPATH": str(root)}, timeout=30
    )
    assert killed.returncode == -signal.SIGKILL
    assert (folder / "issuing-2.crt").exists()
    assert (folder / "authority.json").read_bytes() == before
    assert open_authority(folder, PASSPHRASE).issuing_certificates == authority().issuing_certificates

    protocol = renew_issuing(folder, PASSPHRASE, now=NOW, root_key=ROOT_KEY)
    assert "issuing-3" in protocol.fingerprints
    assert len(open_authority(folder, PASSPHRASE).generations) == 2
