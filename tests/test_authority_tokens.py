"""An authority whose keys lie in a PKCS#11 token: it does all that one with files does, and no key comes out."""

import copy
import functools
import hashlib
import json
import logging
import os
import pickle
import shutil
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pkcs11
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.serialization import Encoding

from authority.ceremony import create_authority
from authority.ceremony_protocol import CeremonyProtocol
from authority.certificates import chain_to_pem, fingerprint, to_der, to_pem
from authority.issuer import issue, new_serial, prepare
from authority.key_places import KeyFiles, KeyPlace, Token
from authority.keystore import Authority, AuthorityDamaged, TokenUnavailable, WrongPassphrase, open_authority
from authority.lint import lint_certificate, lint_ocsp_response, lint_revocation_list
from authority.ocsp import CertificateState, StateKind, answer, read_question
from authority.pkcs11_keys import TokenKey, TokenKeyUri, open_token
from authority.revocation_lists import RevokedCertificate, issue_revocation_list
from authority.rollover import renew_issuing
from authority.service_renewal import renew_services
from authority.signing import attach_time_stamp, sign_content, signature_value
from authority.time_stamps import TimeStampAuthority
from tests.soft_token import PIN, soft_token
from tests.test_authority_setting import (
    CONTENT,
    IVANOV,
    NOW,
    PUBLIC_URL,
    ivanov,
    openssl,
    passing_folder,
    sealed_key,
)


def made(folder: Path, place: KeyPlace, passphrase: bytes = PIN) -> CeremonyProtocol:
    return create_authority(
        folder, passphrase=passphrase, owner_name="Владелец", public_url=PUBLIC_URL, now=NOW, keys=place
    )


@functools.cache
def founded_in_token() -> tuple[Path, CeremonyProtocol]:
    """An authority with every key in a token, the root's in one of its own."""
    folder = passing_folder() / "authority"
    return folder, made(folder, Token(soft_token(), "journals", root_label="root"))


@functools.cache
def in_token() -> Authority:
    return open_authority(founded_in_token()[0], PIN, module=soft_token())


@functools.cache
def holder() -> x509.Certificate:
    plan = prepare(
        in_token(),
        holder=IVANOV,
        public_key=sealed_key().public_key,
        serial=new_serial(),
        not_before=NOW,
        not_after=NOW + timedelta(days=365),
    )
    return issue(in_token(), plan)


def test_the_folder_holds_no_key_and_the_protocol_says_where_they_are() -> None:
    folder, protocol = founded_in_token()
    assert not list(folder.glob("*.key"))
    assert protocol.fingerprints["root"] == fingerprint(in_token().root)
    for name, place in protocol.key_places.items():
        token = "root" if name == "root" else "journals"
        assert place.startswith(f"pkcs11:token={token};object={name};id=%")
        assert place in protocol.text("ru")
    assert "root.key" not in protocol.text("en")
    assert json.loads((folder / "authority.json").read_text())["root"]["key"] == protocol.key_places["root"]


def test_the_root_key_is_a_file_unless_it_has_a_token_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "authority"
    protocol = made(folder, Token(soft_token(), "journals"))
    assert [key.name for key in folder.glob("*.key")] == ["root.key"]
    assert protocol.key_places["root"] == "file:root.key"
    (folder / "root.key").rename(tmp_path / "safe")
    assert open_authority(folder, PIN, module=soft_token()).issuing.sign(b"octets")
    # From the safe it certifies the next generation, whose key is in the token again.
    renewed = renew_issuing(folder, PIN, now=NOW, root_key=tmp_path / "safe", module=soft_token())
    assert renewed.key_places["issuing-2"].startswith("pkcs11:token=journals;object=issuing-2;")


def test_keys_are_sensitive_and_were_never_extractable() -> None:
    session = open_token(soft_token(), "journals", PIN).session
    private_keys = list(session.get_objects({pkcs11.Attribute.CLASS: pkcs11.ObjectClass.PRIVATE_KEY}))
    assert len(private_keys) >= 3
    for key in private_keys:
        for attribute, value in (
            (pkcs11.Attribute.SENSITIVE, True),
            (pkcs11.Attribute.ALWAYS_SENSITIVE, True),
            (pkcs11.Attribute.EXTRACTABLE, False),
            (pkcs11.Attribute.NEVER_EXTRACTABLE, True),
            (pkcs11.Attribute.LOCAL, True),
            (pkcs11.Attribute.DERIVE, False),
        ):
            assert key[attribute] is value
        with pytest.raises(pkcs11.AttributeSensitive):
            key[pkcs11.Attribute.VALUE]


