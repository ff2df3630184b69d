"""The closed lists of the product's words (design.md §2). Values equal the names clients see in GraphQL.

Migrations import from here and from `keys`: a name in these two modules is never renamed.
"""

from enum import StrEnum


class OrganizationKind(StrEnum):
    OWNER = "OWNER"
    OPERATOR = "OPERATOR"
    SUBSCRIBER = "SUBSCRIBER"


class Role(StrEnum):
    SUPERADMIN = "SUPERADMIN"
    OPERATOR_ADMIN = "OPERATOR_ADMIN"
    OPERATOR_EMPLOYEE = "OPERATOR_EMPLOYEE"
    SUBSCRIBER_ADMIN = "SUBSCRIBER_ADMIN"
    SUBSCRIBER_EMPLOYEE = "SUBSCRIBER_EMPLOYEE"


class Language(StrEnum):
    RU = "ru"
    EN = "en"


class Side(StrEnum):
    OPERATOR = "OPERATOR"
    SUBSCRIBER = "SUBSCRIBER"


class Duty(StrEnum):
    RESPONSIBLE = "RESPONSIBLE"
    PARTICIPANT = "PARTICIPANT"


class JournalStatus(StrEnum):
    ACTIVE = "ACTIVE"
    ARCHIVED = "ARCHIVED"


class EntryStatus(StrEnum):
    AWAITING_SIGNATURES = "AWAITING_SIGNATURES"
    SIGNED = "SIGNED"
    DECLINED = "DECLINED"
    ANNULLED = "ANNULLED"


class RevisionKind(StrEnum):
    RECORD = "RECORD"
    ANNULMENT = "ANNULMENT"


class SlotStatus(StrEnum):
    OPEN = "OPEN"
    SIGNED = "SIGNED"
    DECLINED = "DECLINED"
    WITHDRAWN = "WITHDRAWN"


class SignatureLevel(StrEnum):
    """CAdES baseline levels (ETSI EN 319 122-1): B without, T with a trusted time-stamp."""

    B = "B"
    T = "T"


class Custody(StrEnum):
    SERVER = "SERVER"
    DEVICE = "DEVICE"


