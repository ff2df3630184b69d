"""
Time-stamps that prove nothing are reported, set aside, and help nobody.

The signer's certificate is revoked soon after the signature in all of these, so that all hangs on the time-stamp.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from asn1crypto.cms import ContentInfo
from cryptography import x509

from authority.signed_data import signed_attributes, signed_data
from authority.signing import attach_time_stamp, signature_value
from authority.time_stamps import TimeStampAuthority
from authority.verifier import Indication, SubIndication, verify
from tests.test_authority_asking import DAY, HOUR, PASSED, answer, changed, check, stranger, undetermined
from tests.test_authority_forgery import without_certificates
from tests.test_authority_setting import CONTENT, NOW, authority, ivanov, signed, token_for

PLAIN = signed()
STAMPED = signed(stamped_at=NOW)


@dataclass(frozen=True)
class Impostor:
    """A holder who plays time-stamp authority with a certificate, his own or not."""

    certificate: x509.Certificate

    def sign(self, data: bytes) -> bytes:
        return ivanov().key.sign(data)


def stamped_by(time_stamps: TimeStampAuthority) -> bytes:
    return time_stamps.stamp(hashlib.sha256(signature_value(PLAIN)).digest(), serial=1, at=NOW)


REVOKED_LATER = changed(revoked_at=NOW + timedelta(minutes=30))


def assert_proves_nothing(cms: bytes, *, at: datetime = NOW + HOUR, because: str) -> None:
    report = check(cms, history=REVOKED_LATER, at=at)
    assert answer(report) == undetermined(SubIndication.REVOKED_NO_POE)
    assert (report.level, report.proved_time) == ("B", None)
    assert because in report.checks[5].remark


def test_of_another_signature() -> None:
    other = token_for(signed(b"something else"), NOW)
    assert_proves_nothing(attach_time_stamp(PLAIN, other), because="about something else")


def test_by_a_key_that_is_no_time_stamp_authority() -> None:
    impostor = TimeStampAuthority(Impostor(ivanov().certificate), authority().chain, "1.2.3")
    assert_proves_nothing(
        attach_time_stamp(PLAIN, stamped_by(impostor)), because="not a time-stamp authority's certificate"
    )


def test_by_a_key_that_is_not_the_certificates() -> None:
    impostor = TimeStampAuthority(Impostor(authority().time_stamping.certificate), authority().chain, "1.2.3")
    assert_proves_nothing(attach_time_stamp(PLAIN, stamped_by(impostor)), because="its signature is wrong")


def test_by_another_authority() -> None:
    foreign = TimeStampAuthority(stranger().time_stamping, stranger().chain, "1.2.3")
    assert_proves_nothing(attach_time_stamp(PLAIN, stamped_by(foreign)), because="no path")


def test_by_an_authority_that_keeps_its_certificate_to_itself() -> None:
    token = without_certificates(token_for(PLAIN, NOW))
    assert_proves_nothing(attach_time_stamp(PLAIN, token), because="not enclosed")


def test_of_the_future() -> None:
    cms = attach_time_stamp(PLAIN, token_for(PLAIN, NOW + DAY))
    assert_proves_nothing(cms, because="in the future")


def test_older_than_its_certificate() -> None:
    cms = attach_time_stamp(PLAIN, token_for(PLAIN, NOW - 500 * DAY))
    assert_proves_nothing(cms, because="outside its certificate's term")


def test_of_a_certificate_that_has_ended_since() -> None:
    cms = attach_time_stamp(PLAIN, token_for(PLAIN, NOW))
    report = check(cms, history=REVOKED_LATER, at=NOW + 11 * 365 * DAY)
    assert report.level == "B"
    assert report.indication is Indication.INDETERMINATE


def test_whose_info_was_changed() -> None:
    token = token_for(PLAIN, NOW)
    stamp = f"{NOW:%Y%m%d%H%M%S}Z".encode()
    assert token.count(stamp) == 1
    earlier = token.replace(stamp, f"{NOW - DAY:%Y%m%d%H%M%S}Z".encode())
    assert_proves_nothing(attach_time_stamp(PLAIN, earlier), because="its digest differs")


def test_that_is_a_signature_of_a_document() -> None:
    assert_proves_nothing(attach_time_stamp(PLAIN, PLAIN), because="not a time-stamp token")


def test_whose_content_is_not_said_to_be_a_time_stamp() -> None:
    """The service's key over the right octets, but as a document: it never meant them as a token."""
    info = bytes(ContentInfo.load(token_for(PLAIN, NOW))["content"]["encap_content_info"]["content"])
    service = authority().time_stamping
    attributes = signed_attributes("data", hashlib.sha256(info).digest(), service.certificate, NOW)
    value = service.sign(attributes)
    enclosed = (service.certificate, *authority().chain)
    document = signed_data(attributes, value, service.certificate, enclosed, content_type="tst_info", content=info)
    document["content"]["encap_content_info"]["content_type"] = "data"
    assert_proves_nothing(attach_time_stamp(PLAIN, document.dump()), because="not a time-stamp token")


@pytest.mark.parametrize(
    ("facts", "proves"),
    [
        ({"revoked_at": NOW - HOUR, "reason": "superseded"}, False),
        ({"revoked_at": NOW + HOUR, "reason": "superseded"}, True),
        ({"revoked_at": NOW + HOUR, "reason": "CESSATION_OF_OPERATION"}, True),
        ({"revoked_at": NOW + HOUR, "reason": "cessationOfOperation", "invalid_since": NOW - HOUR}, False),
        ({"revoked_at": NOW + HOUR, "reason": "keyCompromise"}, False),
        ({"revoked_at": NOW + HOUR, "reason": None}, False),
    ],
)
def test_by_a_time_stamp_authority_since_revoked(facts: dict[str, object], proves: bool) -> None:
    """RFC 3161 §4: whoever has the key can date its tokens as they like."""
    histories = {
        ivanov().certificate.serial_number: REVOKED_LATER,
        authority().time_stamping.certificate.serial_number: changed(**facts),
    }
    report = verify(STAMPED, CONTENT, roots=[authority().root], status=histories.get, at=NOW + 2 * HOUR)
    assert answer(report) == (PASSED if proves else undetermined(SubIndication.REVOKED_NO_POE))
    assert (report.proved_time == NOW) is proves


def test_a_good_one_beside_a_bad_one_still_proves() -> None:
    both = attach_time_stamp(attach_time_stamp(PLAIN, token_for(signed(b"x"), NOW)), token_for(PLAIN, NOW))
    report = check(both, history=REVOKED_LATER)
    assert answer(report) == PASSED
    assert report.proved_time == NOW


def test_of_several_good_ones_the_earliest_counts() -> None:
    cms = attach_time_stamp(attach_time_stamp(PLAIN, token_for(PLAIN, NOW + HOUR)), token_for(PLAIN, NOW))
    assert check(cms, at=NOW + 2 * HOUR).proved_time == NOW
