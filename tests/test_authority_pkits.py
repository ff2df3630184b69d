"""
NIST's Public Key Interoperability Test Suite (PKITS 1.0.1) through the chain check of the verifier: the path, then the
status of each of its certificates by revocation lists.

With the suite's default settings: any policy, none required explicitly. What is wrongly refused is counted and shown,
for policies, directory name constraints, indirect and delta lists are not processed here; nothing may be wrongly
accepted. Expected results stand in the names that NIST gave the certificates, and for those without in `INVALID`.
"""

import re
from collections import Counter, defaultdict
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path

import cryptography_vectors
import pytest
from cryptography import x509

from authority.certificate_path import find_path
from authority.revocation_check import StatusUnknown, status_by_lists
from tests.shown import Show

FOLDER = Path(cryptography_vectors.__file__).parent / "x509" / "PKITS_data"
AT = datetime(2020, 6, 1, tzinfo=UTC)

SECTIONS = {
    "4.1 signatures": "CertificatePathTest|ASignature|EESignature|DSA",
    "4.2 validity periods": "not(Before|After)Date",
    "4.3 name chaining": "NameChaining|NameUIDs|RFC3280|Rollover|UTF8String",
    "4.4 revocation": "CRL(Test|Signature|IssuerName)|RevokedCA|RevokedEE|UnknownCRL|TwoCRLs|nextUpdate|SerialNumber"
    "|CRLKeys",
    "4.5 self-issued": "BasicSelfIssued",
    "4.6 basic constraints": "asicConstraints|cAFalse|pathLen",
    "4.7 key usage": "keyUsage",
    "4.8 policies": "Policies|AllCertificatesany|^AnyPolicy|UserNotice|CPSPointer",
    "4.9 explicit policy": "equireExplicitPolicy",
    "4.11 inhibited mapping": "nhibitPolicyMapping",
    "4.10 policy mapping": "Mapping",
    "4.12 inhibited anyPolicy": "nhibitAnyPolicy",
    "4.13 name constraints": "nameConstraints",
    "4.14 distribution points": "istributionPoint|IDP|onlyContains|onlySomeReasons|cRLIssuer",
    "4.15 delta lists": "delta",
    "4.16 private extensions": "CertificateExtension",
}
ORDER = ["4.15", "4.14", "4.11", "4.5", *(f"4.{number}" for number in range(1, 17))]  # the more particular words first
INVALID = {f"DifferentPoliciesTest{number}EE" for number in (4, 5, 7, 8, 9, 12)}
UNREADABLE = {"DSAParametersInheritedCACert", "ValidDSAParameterInheritanceTest5EE"}  # DSA that inherits parameters


@cache
def certificates() -> dict[str, x509.Certificate]:
    """All certificates of the suite by the names of their files."""
    paths = [path for path in sorted((FOLDER / "certs").glob("*.crt")) if path.stem not in UNREADABLE]
    return {path.stem: x509.load_der_x509_certificate(path.read_bytes()) for path in paths}


@cache
def lists() -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted((FOLDER / "crls").glob("*.crl")))


@cache
def authorities() -> dict[bytes, list[x509.Certificate]]:
    """The suite's authorities by their names, its trust anchor left out."""
    by_name = defaultdict(list)
    for name, certificate in certificates().items():
        if not re.search(r"Test\d+EE$|^TrustAnchor", name):
            by_name[certificate.subject.public_bytes()].append(certificate)
    return by_name


def possible_issuers(certificate: x509.Certificate) -> list[x509.Certificate]:
    """Every authority that could stand anywhere above `certificate`, by its name."""
    found: list[x509.Certificate] = []
    waiting = [certificate]
    while waiting:
        for issuer in authorities().get(waiting.pop().issuer.public_bytes(), []):
            if issuer not in found:
                found.append(issuer)
                waiting.append(issuer)
    return found


def accepted(certificate: x509.Certificate) -> bool:
    """Whether there is a path, and of no certificate on it anything but good is known."""
    root = certificates()["TrustAnchorRootCertificate"]
    chain = find_path(certificate, roots=[root], intermediates=possible_issuers(certificate), at=AT)
    try:
        histories = [status_by_lists(each, issuer, lists(), at=AT) for each, issuer in pairwise(chain)]
    except StatusUnknown:
        return False
    return bool(chain) and not any(
        each.was_bad(None, at=AT) or each.on_hold(AT) or each.stale(AT) for each in histories
    )


def section_of(name: str) -> str:
    for number in ORDER:
        title = next(title for title in SECTIONS if title.startswith(f"{number} "))
        if re.search(SECTIONS[title], name):
            return title
    raise AssertionError(name)


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")  # serial numbers below zero
def test_nothing_is_wrongly_accepted(shown: Show) -> None:
    outcomes: Counter[tuple[str, str]] = Counter()
    wrongly_accepted = []
    for name, certificate in certificates().items():
        if not name.endswith("EE"):
            continue
        valid = not name.startswith("Invalid") and name not in INVALID
        answer = accepted(certificate)
        if answer and not valid:
            wrongly_accepted.append(name)
        outcome = "right" if answer == valid else "wrongly accepted" if answer else "wrongly refused"
        outcomes[section_of(name), outcome] += 1
    outcomes["4.1 signatures", "wrongly refused"] += 1  # the unreadable one
    columns = ("right", "wrongly refused", "wrongly accepted")
    rows = [[title, *(str(outcomes[title, column]) for column in columns)] for title in sorted(SECTIONS, key=_number)]
    rows.append(["all", *(str(sum(outcomes[title, column] for title in SECTIONS)) for column in columns)])
    shown("NIST PKITS through the verifier's chain check", ["section", *columns], rows)
    assert wrongly_accepted == []
    assert sum(outcomes.values()) == 223
    assert sum(count for (_, outcome), count in outcomes.items() if outcome == "right") >= 150
    assert outcomes["4.4 revocation", "right"] >= 19


def _number(title: str) -> int:
    return int(re.findall(r"\d+", title)[1])


def test_the_names_of_the_invalid_are_in_the_suite() -> None:
    assert certificates().keys() >= INVALID
    assert all((FOLDER / "certs" / f"{name}.crt").exists() for name in UNREADABLE)