class CertificateStatus(StrEnum):
    """EXPIRED is derived from the term and never stored."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    REVOKED = "REVOKED"


class RequestKind(StrEnum):
    ISSUE = "ISSUE"
    RENEW = "RENEW"
    REVOKE = "REVOKE"


class RequestStatus(StrEnum):
    SUBMITTED = "SUBMITTED"
    ON_HOLD = "ON_HOLD"
    ISSUED = "ISSUED"
    DONE = "DONE"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"
    EXPIRED = "EXPIRED"


UNDECIDED = (RequestStatus.SUBMITTED, RequestStatus.ON_HOLD)
"""What somebody still has to decide on."""


class RevocationReason(StrEnum):
    """CRLReason (RFC 5280 §5.3.1), as far as a person's certificate can be revoked for it. certificateHold is a status
    of its own here, SUSPENDED."""

    UNSPECIFIED = "UNSPECIFIED"
    KEY_COMPROMISE = "KEY_COMPROMISE"
    AFFILIATION_CHANGED = "AFFILIATION_CHANGED"
    SUPERSEDED = "SUPERSEDED"
    CESSATION_OF_OPERATION = "CESSATION_OF_OPERATION"
    PRIVILEGE_WITHDRAWN = "PRIVILEGE_WITHDRAWN"


class StatusChange(StrEnum):
    """What can happen to a certificate before its term ends."""

    SUSPENDED = "SUSPENDED"
    RELEASED = "RELEASED"
    REVOKED = "REVOKED"


class IdentificationMethod(StrEnum):
    """The ways of identification that 63-FZ art. 13(1) allows."""

    IN_PERSON = "IN_PERSON"
    QUALIFIED_SIGNATURE = "QUALIFIED_SIGNATURE"
    BIOMETRIC_PASSPORT = "BIOMETRIC_PASSPORT"
    UNIFIED_IDENTIFICATION_SYSTEM = "UNIFIED_IDENTIFICATION_SYSTEM"


class Acceptance(StrEnum):
    PERSON = "PERSON"
    ORGANIZATION = "ORGANIZATION"


class EventKind(StrEnum):
    SIGNED_IN = "SIGNED_IN"
    SIGN_IN_REFUSED = "SIGN_IN_REFUSED"
    SIGNED_OUT = "SIGNED_OUT"
    ORGANIZATION_CREATED = "ORGANIZATION_CREATED"
    CONTRACT_CREATED = "CONTRACT_CREATED"
    USER_CREATED = "USER_CREATED"
    OBJECT_CREATED = "OBJECT_CREATED"
    ASSIGNED = "ASSIGNED"
    JOURNAL_OPENED = "JOURNAL_OPENED"
    JOURNAL_ARCHIVED = "JOURNAL_ARCHIVED"
    ENTRY_RECORDED = "ENTRY_RECORDED"
    ENTRY_REVISED = "ENTRY_REVISED"
    ENTRY_DECLINED = "ENTRY_DECLINED"
    ENTRY_COMPLETED = "ENTRY_COMPLETED"
    SIGNATURE_MADE = "SIGNATURE_MADE"
    SIGNATURE_SUPERSEDED = "SIGNATURE_SUPERSEDED"
    PIN_REFUSED = "PIN_REFUSED"
    AGREEMENT_PUBLISHED = "AGREEMENT_PUBLISHED"
    AGREEMENT_ACCEPTED = "AGREEMENT_ACCEPTED"
    PIN_CHANGED = "PIN_CHANGED"
    SIGNATURE_TIME_STAMPED = "SIGNATURE_TIME_STAMPED"
    CERTIFICATE_REQUESTED = "CERTIFICATE_REQUESTED"
    REVOCATION_REQUESTED = "REVOCATION_REQUESTED"
    REQUESTER_IDENTIFIED = "REQUESTER_IDENTIFIED"
    CERTIFICATE_REQUEST_HELD = "CERTIFICATE_REQUEST_HELD"
    CERTIFICATE_REQUEST_REJECTED = "CERTIFICATE_REQUEST_REJECTED"
    CERTIFICATE_REQUEST_CANCELLED = "CERTIFICATE_REQUEST_CANCELLED"
    CERTIFICATE_REQUEST_EXPIRED = "CERTIFICATE_REQUEST_EXPIRED"
    CERTIFICATE_ISSUE_REFUSED = "CERTIFICATE_ISSUE_REFUSED"
    CERTIFICATE_ISSUED = "CERTIFICATE_ISSUED"
    CERTIFICATE_SUSPENDED = "CERTIFICATE_SUSPENDED"
    CERTIFICATE_RELEASED = "CERTIFICATE_RELEASED"
    CERTIFICATE_REVOKED = "CERTIFICATE_REVOKED"
    CERTIFICATE_EXPIRES = "CERTIFICATE_EXPIRES"
    COMPROMISE_REPORTED = "COMPROMISE_REPORTED"
    COMPROMISE_OVERDUE = "COMPROMISE_OVERDUE"
    AUTHORITY_SERVICE_RENEWED = "AUTHORITY_SERVICE_RENEWED"
    JOURNAL_PRINTED = "JOURNAL_PRINTED"


class Standing(StrEnum):
    """The business axis of a signature: derived, never stored, and never mixed with the cryptographic one."""

    CURRENT = "CURRENT"
    SUPERSEDED = "SUPERSEDED"
    ANNULLED = "ANNULLED"


class CertificateStanding(StrEnum):
    """What a certificate is at a moment: its stored status, or EXPIRED by its term."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    REVOKED = "REVOKED"
    EXPIRED = "EXPIRED"


class SignatureEventKind(StrEnum):
    """What `signatureEvents` tells of."""

    SIGNED = "SIGNED"
    DECLINED = "DECLINED"
    SUPERSEDED = "SUPERSEDED"
    COMPLETED = "COMPLETED"


class Indication(StrEnum):
    """The cryptographic axis of a verification (ETSI EN 319 102-1 §5.1.3)."""

    TOTAL_PASSED = "TOTAL_PASSED"
    INDETERMINATE = "INDETERMINATE"
    TOTAL_FAILED = "TOTAL_FAILED"
