"""The time-stamp authority, asked and verified by openssl."""

import hashlib
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
import rfc3161_client
from asn1crypto import core, tsp

from authority.issuer import new_serial
from authority.keystore import TokenUnavailable
from authority.time_stamps import MAXIMUM_REQUEST_OCTETS, TimeStampAuthority
from tests.test_authority_setting import NOW, authority, openssl, time_stamp_authority, write_chain

DATA = b"the octets of a signature value"
NULL_AND_DIGEST = b"\x05\x00\x04\x20"
"""The end of an AlgorithmIdentifier for SHA-256 and the head of the digest."""


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


def test_another_client_accepts_the_answer() -> None:
    client = rfc3161_client.TimestampRequestBuilder().data(DATA).hash_algorithm(rfc3161_client.HashAlgorithm.SHA512)
    asked = client.nonce(nonce=True).cert_request(cert_request=True).build()
    reply = time_stamp_authority().respond(asked.as_bytes(), serial=new_serial(), at=NOW)
    answer = rfc3161_client.decode_timestamp_response(reply)
    verifier = rfc3161_client.VerifierBuilder.from_request(asked).add_root_certificate(authority().root).build()
    assert verifier.verify_message(answer, DATA)
    with pytest.raises(rfc3161_client.VerificationError):
        verifier.verify_message(answer, DATA + b".")


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


def test_a_token_says_its_time_in_der() -> None:
    """RFC 3161 §2.4.2: a fraction has no trailing zeros, and a whole second has no fraction."""
    written = {0: b"15Z", 100_000: b"15.1Z", 120_000: b"15.12Z", 5_999: b"15.005Z", 999: b"15Z"}
    for microsecond, ending in written.items():
        moment = datetime(2026, 3, 1, 12, 30, 15, microsecond, tzinfo=UTC)
        reply = time_stamp_authority().respond(request(), serial=1, at=moment)
        token = tsp.TimeStampResp.load(reply)["time_stamp_token"]["content"]
        assert token["encap_content_info"]["content"].parsed["gen_time"].contents == b"202603011230" + ending


def test_what_was_asked_comes_back_octet_for_octet() -> None:
    """RFC 3161 §2.4.2: the imprint and the nonce are those of the request, however long."""
    asked = request(nonce=2**200 + 1)
    shorter = asked.replace(b"\x30\x31\x30\x0d", b"\x30\x2f\x30\x0b").replace(NULL_AND_DIGEST, NULL_AND_DIGEST[2:])
    without_parameters = b"\x30" + bytes([shorter[1] - 2]) + shorter[2:]
    for der in (asked, without_parameters):
        reply = time_stamp_authority().respond(der, serial=1, at=NOW)
        token = tsp.TimeStampResp.load(reply)["time_stamp_token"]["content"]
        info = token["encap_content_info"]["content"].parsed
        assert info["message_imprint"].dump() == tsp.TimeStampReq.load(der, strict=True)["message_imprint"].dump()
        assert info["nonce"].native == 2**200 + 1
    assert len(without_parameters) == len(asked) - 2


def test_a_token_that_does_not_answer_is_a_failure_of_ours() -> None:
    class Unplugged:
        certificate = authority().time_stamping.certificate
        private_key = authority().time_stamping.private_key

        def sign(self, data: bytes) -> bytes:
            raise TokenUnavailable("unplugged")

    stamps = TimeStampAuthority(Unplugged(), authority().time_stamping_chain, authority().policy.time_stamping)
    status = Rejection.load(stamps.respond(request(), serial=1, at=NOW), strict=True)["status"]
    assert status["fail_info"].native == {"system_failure"}


def test_whatever_is_sent_is_answered() -> None:
    """Octets changed at random: each request gets a token or a rejection, and never an exception."""
    chance = random.Random(3161)
    original = request(nonce=77, cert_req=True, req_policy=authority().policy.time_stamping, extensions=EXTENSION)
    statuses: set[str] = set()
    for _ in range(1500):
        changed = bytearray(original)
        for _ in range(chance.randint(1, 4)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        reply = time_stamp_authority().respond(bytes(changed), serial=1, at=NOW)
        statuses |= Rejection.load(reply)["status"]["fail_info"].native or {"granted"}
    assert {"bad_data_format", "bad_alg", "unaccepted_policy", "unaccepted_extensions"} <= statuses


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
        (request().replace(NULL_AND_DIGEST, b"\x0c\x00\x04\x20"), "bad_data_format"),
        (request().replace(NULL_AND_DIGEST, b"\x4c\x00\x04\x20"), "bad_data_format"),
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