REFUSED: list[Callable[[ec.EllipticCurvePrivateKey], object]] = [
    lambda key: key.private_numbers(),
    lambda key: key.private_bytes(Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    lambda key: key.exchange(ec.ECDH(), key.public_key()),
    lambda key: key.sign(bytes(32), ec.ECDSA(Prehashed(hashes.SHA256()))),
    pickle.dumps,
]


@pytest.mark.parametrize("deed", REFUSED)
def test_a_key_does_nothing_but_sign(deed: Callable[[ec.EllipticCurvePrivateKey], object]) -> None:
    with pytest.raises(TypeError):
        deed(in_token().issuing.private_key)
    assert copy.deepcopy(in_token().issuing.private_key) is in_token().issuing.private_key


def test_openssl_believes_everything_that_the_token_signed(tmp_path: Path) -> None:
    """Certificates, lists, OCSP answers and time-stamps."""
    day = timedelta(days=1)
    (tmp_path / "root.pem").write_text(to_pem(in_token().root))
    (tmp_path / "issuing.pem").write_text(to_pem(in_token().issuing.certificate))
    (tmp_path / "holder.pem").write_text(to_pem(holder()))

    other = RevokedCertificate(2**70, NOW, "superseded")
    revocation_list = issue_revocation_list(
        in_token().issuing, [other], number=1, this_update=NOW, next_update=NOW + day
    )
    lists = (revocation_list, in_token().root_revocation_list)
    (tmp_path / "lists.pem").write_bytes(
        b"".join(x509.load_der_x509_crl(der).public_bytes(Encoding.PEM) for der in lists)
    )
    verified = openssl(
        tmp_path, "verify", "-x509_strict", "-crl_check_all", "-CRLfile", "lists.pem",
        "-CAfile", "root.pem", "-untrusted", "issuing.pem", "holder.pem",
    )  # fmt: skip
    assert verified.stdout == "holder.pem: OK\n", verified.stderr

    of_holder = ("-issuer", "issuing.pem", "-cert", "holder.pem", "-no_nonce")
    openssl(tmp_path, "ocsp", *of_holder, "-reqout", "request.der")
    question = read_question((tmp_path / "request.der").read_bytes(), in_token())
    response = answer(question, CertificateState(StateKind.GOOD), this_update=NOW, next_update=NOW + day)
    (tmp_path / "response.der").write_bytes(response)
    (tmp_path / "chain.pem").write_text(chain_to_pem(in_token().chain))
    answered = openssl(tmp_path, "ocsp", *of_holder, "-respin", "response.der", "-CAfile", "chain.pem")
    assert "Response verify OK" in answered.stderr, answered.stderr
    assert "holder.pem: good" in answered.stdout

    policy = in_token().policy.time_stamping
    stamps = TimeStampAuthority(in_token().time_stamping, in_token().time_stamping_chain, policy)
    openssl(tmp_path, "ts", "-query", "-data", "holder.pem", "-sha384", "-cert", "-out", "query.tsq")
    reply = stamps.respond((tmp_path / "query.tsq").read_bytes(), serial=1, at=NOW)
    (tmp_path / "reply.tsr").write_bytes(reply)
    stamped = openssl(tmp_path, "ts", "-verify", "-queryfile", "query.tsq", "-in", "reply.tsr", "-CAfile", "root.pem")
    assert "Verification: OK" in stamped.stdout, stamped.stderr

    own = (in_token().root, in_token().issuing.certificate, in_token().time_stamping.certificate, holder())
    assert all(lint_certificate(to_der(certificate)).acceptable for certificate in own)
    assert all(lint_revocation_list(der).acceptable for der in lists)
    assert lint_ocsp_response(response).acceptable


def test_a_signature_under_a_certificate_from_the_token(tmp_path: Path) -> None:
    (tmp_path / "root.pem").write_text(to_pem(in_token().root))
    cms = sign_content(CONTENT, key=ivanov().key, certificate=holder(), chain=in_token().chain, signing_time=NOW)
    policy = in_token().policy.time_stamping
    stamps = TimeStampAuthority(in_token().time_stamping, in_token().time_stamping_chain, policy)
    imprint = hashlib.sha256(signature_value(cms)).digest()
    (tmp_path / "content").write_bytes(CONTENT)
    (tmp_path / "signature.p7s").write_bytes(attach_time_stamp(cms, stamps.stamp(imprint, serial=2, at=NOW)))
    verified = openssl(
        tmp_path, "cms", "-verify", "-cades", "-binary", "-inform", "DER", "-in", "signature.p7s",
        "-content", "content", "-CAfile", "root.pem", "-out", "out",
    )  # fmt: skip
    assert verified.returncode == 0, verified.stderr


def test_threads_share_the_one_session() -> None:
    public_key = in_token().issuing.certificate.public_key()
    assert isinstance(public_key, ec.EllipticCurvePublicKey)
    assert open_token(soft_token(), "journals", PIN) is open_token(soft_token(), "journals", PIN)
    verified: list[int] = []

    def sign(number: int) -> None:
        for _ in range(25):
            public_key.verify(in_token().issuing.sign(b"%d" % number), b"%d" % number, ec.ECDSA(hashes.SHA256()))
        verified.append(number)

    threads = [threading.Thread(target=sign, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(verified) == list(range(8))


def test_rollover_and_renewal_stay_in_the_token(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(founded_in_token()[0], tmp_path / "authority"))
    renewed = renew_issuing(folder, PIN, now=NOW, module=soft_token())
    assert renewed.key_places["issuing-2"].startswith("pkcs11:token=journals;object=issuing-2;")
    later = NOW + timedelta(days=310)
    assert renew_services(folder, PIN, now=later, module=soft_token()) == ("ocsp-3", "ocsp-4", "time-stamping-3")
    assert not list(folder.glob("*.key"))
    reopened = open_authority(folder, PIN, module=soft_token())
    assert reopened.issuing_certificates[1] == in_token().issuing.certificate
    assert reopened.time_stamping_chain == reopened.chain


def test_a_rollover_moves_an_authority_from_files_into_a_token(tmp_path: Path) -> None:
    folder = tmp_path / "authority"
    made(folder, KeyFiles())
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    with pytest.raises(WrongPassphrase, match="PIN of the token"):
        renew_issuing(folder, b"guess", now=NOW, root_passphrase=PIN, keys=Token(soft_token(), "journals"))
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    renew_issuing(folder, PIN, now=NOW, keys=Token(soft_token(), "journals"))
    assert not (folder / "issuing-2.key").exists()
    moved = open_authority(folder, PIN, module=soft_token())
    assert isinstance(moved.generations[0].issuing.private_key, TokenKey)
    assert not isinstance(moved.generations[1].issuing.private_key, TokenKey)


@pytest.mark.parametrize("pin", [b"", b"guess", b"13571357", b"\xff\xfe"])
def test_a_wrong_pin_opens_nothing_and_is_told_to_nobody(pin: bytes, caplog: pytest.LogCaptureFixture) -> None:
    folder, module = founded_in_token()[0], soft_token()
    assert in_token()  # the token is open already: that must not help
    caplog.set_level(logging.DEBUG)
    with pytest.raises(WrongPassphrase) as refusal:
        open_authority(folder, pin, module=module)
    said = "".join(traceback.format_exception(refusal.value)) + caplog.text
    assert PIN.decode() not in said
    if pin.isascii() and pin:
        assert pin.decode() not in said


def test_a_wrong_pin_in_a_new_process() -> None:
    script = f"""
from pathlib import Path
from authority.keystore import open_authority
open_authority(Path({str(founded_in_token()[0])!r}), b"13571357", module=Path({str(soft_token())!r}))
"""
    project = Path(__file__).parent.parent
    tried = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": str(project)},
        capture_output=True, encoding="utf-8", timeout=30,
    )  # fmt: skip
    last_line = tried.stderr.strip().splitlines()[-1]
    assert last_line.endswith("WrongPassphrase: the passphrase is not the PIN of the token journals")
    assert "13571357" not in tried.stderr


def test_no_secret_in_any_repr() -> None:
    key = in_token().issuing.private_key
    shown = " ".join(map(repr, (in_token(), in_token().generations[0], in_token().issuing, key, vars(key))))
    shown += repr(open_token(soft_token(), "journals", PIN))
    assert PIN.decode() not in shown
    assert repr(PIN) not in shown


def test_a_token_that_is_not_there(tmp_path: Path) -> None:
    folder = founded_in_token()[0]
    with pytest.raises(TokenUnavailable, match="no PKCS#11 module is set"):
        open_authority(folder, PIN)
    with pytest.raises(TokenUnavailable):
        open_authority(folder, PIN, module=tmp_path / "nothing.so")
    with pytest.raises(TokenUnavailable, match="does not answer: NoSuchToken"):
        made(tmp_path / "authority", Token(soft_token(), "another"))
    assert list(tmp_path.iterdir()) == []
    no_such_key = str(TokenKeyUri("journals", "issuing-1", b"\x00\x01"))
    copied = Path(shutil.copytree(folder, tmp_path / "authority"))
    text = (copied / "authority.json").read_text()
    genuine = founded_in_token()[1].key_places["issuing-1"]
    (copied / "authority.json").write_text(text.replace(genuine, no_such_key))
    with pytest.raises(TokenUnavailable, match="holds no key issuing-1"):
        open_authority(copied, PIN, module=soft_token())
    (copied / "authority.json").write_text(text.replace(genuine, founded_in_token()[1].key_places["ocsp-1"]))
    with pytest.raises(AuthorityDamaged, match=r"issuing-1\.crt is not the certificate of pkcs11:"):
        open_authority(copied, PIN, module=soft_token())


@pytest.mark.parametrize("label", ["journals", "a;b=c%d", "Ключи журналов", ""])
def test_addresses_of_keys_are_read_as_they_were_written(label: str) -> None:
    uri = TokenKeyUri(label, "issuing-1", bytes(range(16)))
    assert TokenKeyUri.parse(str(uri)) == uri
    with pytest.raises(AuthorityDamaged):
        TokenKeyUri.parse(f"pkcs11:token={label}")
