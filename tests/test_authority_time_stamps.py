"""The time-stamp authority, asked and verified by openssl."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from asn1crypto import core, tsp

from authority.issuer import new_serial
from authority.time_stamps import MAXIMUM_REQUEST_OCTETS
from tests.test_authority_setting import NOW, authority, openssl, time_stamp_authority, write_chain

DATA = b"the octets of a signature value"


class Rejection(core.Sequence):  # type: ignore[misc]
    _fields = [("status", tsp.PKIStatusInfo)]


def asked_by_openssl(folder: Path, *options: str) -> bytes:
    (folder / "data").write_bytes(DATA)
    asked = openssl(folder, "ts", "-query", "-data", "data", *options, "-out", "query.tsq")
    assert asked.returncode == 0, asked.stderr
    return (folder / "query.tsq").read_bytes()


def request(**changes: object) -> bytes:
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": hashlib.sha256(DATA).digest()}
    return bytes(tsp.TimeStampReq({"version": "v1", "message_imprint": imprint} | changes).dump())


@pytest.mark.parametrize("options", [("-sha256",), ("-sha384",), ("-sha512", "-no_nonce")])
@pytest.mark.parametrize("asked_with", [("-queryfile", "query.tsq"), ("-data", "data")])
def test_openssl_accepts_the_answer(tmp_path: Path, options: tuple[str, ...], asked_with: tuple[str, str]) -> None:
    write_chain(tmp_path)
    query = asked_by_openssl(tmp_path, *options, "-cert")
    (tmp_path / "reply.tsr").write_bytes(time_stamp_authority().respond(query, serial=new_serial(), at=NOW))
    verified = openssl(
        tmp_path, "ts", "-verify", *asked_with, "-in", "reply.tsr", "-CAfile", "root.pem", "-untrusted", "issuing.pem"
    )
    assert "Verification: OK" in verified.stdout, verified.stderr


def test_openssl_refuses_the_answer_for_other_data(tmp_path: Path) -> None:
    write_chain(tmp_path)
    query = asked_by_openssl(tmp_path, "-sha256", "-cert")
    (tmp_path / "reply.tsr").write_bytes(time_stamp_authority().respond(query, serial=new_serial(), at=NOW))
    (tmp_path / "data").write_bytes(DATA + b".")
    verified = openssl(tmp_path, "ts", "-verify", "-data", "data", "-in", "reply.tsr", "-CAfile", "chain.pem")
    assert verified.returncode != 0
    assert "message imprint mismatch" in verified.stderr


def test_what_a_token_says() -> None:
    moment = datetime(2026, 3, 1, 12, 30, 15, 678_901, tzinfo=UTC)
    reply = time_stamp_authority().respond(request(nonce=77, cert_req=True), serial=4711, at=moment)
    token = tsp.TimeStampResp.load(reply)["time_stamp_token"]["content"]
    assert token["version"].native == "v3"
    assert len(token["certificates"]) == 3
    info = token["encap_content_info"]["content"].parsed
    assert info["policy"].dotted == authority().policy.time_stamping
    assert info["serial_number"].native == 4711
    assert info["nonce"].native == 77
    assert info["gen_time"].native == moment.replace(microsecond=678_000)
    assert info["accuracy"]["seconds"].native == 1


def test_certificates_come_only_when_asked_for() -> None:
    reply = time_stamp_authority().respond(request(), serial=1, at=NOW)
    assert not tsp.TimeStampResp.load(reply)["time_stamp_token"]["content"]["certificates"].native


def test_the_policy_may_be_named() -> None:
    reply = time_stamp_authority().respond(request(req_policy=authority().policy.time_stamping), serial=1, at=NOW)
    assert tsp.TimeStampResp.load(reply)["status"]["status"].native == "granted"


MD5 = {"hash_algorithm": {"algorithm": "md5"}, "hashed_message": bytes(16)}
SHORT = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": bytes(16)}
EXTENSION = [{"extn_id": "1.2.3.4", "extn_value": core.OctetString(b"")}]


@pytest.mark.parametrize(
    ("asked", "failure"),
    [
        (b"", "bad_data_format"),
        (b"garbage", "bad_data_format"),
        (b"\x30\x80" * 1000, "bad_data_format"),
        (b"\x30\x84\xff\xff\xff\xff", "bad_data_format"),
        (request()[:-1], "bad_data_format"),
        (request() + b"\x00", "bad_data_format"),
        (bytes(MAXIMUM_REQUEST_OCTETS + 1), "bad_data_format"),
        (request(message_imprint=MD5), "bad_alg"),
        (request(message_imprint=SHORT), "bad_data_format"),
        (request(req_policy="1.2.3.4"), "unaccepted_policy"),
        (request(extensions=EXTENSION), "unaccepted_extensions"),
        (request().replace(b"\x02\x01\x01", b"\x02\x01\x02", 1), "bad_data_format"),
    ],
)
def test_what_is_rejected(tmp_path: Path, asked: bytes, failure: str) -> None:
    reply = time_stamp_authority().respond(asked, serial=1, at=NOW)
    status = Rejection.load(reply, strict=True)["status"]
    assert status["status"].native == "rejection"
    assert status["fail_info"].native == {failure}
    (tmp_path / "reply.tsr").write_bytes(reply)
    assert "Status: Rejected." in openssl(tmp_path, "ts", "-reply", "-in", "reply.tsr", "-text").stdout


@pytest.mark.parametrize(("imprint", "algorithm"), [(bytes(20), "sha1"), (bytes(20), "sha256"), (bytes(32), "sha512")])
def test_a_stamp_over_something_that_is_no_digest(imprint: bytes, algorithm: str) -> None:
    with pytest.raises(ValueError, match="not a digest"):
        time_stamp_authority().stamp(imprint, hash_algorithm=algorithm, serial=1, at=NOW)


def test_time_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="aware"):
        time_stamp_authority().stamp(bytes(32), serial=1, at=datetime(2026, 1, 1))  # noqa: DTZ001
