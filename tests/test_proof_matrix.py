"""
The same signatures judged by our verifier and by four that are not ours; where they differ, why.

openssl knows one instant only, that of the check, and one question: is all well then? It cannot be told that a
time-stamp proves a signature older than its certificate's end. pyHanko validates by ETSI EN 319 102-1, as we do.
"""

import asyncio
import functools
import hashlib
import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import cms as asn1_cms
from asn1crypto import crl as asn1_crl
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pyhanko.sign.validation import ades
from pyhanko.sign.validation.policy_decl import (
    LocalKnowledge,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy, RevocationCheckingPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer

from authority.certificates import to_asn1, to_der, to_pem
from authority.keystore import Authority, open_authority
from authority.ocsp import CertificateState, StateKind, answer, read_question
from authority.revocation_lists import RevokedCertificate, issue_revocation_list
from authority.service_renewal import renew_services
from authority.signing import signature_value
from authority.verifier import CertificateStatusHistory, verify
from tests.shown import Show
from tests.test_authority_asking import DAY, GOOD, HOUR, changed, short_lived, stranger
from tests.test_authority_forgery import resigned
from tests.test_authority_revocation_check import entry, root_list
from tests.test_authority_setting import (
    CONTENT,
    NOW,
    PASSPHRASE,
    Person,
    SoftwareKey,
    authority,
    founded,
    ivanov,
    openssl,
    passing_folder,
    signed,
)

HOLDER = ivanov()
MADE = NOW - 2 * HOUR
LONG_AGO = NOW - 2 * DAY
JUDGES = ("ours", "openssl cms", "… at the proved time", "openssl verify", "openssl ocsp", "openssl ts", "pyHanko")
NOTHING = "-"  # there is nothing that this judge could look at


@dataclass(frozen=True)
class Case:
    """What is judged, what the registry holds of the signer's certificate, and what each of JUDGES is to say of it.

    `because`: why those who differ from us do.
    """

    name: str
    cms: bytes
    says: Sequence[str]
    because: str = ""
    content: bytes = CONTENT
    person: Person = HOLDER
    status: CertificateStatusHistory = GOOD
    root: x509.Certificate = authority().root
    root_list: bytes = authority().root_revocation_list

    @property
    def shown_certificate(self) -> x509.Certificate:
        """The one enclosed under the signer's serial number, tampered with or not."""
        enclosed = asn1_cms.ContentInfo.load(self.cms)["content"]["certificates"]
        structures = [each.chosen for each in enclosed]
        (found,) = (each for each in structures if each.serial_number == self.person.certificate.serial_number)
        return x509.load_der_x509_certificate(found.dump())

    @property
    def token(self) -> bytes | None:
        """Its time-stamp."""
        for attribute in asn1_cms.ContentInfo.load(self.cms)["content"]["signer_infos"][0]["unsigned_attrs"] or ():
            return bytes(attribute["values"][0].dump())
        return None

    @property
    def lists(self) -> list[bytes]:
        """The revocation lists as the registry has it: of the root and of the issuing authority."""
        ended = self.status.revoked_at or self.status.suspended_since
        reason = self.status.reason or ("certificateHold" if self.status.suspended_since else "unspecified")
        serial = self.person.certificate.serial_number
        entries = [RevokedCertificate(serial, ended, reason)] if ended else []
        lasting = {"this_update": NOW - timedelta(minutes=1), "next_update": NOW + DAY}
        return [self.root_list, issue_revocation_list(authority().issuing, entries, number=1, **lasting)]


STAMPED = signed(at=MADE, stamped_at=MADE)
PLAIN = signed(at=MADE)
OLD = signed(person=short_lived(), at=LONG_AGO, stamped_at=LONG_AGO)
OLD_PLAIN = signed(person=short_lived(), at=LONG_AGO)


def with_another_value() -> bytes:
    """STAMPED, its value made by a key that is not the certificate's."""
    return resigned(STAMPED, SoftwareKey(ec.generate_private_key(ec.SECP256R1())))


def with_another_name() -> bytes:
    """STAMPED, one letter of the name in the enclosed certificate another."""
    der = to_der(ivanov().certificate)
    changed_der = der.replace("Иванов Иван".encode(), "Иванов Ивал".encode(), 1)
    assert changed_der != der
    return STAMPED.replace(der, changed_der)


EARLIER = {"revoked_at": NOW - 3 * HOUR, "reason": "superseded"}
LATER = {"revoked_at": NOW - HOUR, "reason": "superseded"}
ONE_INSTANT = "openssl asks about now alone"
CERTIFICATE_ALONE = "verify and ocsp look at the certificate alone"

CASES = [
    Case("good", STAMPED, ["PASSED", "yes", "yes", "yes", "good", "yes", "PASSED"]),
    Case("good, no time-stamp", PLAIN, ["PASSED", "yes", NOTHING, "yes", "good", NOTHING, "PASSED"]),
    Case(
        "expired, stamped before",
        OLD,
        ["PASSED", "no", "yes", "no", "good", "yes", "PASSED"],
        f"{ONE_INSTANT}; told the proved time it agrees",
        person=short_lived(),
    ),
    Case(
        "expired, no time-stamp",
        OLD_PLAIN,
        ["OUT_OF_BOUNDS_NO_POE", "no", NOTHING, "no", "good", NOTHING, "OUT_OF_BOUNDS_NO_POE"],
        "ocsp: not revoked is all it says",
        person=short_lived(),
    ),
    Case(
        "revoked after, stamped",
        STAMPED,
        ["PASSED", "no", "yes", "no", "revoked", "yes", "PASSED"],
        f"{ONE_INSTANT}; told the proved time it agrees",
        status=changed(**LATER),
    ),
    Case(
        "revoked before, stamped",
        STAMPED,
        ["REVOKED", "no", "yes", "no", "revoked", "yes", "REVOKED_NO_POE"],
        "no list is of the proved time, so openssl is not asked for one; pyHanko does not weigh the signer's own word",
        status=changed(**EARLIER),
    ),
    Case(
        "revoked, no time-stamp",
        PLAIN,
        ["REVOKED_NO_POE", "no", NOTHING, "no", "revoked", NOTHING, "REVOKED_NO_POE"],
        status=changed(**LATER),
    ),
    Case(
        "suspended",
        STAMPED,
        ["TRY_LATER", "no", "yes", "no", "revoked", "yes", "REVOKED_NO_POE"],
        "a hold may be lifted: TRY_LATER; in OCSP, openssl and pyHanko it is a revocation",
        status=changed(suspended_since=NOW - 3 * HOUR),
    ),
    Case(
        "authority revoked",
        STAMPED,
        ["REVOKED_CA_NO_POE", "no", "yes", "no", "good", "yes", "REVOKED_CA_NO_POE"],
        "ocsp, ts and openssl at the proved time are not given the root's list",
        root_list=root_list(entry(x509.ReasonFlags.ca_compromise, since=NOW - 3 * HOUR)),
    ),
    Case(
        "unknown issuer",
        STAMPED,
        ["NO_CERTIFICATE_CHAIN_FOUND", "no", "no", "no", NOTHING, "no", "NO_CERTIFICATE_CHAIN_FOUND"],
        root=stranger().root,
    ),
    Case(
        "content tampered with",
        STAMPED,
        ["HASH_FAILURE", "no", "no", "yes", "good", "yes", "HASH_FAILURE"],
        f"{CERTIFICATE_ALONE}, ts at the signature value",
        content=CONTENT.replace("шлейфов".encode(), "шлейфоф".encode()),
    ),
    Case(
        "value tampered with",
        with_another_value(),
        ["SIG_CRYPTO_FAILURE", "no", "no", "yes", "good", "no", "SIG_CRYPTO_FAILURE"],
        CERTIFICATE_ALONE,
    ),
    Case(
        "certificate tampered with",
        with_another_name(),
        ["NO_SIGNING_CERTIFICATE_FOUND", "no", "no", "no", "good", "yes", "NO_SIGNING_CERTIFICATE_FOUND"],
        "ocsp goes by the serial number alone, ts looks at the signature value",
    ),
]


def ours(case: Case, at: datetime) -> tuple[str, datetime | None]:
    report = verify(
        case.cms,
        case.content,
        roots=[case.root],
        status={case.person.certificate.serial_number: case.status}.get,
        at=at,
        revocation_lists=[case.root_list],
    )
    return report.sub_indication or report.indication.removeprefix("TOTAL_"), report.proved_time


def write(case: Case, folder: Path) -> None:
    """All that openssl is given."""
    (folder / "content").write_bytes(case.content)
    (folder / "signature.p7s").write_bytes(case.cms)
    (folder / "value").write_bytes(signature_value(case.cms))
    (folder / "token").write_bytes(case.token or b"")
    (folder / "root.pem").write_text(to_pem(case.root), encoding="ascii")
    (folder / "signer.pem").write_text(to_pem(case.shown_certificate), encoding="ascii")
    issuing = to_pem(authority().issuing.certificate)
    (folder / "issuing.pem").write_text(issuing, encoding="ascii")
    lists = [x509.load_der_x509_crl(each).public_bytes(serialization.Encoding.PEM).decode() for each in case.lists]
    (folder / "trusted.pem").write_text("".join([to_pem(case.root), *lists]), encoding="ascii")


def yes(folder: Path, *command: str) -> str:
    return "yes" if openssl(folder, *command).returncode == 0 else "no"


STRICT = ("-x509_strict", "-CAfile")
CMS = (
    "cms",
    "-verify",
    "-binary",
    "-cades",
    "-inform",
    "DER",
    "-in",
    "signature.p7s",
    "-content",
    "content",
    "-out",
    "out",
)


def by_openssl(case: Case, folder: Path, proved: datetime | None) -> list[str]:
    """What cms, cms at the proved time, verify, ocsp and ts say."""
    write(case, folder)
    at_the_proved_time = ("-attime", str(int(proved.timestamp()))) if proved else ()
    stamp = ("ts", "-verify", "-token_in", "-in", "token", "-data", "value", "-CAfile", "root.pem")
    return [
        yes(folder, *CMS, "-crl_check_all", *STRICT, "trusted.pem"),
        yes(folder, *CMS, *at_the_proved_time, *STRICT, "root.pem") if case.token else NOTHING,
        yes(folder, "verify", "-crl_check_all", *STRICT, "trusted.pem", "-untrusted", "issuing.pem", "signer.pem"),
        by_ocsp(case, folder),
        yes(folder, *stamp, "-untrusted", "issuing.pem") if case.token else NOTHING,
    ]


@functools.cache
def responding() -> Authority:
    """The same authority with services renewed: the responder of the ceremony, 400 days ago, has ended."""
    folder = passing_folder() / "authority"
    shutil.copytree(founded()[0], folder)
    assert any("ocsp" in name for name in renew_services(folder, PASSPHRASE, now=NOW))
    return open_authority(folder, PASSPHRASE)


def by_ocsp(case: Case, folder: Path) -> str:
    """What openssl reads in the answer of our responder; nobody answers for an authority that is not ours."""
    if case.root != authority().root:
        return NOTHING
    question = ("ocsp", "-issuer", "issuing.pem", "-cert", "signer.pem")
    asked = openssl(folder, *question, "-no_nonce", "-reqout", "question")
    assert asked.returncode == 0, asked.stderr
    ended = case.status.revoked_at or case.status.suspended_since
    reason = case.status.reason or "certificateHold"
    state = CertificateState(StateKind.REVOKED, ended, reason) if ended else CertificateState(StateKind.GOOD)
    understood = read_question((folder / "question").read_bytes(), responding())
    response = answer(understood, state, this_update=NOW - timedelta(minutes=1), next_update=NOW + DAY)
    (folder / "response").write_bytes(response)
    read = openssl(folder, *question, "-no_nonce", "-respin", "response", "-CAfile", "root.pem")
    assert "Response verify OK" in read.stderr, read.stderr
    return next(word for word in ("good", "revoked", "unknown") if f"signer.pem: {word}" in read.stdout)


def by_pyhanko(case: Case) -> str:
    policy = CertValidationPolicySpec(
        trust_manager=SimpleTrustManager.build(trust_roots=[to_asn1(case.root)]),
        revinfo_policy=CertRevTrustPolicy(RevocationCheckingPolicy.from_legacy("require")),
    )
    specification = SignatureValidationSpec(
        cert_validation_policy=policy,
        revinfo_gathering_policy=RevocationInfoGatheringSpec(online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY),
        local_knowledge=LocalKnowledge(
            known_crls=[CRLContainer(asn1_crl.CertificateList.load(each)) for each in case.lists]
        ),
        key_usage_settings=KeyUsageConstraints(key_usage={"digital_signature"}),
    )
    validate = ades.ades_with_time_validation if case.token else ades.ades_basic_validation
    result = asyncio.run(
        validate(
            asn1_cms.ContentInfo.load(case.cms)["content"],
            specification,
            raw_digest=hashlib.sha256(case.content).digest(),
        )
    )
    return "PASSED" if result.ades_subindic.name == "OK" else str(result.ades_subindic.name)


@functools.cache
def verdicts(name: str, folder: Path) -> list[str]:
    """What each of JUDGES says of the case."""
    (case,) = (each for each in CASES if each.name == name)
    first, proved = ours(case, datetime.now(UTC))
    return [first, *by_openssl(case, folder, proved), by_pyhanko(case)]


def test_the_matrix(shown: Show, tmp_path_factory: pytest.TempPathFactory, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    said = {case.name: verdicts(case.name, tmp_path_factory.mktemp("case")) for case in CASES}
    rows = [[case.name, *said[case.name], case.because] for case in CASES]
    shown("The same signatures before five judges", ["case", *JUDGES, "why they differ"], rows)
    assert said == {case.name: list(case.says) for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_disagreement_is_explained(case: Case) -> None:
    passed = case.says[0] == "PASSED"
    differ = [
        judge
        for judge, said in zip(JUDGES[1:], case.says[1:], strict=True)
        if said != NOTHING and (said in {"yes", "good", "PASSED"}) != passed
    ]
    other_words = case.says[-1] != case.says[0]
    assert bool(case.because) == bool(differ or other_words)
