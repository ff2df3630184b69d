"""The services of the authority, renewed in time and once."""

import os
import shutil
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from authority import authority_record
from authority.authority_record import AuthorityBusy
from authority.certificates import to_der
from authority.keystore import Authority, WrongPassphrase, open_authority
from authority.lint import lint_certificate
from authority.rollover import renew_issuing
from authority.service_renewal import RENEWED_BEFORE_END, key_used_until, renew_services
from authority.time_stamps import TimeStampAuthority
from tests.test_authority_rollover import ROOT_KEY, rolled_over
from tests.test_authority_setting import NOW, PASSPHRASE, authority, founded, openssl, write_chain

PROJECT = Path(__file__).parent.parent
FOUNDED_AT = NOW - timedelta(days=400)
DUE_AT = FOUNDED_AT + timedelta(days=365) - RENEWED_BEFORE_END


def copied(folder: Path) -> Path:
    return Path(shutil.copytree(founded()[0], folder))


def opened(folder: Path) -> Authority:
    return open_authority(folder, PASSPHRASE)


def stamped(authority: Authority, folder: Path) -> bool:
    """Whether openssl believes a token of `authority`, by nothing but the root and what the token encloses."""
    policy = authority.policy.time_stamping
    stamps = TimeStampAuthority(authority.time_stamping, authority.time_stamping_chain, policy)
    (folder / "data").write_bytes(b"data")
    openssl(folder, "ts", "-query", "-data", "data", "-sha256", "-cert", "-out", "query.tsq")
    (folder / "reply.tsr").write_bytes(stamps.respond((folder / "query.tsq").read_bytes(), serial=1, at=NOW))
    asked = ("-queryfile", "query.tsq", "-in", "reply.tsr")
    return "Verification: OK" in openssl(folder, "ts", "-verify", *asked, "-CAfile", "root.pem").stdout


def test_nothing_is_renewed_too_early(tmp_path: Path) -> None:
    folder = copied(tmp_path / "authority")
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert renew_services(folder, PASSPHRASE, now=DUE_AT - timedelta(seconds=1)) == ()
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_what_is_due_is_renewed_once(tmp_path: Path) -> None:
    folder = copied(tmp_path / "authority")
    assert renew_services(folder, PASSPHRASE, now=DUE_AT) == ("ocsp-2", "time-stamping-2")
    assert renew_services(folder, PASSPHRASE, now=DUE_AT) == ()
    renewed, before = opened(folder), authority()
    responder = renewed.generations[0].ocsp.certificate
    assert responder.not_valid_before_utc == DUE_AT
    assert responder.not_valid_after_utc == DUE_AT + timedelta(days=365)
    assert responder.public_key() != before.generations[0].ocsp.certificate.public_key()
    assert renewed.issuing.certificate == before.issuing.certificate
    stamping = renewed.time_stamping.certificate
    assert key_used_until(stamping) == DUE_AT + timedelta(days=365)
    assert stamping.not_valid_after_utc == before.issuing.certificate.not_valid_after_utc
    for certificate in (responder, stamping):
        certificate.verify_directly_issued_by(before.issuing.certificate)
        assert lint_certificate(to_der(certificate)).acceptable


def test_tokens_of_the_old_key_and_of_the_new_one_are_believed(tmp_path: Path) -> None:
    write_chain(tmp_path)
    assert stamped(authority(), tmp_path)
    folder = copied(tmp_path / "authority")
    renew_services(folder, PASSPHRASE, now=NOW)
    assert stamped(opened(folder), tmp_path)


def test_after_a_rollover_each_responder_is_renewed_by_its_own_generation(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(rolled_over()[0], tmp_path / "authority"))
    # The second generation's responder and the time-stamping key are new; the first's responder has run out.
    assert renew_services(folder, PASSPHRASE, now=NOW) == ("ocsp-3",)
    renewed = opened(folder)
    for generation in renewed.generations:
        generation.ocsp.certificate.verify_directly_issued_by(generation.issuing.certificate)
    assert renewed.time_stamping_chain == renewed.chain
    write_chain(tmp_path)
    assert stamped(renewed, tmp_path)


def test_the_last_year_of_an_issuing_authority_is_left_to_a_rollover(tmp_path: Path) -> None:
    folder = copied(tmp_path / "authority")
    end = authority().issuing.certificate.not_valid_after_utc
    last_year = end - timedelta(days=200)
    assert renew_services(folder, PASSPHRASE, now=last_year) == ("ocsp-2", "time-stamping-2")
    assert opened(folder).generations[0].ocsp.certificate.not_valid_after_utc == end
    assert renew_services(folder, PASSPHRASE, now=end - timedelta(days=1)) == ()
    # An expired generation has no status to tell any more; the next one is served.
    renew_issuing(folder, PASSPHRASE, now=end - timedelta(days=1), root_key=ROOT_KEY)
    assert renew_services(folder, PASSPHRASE, now=end + timedelta(days=320)) == ("ocsp-4", "time-stamping-4")


def test_a_wrong_passphrase_renews_nothing(tmp_path: Path) -> None:
    folder = copied(tmp_path / "authority")
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    with pytest.raises(WrongPassphrase) as refusal:
        renew_services(folder, b"guess", now=NOW)
    assert "guess" not in str(refusal.value)
    with pytest.raises(ValueError, match="aware"):
        renew_services(folder, PASSPHRASE, now=datetime(2026, 1, 1))  # noqa: DTZ001
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def renewing(folder: Path, first: str = "") -> subprocess.Popen[str]:
    """Another process that renews `folder`'s services now, after the statements `first`."""
    script = f"""
import os, signal
from datetime import UTC, datetime
from pathlib import Path
from authority.service_renewal import renew_services
{first}
print(renew_services(Path({str(folder)!r}), {PASSPHRASE!r}, now=datetime.now(UTC)))
"""
    environment = {**os.environ, "PYTHONPATH": str(PROJECT)}
    return subprocess.Popen([sys.executable, "-c", script], env=environment, stdout=subprocess.PIPE, text=True)


def test_of_two_processes_one_renews(tmp_path: Path) -> None:
    folder = copied(tmp_path / "authority")
    both = [renewing(folder), renewing(folder)]
    said = sorted(process.communicate(timeout=30)[0].strip() for process in both)
    assert said == ["('ocsp-2', 'time-stamping-2')", "()"]
    assert opened(folder).time_stamping.certificate != authority().time_stamping.certificate
    assert not (folder / "ocsp-3.crt").exists()


def test_a_killed_renewal_did_not_happen_and_can_be_repeated(tmp_path: Path) -> None:
    folder = copied(tmp_path / "authority")
    killed = renewing(folder, "Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)")
    killed.communicate(timeout=30)
    assert killed.returncode == -signal.SIGKILL
    assert (folder / "ocsp-2.crt").exists()
    assert opened(folder).time_stamping.certificate == authority().time_stamping.certificate
    assert renew_services(folder, PASSPHRASE, now=NOW) == ("ocsp-3", "time-stamping-3")
    assert opened(folder).time_stamping.certificate != authority().time_stamping.certificate


def test_nobody_waits_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = copied(tmp_path / "authority")
    monkeypatch.setattr(authority_record, "LONGEST_WAIT_SECONDS", 0.1)
    with authority_record.alone(folder), pytest.raises(AuthorityBusy):
        renew_services(folder, PASSPHRASE, now=NOW)
    assert opened(folder).time_stamping.certificate == authority().time_stamping.certificate
