"""Issuing a holder's certificate: its profile, its names, and what is refused."""

import dataclasses
import json
import threading
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import core as asn1_core
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID

from authority.certificates import serial_text, to_asn1, to_pem
from authority.distinguished_names import UPPER_BOUND, organization_name, person_name
from authority.issuer import CannotIssue, Holder, IssuanceFlaw, IssuancePlan, issue, new_serial, prepare
from authority.public_keys import write_public_key
from tests.test_authority_setting import (
    IVANOV,
    NOW,
    PUBLIC_URL,
    SoftwareKey,
    authority,
    issue_to,
    ivanov,
    openssl,
    sealed_key,
    write_chain,
)

LONG_NAME = Holder(
    common_name="Константинопольский-Задунайский Константин Константинович",
    surname="Константинопольский-Задунайский",
    given_name="Константин Константинович",
    position="Инженер по техническому обслуживанию и ремонту систем пожарной сигнализации и оповещения",
    organization="Общество с ограниченной ответственностью «Научно-производственное объединение «Электромонтаж»",
    email="konstantin@пример.рф",
)


def plan_for(holder: Holder = IVANOV, **changes: object) -> IssuancePlan:
    options: dict[str, object] = {
        "public_key": sealed_key().public_key,
        "serial": new_serial(),
        "not_before": NOW,
        "not_after": NOW + timedelta(days=365),
    }
    return prepare(authority(), holder=holder, **(options | changes))  # type: ignore[arg-type]


def test_openssl_accepts_it(tmp_path: Path) -> None:
    write_chain(tmp_path)
    (tmp_path / "holder.pem").write_text(to_pem(ivanov().certificate))
    for purpose in ("any", "smimesign"):
        verified = openssl(
            tmp_path, "verify", "-x509_strict", "-purpose", purpose,
            "-CAfile", "root.pem", "-untrusted", "issuing.pem", "holder.pem",
        )  # fmt: skip
        assert verified.stdout == "holder.pem: OK\n", verified.stderr


def test_its_profile() -> None:
    certificate = ivanov().certificate
    critical = {extension.oid._name for extension in certificate.extensions if extension.critical}
    assert critical == {"keyUsage", "basicConstraints"}

    def value(kind: type) -> object:
        return certificate.extensions.get_extension_for_class(kind).value

    assert value(x509.KeyUsage) == x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    assert value(x509.BasicConstraints) == x509.BasicConstraints(ca=False, path_length=None)
    assert value(x509.ExtendedKeyUsage) == x509.ExtendedKeyUsage(
        [x509.ObjectIdentifier("1.3.6.1.5.5.7.3.36"), ExtendedKeyUsageOID.EMAIL_PROTECTION]
    )
    issuer = authority().issuing.certificate
    issuer_identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    assert value(x509.AuthorityKeyIdentifier) == x509.AuthorityKeyIdentifier(issuer_identifier.digest, None, None)
    assert value(x509.SubjectKeyIdentifier)
    assert value(x509.SubjectAlternativeName) == x509.SubjectAlternativeName([x509.RFC822Name("ivanov@example.org")])
    key_id = authority().generations[0].key_id
    assert key_id == issuer_identifier.digest.hex()
    points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    assert [name.value for point in points for name in point.full_name or []] == [
        f"{PUBLIC_URL}/pki/issuing-{key_id}.crl"
    ]
    access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    assert {each.access_method: each.access_location.value for each in access} == {
        AuthorityInformationAccessOID.OCSP: f"{PUBLIC_URL}/pki/ocsp",
        AuthorityInformationAccessOID.CA_ISSUERS: f"{PUBLIC_URL}/pki/issuing-{key_id}.crt",
    }
    (policy,) = certificate.extensions.get_extension_for_class(x509.CertificatePolicies).value
    assert policy.policy_identifier.dotted_string == authority().policy.certificate
    assert policy.policy_qualifiers == [f"{PUBLIC_URL}/pki/practice"]


