"""
One bit flipped at each of 2,000 random places: nothing passes with another meaning.

The meaning of a report that says TOTAL_PASSED is what it tells about the signature: by which certificate (to the
octet), over which digest, under which chain, at which claimed time, with which status of the certificate and of the
authority above it, and which time is proved. All of it must be as it was before the flip. One thing may fall away, and
is counted apart: the proved time. A time-stamp is an unsigned attribute, which anybody may take off; what is left is
the same signature at level B. The root is not flipped: it is an anchor, its name and key are trusted as they are given.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from authority.certificates import from_der, to_der
from authority.verification_report import CertificateStatusHistory
from authority.verifier import Indication, VerificationReport, verify
from tests.shown import Show
from tests.test_authority_asking import GOOD, HOUR
from tests.test_authority_forgery import with_certificates
from tests.test_authority_revocation_check import entry, root_list
from tests.test_authority_setting import CONTENT, NOW, authority, ivanov, signed

SEED = 20261122
ENCLOSING = signed(stamped_at=NOW)  # as the product makes them, the chain inside
LEAN = with_certificates(ENCLOSING, [ivanov().certificate])  # the chain comes from the registry


@dataclass(frozen=True)
class Evidence:
    """Everything that a verification rests on."""

    cms: bytes
    payload: bytes
    registered: bytes  # the registry's copy of the signer's certificate
    issuing: bytes
    revocation_list: bytes


def evidence(cms: bytes) -> Evidence:
    return Evidence(
        cms=cms,
        payload=CONTENT,
        registered=to_der(ivanov().certificate),
        issuing=to_der(authority().issuing.certificate),
        revocation_list=authority().root_revocation_list,
    )


def judged(shown: Evidence) -> VerificationReport | None:
    """The verifier's report; None if a certificate of the registry's own cannot be read any more."""
    try:
        issuing = from_der(shown.issuing)
        registered = from_der(shown.registered).serial_number
    except (ValueError, x509.InvalidVersion):
        return None

    def status(serial: int) -> CertificateStatusHistory | None:
        return GOOD if serial == registered else None

    return verify(
        shown.cms,
        shown.payload,
        roots=[authority().root],
        intermediates=[issuing],
        status=status,
        at=NOW + HOUR,
        revocation_lists=[shown.revocation_list],
    )


def meaning(report: VerificationReport) -> tuple[object, ...]:
    """All that a report tells but the proved time."""
    certificates = [
        each.public_bytes(serialization.Encoding.DER) for each in (report.certificate, *report.chain) if each
    ]
    return (
        certificates,
        report.digest,
        report.digest_algorithm,
        report.claimed_time,
        report.status,
        report.issuer_statuses,
    )


def flipped(octets: bytes, bit: int) -> bytes:
    changed = bytearray(octets)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def anywhere(name: str) -> Callable[[Evidence, random.Random], Evidence]:
    """Flip a bit of one of the evidence's parts."""

    def flip(shown: Evidence, chance: random.Random) -> Evidence:
        octets: bytes = getattr(shown, name)
        return replace(shown, **{name: flipped(octets, chance.randrange(8 * len(octets)))})

    return flip


def enclosed_certificate(shown: Evidence, chance: random.Random) -> Evidence:
    """Flip a bit of the signer's certificate inside the CMS."""
    start = shown.cms.index(to_der(ivanov().certificate))
    bit = chance.randrange(8 * start, 8 * (start + len(to_der(ivanov().certificate))))
    return replace(shown, cms=flipped(shown.cms, bit))


REVOKING = replace(evidence(ENCLOSING), revocation_list=root_list(entry(x509.ReasonFlags.ca_compromise)))
PARTS: dict[str, tuple[Evidence, Callable[[Evidence, random.Random], Evidence], int]] = {
    "payload": (evidence(ENCLOSING), anywhere("payload"), 300),
    "CMS": (evidence(ENCLOSING), anywhere("cms"), 500),
    "certificate in it": (evidence(ENCLOSING), enclosed_certificate, 300),
    "registered": (evidence(LEAN), anywhere("registered"), 250),
    "issuing": (evidence(LEAN), anywhere("issuing"), 250),
    "CRL": (evidence(ENCLOSING), anywhere("revocation_list"), 200),
    "CRL that revokes": (REVOKING, anywhere("revocation_list"), 200),
}

SAME, NO_TIME, UNREADABLE = (
    "TOTAL_PASSED, all the same",
    "TOTAL_PASSED, time no longer proved",
    "the registry's is unreadable",
)


def outcomes(part: str) -> Iterator[str]:
    """What became of each flip in a part. Fails if something passes with another meaning."""
    sound, flip, times = PARTS[part]
    original = judged(sound)
    assert original
    chance = random.Random(f"{SEED} {part}")
    for _ in range(times):
        shown = flip(sound, chance)
        report = judged(shown)
        if report is None:
            yield UNREADABLE
        elif report.indication is not Indication.TOTAL_PASSED:
            yield f"{report.indication} / {report.sub_indication}"
        else:
            assert original.indication is Indication.TOTAL_PASSED, (SEED, part, shown)
            assert meaning(report) == meaning(original), (SEED, part, shown)
            assert report.proved_time in {original.proved_time, None}, (SEED, part, shown)
            yield SAME if report.proved_time else NO_TIME


def test_no_flipped_bit_passes_with_another_meaning(shown: Show) -> None:
    counted = {part: Counter(outcomes(part)) for part in PARTS}
    assert sum(counter.total() for counter in counted.values()) == 2_000
    kinds = sorted({kind for counter in counted.values() for kind in counter}, reverse=True)
    rows = [[kind, *(str(counted[part][kind] or "") for part in PARTS), _all(counted, kind)] for kind in kinds]
    rows.append(["flips", *(str(times) for _, _, times in PARTS.values()), "2000"])
    shown(f"2,000 flipped bits (seed {SEED})", ["answer", *PARTS, "all"], rows)

    # What has to fail always does, and the rows that may pass do so for the reason given above and no other.
    assert counted["payload"] == {"TOTAL_FAILED / HASH_FAILURE": 300}
    assert not {SAME, NO_TIME} & counted["certificate in it"].keys()
    assert not {SAME, NO_TIME} & counted["CRL that revokes"].keys()
    assert NO_TIME in counted["CMS"]
    assert counted["CRL"][SAME] == 0


def _all(counted: dict[str, Counter[str]], kind: str) -> str:
    return str(sum(counter[kind] for counter in counted.values()))


@pytest.mark.parametrize("cms", [ENCLOSING, LEAN], ids=["enclosing", "lean"])
def test_without_a_flip_all_is_well(cms: bytes) -> None:
    report = judged(evidence(cms))
    assert report
    assert report.indication is Indication.TOTAL_PASSED
    assert report.proved_time == NOW
    assert len(report.issuer_statuses) == 1
    revoking = judged(REVOKING)
    assert revoking
    assert revoking.sub_indication == "REVOKED_CA_NO_POE"