def test_its_subject_is_utf8_and_complete() -> None:
    parts = [
        (pair["type"].native, pair["value"].chosen)
        for part in to_asn1(ivanov().certificate).subject.chosen
        for pair in part
    ]
    assert [(kind, value.native) for kind, value in parts] == [
        ("country_name", "RU"),
        ("organization_name", "ООО «Лифт-Сервис»"),
        ("title", "Электромеханик"),
        ("surname", "Иванов"),
        ("given_name", "Иван Иванович"),
        ("common_name", "Иванов Иван Иванович"),
    ]
    assert {type(value) for kind, value in parts if kind != "country_name"} == {asn1_core.UTF8String}


def test_names_longer_than_x520_allows_are_shortened_and_stay_whole_where_they_may() -> None:
    certificate = issue_to(sealed_key().public_key, LONG_NAME)
    subject = to_asn1(certificate).subject.native
    # 57 letters are 107 octets: X.520 counts letters.
    assert subject["common_name"] == LONG_NAME.common_name
    assert subject["surname"] == LONG_NAME.surname
    assert subject["given_name"] == LONG_NAME.given_name
    assert subject["organization_name"] == "ООО «Научно-производственное объединение «Электромонтаж»"
    assert subject["title"] == "Инженер по техническому обслуживанию и ремонту систем пожарной…"
    assert all(len(value) <= UPPER_BOUND for value in subject.values())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.RFC822Name) == ["konstantin@xn--e1afmkfd.xn--p1ai"]


def test_how_names_are_shortened() -> None:
    assert person_name("А" * 30 + " " + "Б" * 40, "А" * 30, "Борис Викторович") == "А" * 30 + " Б. В."
    assert len(person_name("А" * 100, "А" * 100, "")) == UPPER_BOUND
    assert organization_name("Акционерное общество «Короткое»") == "Акционерное общество «Короткое»"
    assert organization_name("Публичное акционерное общество " + "«Имя»" * 10) == "ПАО " + "«Имя»" * 10
    assert organization_name("о" * 64) == "о" * 64
    assert organization_name("о" * 65) == "о" * 63 + "…"
    assert organization_name("a\x00b\n c") == "a b c"


@pytest.mark.parametrize("position", [None, "", "  "])
def test_no_position_no_title(position: str | None) -> None:
    certificate = issue_to(sealed_key().public_key, dataclasses.replace(IVANOV, position=position))
    assert "title" not in to_asn1(certificate).subject.native


def test_serial_numbers() -> None:
    serials = {new_serial() for _ in range(1000)}
    assert len(serials) == 1000
    assert all(0 < serial < 2**159 for serial in serials)
    assert max(serials).bit_length() > 150
    certificate = issue_to(sealed_key().public_key)
    assert int(serial_text(certificate), 16) == certificate.serial_number
    assert len(serial_text(certificate)) % 2 == 0


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"serial": 0}, IssuanceFlaw.SERIAL),
        ({"serial": -(2**100)}, IssuanceFlaw.SERIAL),
        ({"serial": 2**159}, IssuanceFlaw.SERIAL),
        ({"serial": 1}, IssuanceFlaw.SERIAL),
        ({"not_after": NOW}, IssuanceFlaw.TERM),
        ({"not_after": NOW - timedelta(days=1)}, IssuanceFlaw.TERM),
        ({"not_after": datetime(2030, 1, 1)}, IssuanceFlaw.TERM),  # noqa: DTZ001
        ({"not_after": NOW + timedelta(days=3650)}, IssuanceFlaw.TERM_OUTSIDE_ISSUER),
        ({"not_before": NOW - timedelta(days=401)}, IssuanceFlaw.TERM_OUTSIDE_ISSUER),
        ({"public_key": b""}, IssuanceFlaw.PUBLIC_KEY),
        ({"public_key": write_public_key(rsa.generate_private_key(65537, 2048).public_key())}, IssuanceFlaw.PUBLIC_KEY),
        ({"public_key": write_public_key(authority().issuing.certificate.public_key())}, IssuanceFlaw.PUBLIC_KEY),
    ],
)
def test_plans_that_are_refused(changes: dict[str, object], reason: IssuanceFlaw) -> None:
    with pytest.raises(CannotIssue) as refusal:
        plan_for(**changes)  # type: ignore[arg-type]
    assert refusal.value.reason is reason


@pytest.mark.parametrize(
    "email", ["", "ivanov", "@example.org", "ivanov@", "иванов@example.org", "a b@example.org", "a@localhost", "a@b..c"]
)
def test_addresses_that_are_refused(email: str) -> None:
    with pytest.raises(CannotIssue) as refusal:
        plan_for(dataclasses.replace(IVANOV, email=email))
    assert refusal.value.reason is IssuanceFlaw.EMAIL


@pytest.mark.parametrize("field", ["common_name", "surname", "organization"])
def test_a_nameless_holder_is_refused(field: str) -> None:
    with pytest.raises(CannotIssue) as refusal:
        plan_for(dataclasses.replace(IVANOV, **{field: " \x00 "}))
    assert refusal.value.reason is IssuanceFlaw.NAME_EMPTY


def test_what_is_signed_is_what_was_planned() -> None:
    plan = plan_for()
    rehearsal = x509.load_der_x509_certificate(plan.rehearsal)
    assert rehearsal.tbs_certificate_bytes == plan.to_be_signed
    with pytest.raises(InvalidSignature):
        rehearsal.verify_directly_issued_by(authority().issuing.certificate)
    certificate = issue(authority(), plan)
    assert certificate.tbs_certificate_bytes == plan.to_be_signed
    certificate.verify_directly_issued_by(authority().issuing.certificate)


def test_a_plan_carries_the_linters_word() -> None:
    report = plan_for().report
    assert report.acceptable
    assert {finding.severity for finding in report.findings} <= {"NOTICE", "INFO"}
    assert json.loads(report.as_json())["findings"][0].keys() == {"severity", "code", "path", "message"}


def test_what_the_linter_warns_of_is_not_issued() -> None:
    # An arc of 128 bits is beyond the linter's parser, as it is beyond many relying parties'.
    policy = dataclasses.replace(authority().policy, certificate="2.25.329800735698586629295641978511506172918")
    with pytest.raises(CannotIssue) as refusal:
        prepare(
            dataclasses.replace(authority(), policy=policy),
            holder=IVANOV,
            public_key=sealed_key().public_key,
            serial=new_serial(),
            not_before=NOW,
            not_after=NOW + timedelta(days=365),
        )
    assert refusal.value.reason is IssuanceFlaw.LINT
    assert refusal.value.report
    assert not refusal.value.report.acceptable
    assert refusal.value.report.findings[0].severity in {"FATAL", "ERROR", "WARNING"}


def test_a_plan_is_redeemed_once_however_many_try() -> None:
    plan = plan_for()
    issued: list[x509.Certificate] = []
    refused: list[IssuanceFlaw] = []
    together = threading.Barrier(8)

    def redeem() -> None:
        together.wait(timeout=10)
        try:
            issued.append(issue(authority(), plan))
        except CannotIssue as refusal:
            refused.append(refusal.reason)

    threads = [threading.Thread(target=redeem) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=10)
    assert len(issued) == 1
    assert refused == [IssuanceFlaw.PLAN_USED] * 7


def test_a_key_that_signs_something_else_is_caught() -> None:
    @dataclasses.dataclass(frozen=True)
    class Impostor(SoftwareKey):
        certificate: x509.Certificate

    impostor = Impostor(ec.generate_private_key(ec.SECP256R1()), authority().issuing.certificate)
    generation = dataclasses.replace(authority().generations[0], issuing=impostor)
    with pytest.raises(CannotIssue) as refusal:
        issue(dataclasses.replace(authority(), generations=(generation,)), plan_for())
    assert refusal.value.reason is IssuanceFlaw.MISSIGNED


def test_a_plan_of_another_authority_is_refused() -> None:
    plan = dataclasses.replace(plan_for(), issuer=authority().root)
    with pytest.raises(CannotIssue) as refusal:
        issue(authority(), plan)
    assert refusal.value.reason is IssuanceFlaw.OTHER_AUTHORITY


@pytest.mark.parametrize("size", [3072, 4096])
def test_device_keys_of_rsa_are_certified(size: int) -> None:
    public_key = rsa.generate_private_key(65537, size).public_key()
    certificate = issue_to(write_public_key(public_key))
    assert certificate.public_key() == public_key
    assert isinstance(certificate.signature_hash_algorithm, hashes.SHA256)
    assert certificate.public_bytes(serialization.Encoding.DER)
