-- Create model CertificateStatusChange
CREATE TABLE "certificate_status_changes" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "kind" VARCHAR(16) NOT NULL,
    "at" TIMESTAMPTZ NOT NULL,
    "reason" VARCHAR(32),
    "invalid_since" TIMESTAMPTZ,
    "comment" VARCHAR(1000),
    "certificate_id" UUID NOT NULL REFERENCES "certificates" ("id") ON DELETE RESTRICT,
    "decided_by_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT,
    "request_id" UUID REFERENCES "certificate_requests" ("id") ON DELETE RESTRICT,
    "requested_by_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT
);
CREATE INDEX "status_changes_of_certificate" ON "certificate_status_changes" ("certificate_id", "at");
COMMENT ON COLUMN "certificate_status_changes"."kind" IS 'SUSPENDED: SUSPENDED\nRELEASED: RELEASED\nREVOKED: REVOKED';
COMMENT ON COLUMN "certificate_status_changes"."reason" IS 'UNSPECIFIED: UNSPECIFIED\nKEY_COMPROMISE: KEY_COMPROMISE\nAFFILIATION_CHANGED: AFFILIATION_CHANGED\nSUPERSEDED: SUPERSEDED\nCESSATION_OF_OPERATION: CESSATION_OF_OPERATION\nPRIVILEGE_WITHDRAWN: PRIVILEGE_WITHDRAWN';
COMMENT ON TABLE "certificate_status_changes" IS 'A certificate was suspended, released or revoked: the history behind its status, never changed.';
-- Create model CompromiseReport
CREATE TABLE "compromise_reports" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "reported_at" TIMESTAMPTZ NOT NULL,
    "suspected_since" TIMESTAMPTZ NOT NULL,
    "comment" VARCHAR(1000),
    "decide_by" TIMESTAMPTZ NOT NULL,
    "reminded_at" TIMESTAMPTZ,
    "decided_at" TIMESTAMPTZ,
    "outcome" VARCHAR(16),
    "certificate_id" UUID NOT NULL REFERENCES "certificates" ("id") ON DELETE RESTRICT,
    "reported_by_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT
);
COMMENT ON COLUMN "compromise_reports"."outcome" IS 'SUSPENDED: SUSPENDED\nRELEASED: RELEASED\nREVOKED: REVOKED';
COMMENT ON TABLE "compromise_reports" IS 'Somebody reported that a key may be in other hands (63-FZ art. 10): the certificate is suspended at once, and the';
-- Create model ExpiryNotice
CREATE TABLE "expiry_notices" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "days" INT NOT NULL,
    "given_at" TIMESTAMPTZ NOT NULL,
    "certificate_id" UUID NOT NULL REFERENCES "certificates" ("id") ON DELETE RESTRICT
);
COMMENT ON TABLE "expiry_notices" IS 'The holder has been told that so many days or fewer are left.';
-- Create model RevocationList
CREATE TABLE "revocation_lists" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "issuer_key_id" VARCHAR(64) NOT NULL,
    "number" BIGINT NOT NULL,
    "this_update" TIMESTAMPTZ NOT NULL,
    "next_update" TIMESTAMPTZ NOT NULL,
    "der" BYTEA NOT NULL
);
COMMENT ON TABLE "revocation_lists" IS 'A CRL (RFC 5280 §5) as it was published; the one with an issuer''s highest number is in force.';
-- Create model SignaturePreparation
CREATE TABLE "signature_preparations" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "signed_attributes" BYTEA NOT NULL,
    "prepared_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ NOT NULL,
    "certificate_id" UUID NOT NULL REFERENCES "certificates" ("id") ON DELETE RESTRICT,
    "entry_id" UUID NOT NULL REFERENCES "entries" ("id") ON DELETE RESTRICT,
    "revision_id" UUID NOT NULL REFERENCES "revisions" ("id") ON DELETE RESTRICT,
    "slot_id" UUID NOT NULL REFERENCES "slots" ("id") ON DELETE RESTRICT,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT
);
CREATE INDEX "preparations_of_user" ON "signature_preparations" ("user_id");
COMMENT ON TABLE "signature_preparations" IS 'What a DEVICE key is asked to sign: the octets of the signed attributes, for one slot of one revision.';
-- Create model SignatureTimeStamp
CREATE TABLE "signature_time_stamps" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "token" BYTEA NOT NULL,
    "cms" BYTEA NOT NULL,
    "proved_at" TIMESTAMPTZ NOT NULL,
    "obtained_at" TIMESTAMPTZ NOT NULL,
    "signature_id" UUID NOT NULL UNIQUE REFERENCES "signatures" ("id") ON DELETE RESTRICT
);
COMMENT ON TABLE "signature_time_stamps" IS 'An RFC 3161 token that came after its signature, because no time-stamp authority answered then; `cms` is the';
-- Add constraint to CertificateStatusChange
ALTER TABLE "certificate_status_changes" ADD CONSTRAINT "status_change_reason" CHECK ((kind = 'REVOKED') = (reason is not null));
-- Add constraint to CompromiseReport
ALTER TABLE "compromise_reports" ADD CONSTRAINT "compromise_report_decided" CHECK ((decided_at is null) = (outcome is null));
-- Add constraint to CompromiseReport
CREATE UNIQUE INDEX "one_open_compromise_report" ON "compromise_reports" ("certificate_id") WHERE decided_at is null;
-- Add constraint to ExpiryNotice
ALTER TABLE "expiry_notices" ADD CONSTRAINT "expiry_notice_given_once" UNIQUE ("certificate_id", "days");
-- Add constraint to RevocationList
ALTER TABLE "revocation_lists" ADD CONSTRAINT "revocation_list_number" UNIQUE ("issuer_key_id", "number");
-- Alter options for Certificate
-- Alter field revocation_reason on Certificate
COMMENT ON COLUMN "certificates"."revocation_reason" IS 'UNSPECIFIED: UNSPECIFIED\nKEY_COMPROMISE: KEY_COMPROMISE\nAFFILIATION_CHANGED: AFFILIATION_CHANGED\nSUPERSEDED: SUPERSEDED\nCESSATION_OF_OPERATION: CESSATION_OF_OPERATION\nPRIVILEGE_WITHDRAWN: PRIVILEGE_WITHDRAWN';
-- Add field issuer_key_id to Certificate
ALTER TABLE "certificates" ADD COLUMN "issuer_key_id" VARCHAR(64);
-- Run SQL
update certificates set issuer_key_id = encode(substring(der from position('\x0603551d23041830168014'::bytea in der) + 11 for 20), 'hex');
-- Alter field issuer_key_id on Certificate
ALTER TABLE "certificates" ALTER COLUMN "issuer_key_id" SET NOT NULL;
-- Add field lint to Certificate
ALTER TABLE "certificates" ADD COLUMN "lint" JSONB;
-- Run SQL
update certificates set lint = '{}';
-- Alter field lint on Certificate
ALTER TABLE "certificates" ALTER COLUMN "lint" SET NOT NULL;
-- Add index to Certificate
CREATE INDEX "certificates_by_end" ON "certificates" ("not_after");
-- Remove constraint from CertificateRequest
ALTER TABLE "certificate_requests" DROP CONSTRAINT "request_decided_by_another";
-- Remove constraint from CertificateRequest
ALTER TABLE "certificate_requests" DROP CONSTRAINT "request_identified";
-- Remove constraint from CertificateRequest
DROP INDEX "one_open_request";
-- Alter options for CertificateRequest
-- Alter field certification_request on CertificateRequest
ALTER TABLE "certificate_requests" ALTER COLUMN "certification_request" DROP NOT NULL;
-- Alter field key on CertificateRequest
ALTER TABLE "certificate_requests" ALTER COLUMN "key_id" DROP NOT NULL;
-- Add field expires_at to CertificateRequest
ALTER TABLE "certificate_requests" ADD COLUMN "expires_at" TIMESTAMPTZ;
-- Run SQL
update certificate_requests set expires_at = created_at + interval '30 days';
-- Alter field expires_at on CertificateRequest
ALTER TABLE "certificate_requests" ALTER COLUMN "expires_at" SET NOT NULL;
-- Add field identified_at to CertificateRequest
ALTER TABLE "certificate_requests" ADD COLUMN "identified_at" TIMESTAMPTZ;
-- Add field identified_by to CertificateRequest
ALTER TABLE "certificate_requests" ADD COLUMN "identified_by_id" UUID REFERENCES "users" ("id") ON DELETE RESTRICT;
-- Add field invalid_since to CertificateRequest
ALTER TABLE "certificate_requests" ADD COLUMN "invalid_since" TIMESTAMPTZ;
-- Add field reason to CertificateRequest
ALTER TABLE "certificate_requests" ADD COLUMN "reason" VARCHAR(32);
-- Add field remark to CertificateRequest
ALTER TABLE "certificate_requests" ADD COLUMN "remark" VARCHAR(1000);
-- Add field renewal_signature to CertificateRequest
ALTER TABLE "certificate_requests" ADD COLUMN "renewal_signature" BYTEA;
-- Add field requested_by to CertificateRequest
ALTER TABLE "certificate_requests" ADD COLUMN "requested_by_id" UUID REFERENCES "users" ("id") ON DELETE RESTRICT;
-- Run SQL
update certificate_requests set requested_by_id = user_id;
-- Alter field requested_by on CertificateRequest
ALTER TABLE "certificate_requests" ALTER COLUMN "requested_by_id" SET NOT NULL;
-- Add field target to CertificateRequest
ALTER TABLE "certificate_requests" ADD COLUMN "target_id" UUID REFERENCES "certificates" ("id") ON DELETE RESTRICT;
-- Add constraint to CertificateRequest
ALTER TABLE "certificate_requests" ADD CONSTRAINT "request_decided_by_another" CHECK (decided_by_id is null or status = 'CANCELLED' or decided_by_id not in (user_id, requested_by_id));
-- Add constraint to CertificateRequest
ALTER TABLE "certificate_requests" ADD CONSTRAINT "request_identified_by_another" CHECK (identified_by_id is null or identified_by_id not in (user_id, requested_by_id));
-- Add constraint to CertificateRequest
ALTER TABLE "certificate_requests" ADD CONSTRAINT "request_identified" CHECK (status <> 'ISSUED' or (decided_by_id is not null and (identification_method is not null or renewal_signature is not null)));
-- Add constraint to CertificateRequest
ALTER TABLE "certificate_requests" ADD CONSTRAINT "request_says_what_its_kind_needs" CHECK ((kind = 'REVOKE') = (key_id is null) and (kind = 'REVOKE') = (certification_request is null) and (kind = 'REVOKE') = (reason is not null) and (kind = 'ISSUE') = (target_id is null));
-- Add constraint to CertificateRequest
CREATE UNIQUE INDEX "one_open_request" ON "certificate_requests" ("user_id") WHERE kind <> 'REVOKE' and status in ('SUBMITTED', 'ON_HOLD');
-- Add constraint to CertificateRequest
CREATE UNIQUE INDEX "one_open_revocation_request" ON "certificate_requests" ("target_id") WHERE kind = 'REVOKE' and status in ('SUBMITTED', 'ON_HOLD');
-- Alter field kind on Event
COMMENT ON COLUMN "events"."kind" IS 'SIGNED_IN: SIGNED_IN\nSIGN_IN_REFUSED: SIGN_IN_REFUSED\nSIGNED_OUT: SIGNED_OUT\nORGANIZATION_CREATED: ORGANIZATION_CREATED\nCONTRACT_CREATED: CONTRACT_CREATED\nUSER_CREATED: USER_CREATED\nOBJECT_CREATED: OBJECT_CREATED\nASSIGNED: ASSIGNED\nJOURNAL_OPENED: JOURNAL_OPENED\nJOURNAL_ARCHIVED: JOURNAL_ARCHIVED\nENTRY_RECORDED: ENTRY_RECORDED\nENTRY_REVISED: ENTRY_REVISED\nENTRY_DECLINED: ENTRY_DECLINED\nENTRY_COMPLETED: ENTRY_COMPLETED\nSIGNATURE_MADE: SIGNATURE_MADE\nSIGNATURE_SUPERSEDED: SIGNATURE_SUPERSEDED\nPIN_REFUSED: PIN_REFUSED\nAGREEMENT_PUBLISHED: AGREEMENT_PUBLISHED\nAGREEMENT_ACCEPTED: AGREEMENT_ACCEPTED\nPIN_CHANGED: PIN_CHANGED\nSIGNATURE_TIME_STAMPED: SIGNATURE_TIME_STAMPED\nCERTIFICATE_REQUESTED: CERTIFICATE_REQUESTED\nREVOCATION_REQUESTED: REVOCATION_REQUESTED\nREQUESTER_IDENTIFIED: REQUESTER_IDENTIFIED\nCERTIFICATE_REQUEST_HELD: CERTIFICATE_REQUEST_HELD\nCERTIFICATE_REQUEST_REJECTED: CERTIFICATE_REQUEST_REJECTED\nCERTIFICATE_REQUEST_CANCELLED: CERTIFICATE_REQUEST_CANCELLED\nCERTIFICATE_REQUEST_EXPIRED: CERTIFICATE_REQUEST_EXPIRED\nCERTIFICATE_ISSUE_REFUSED: CERTIFICATE_ISSUE_REFUSED\nCERTIFICATE_ISSUED: CERTIFICATE_ISSUED\nCERTIFICATE_SUSPENDED: CERTIFICATE_SUSPENDED\nCERTIFICATE_RELEASED: CERTIFICATE_RELEASED\nCERTIFICATE_REVOKED: CERTIFICATE_REVOKED\nCERTIFICATE_EXPIRES: CERTIFICATE_EXPIRES\nCOMPROMISE_REPORTED: COMPROMISE_REPORTED\nCOMPROMISE_OVERDUE: COMPROMISE_OVERDUE\nAUTHORITY_SERVICE_RENEWED: AUTHORITY_SERVICE_RENEWED\nJOURNAL_PRINTED: JOURNAL_PRINTED';
-- Add index to Signature
CREATE INDEX "signatures_by_certificate" ON "signatures" ("certificate_id", "signed_at");
-- Add index to Signature
CREATE INDEX "signatures_without_time_stamp" ON "signatures" ("id") WHERE level = 'B';
-- Run SQL
create trigger immutable before update or delete on certificate_status_changes for each row execute function refuse_change();
create trigger immutable before update or delete on revocation_lists for each row execute function refuse_change();
create trigger immutable before update or delete on expiry_notices for each row execute function refuse_change();
create trigger immutable before update or delete on signature_time_stamps for each row execute function refuse_change();
create trigger immutable before update or delete on signature_preparations for each row execute function refuse_change();
create trigger immutable_as_a_whole before truncate on certificate_status_changes for each statement execute function refuse_change();
create trigger immutable_as_a_whole before truncate on revocation_lists for each statement execute function refuse_change();
create trigger immutable_as_a_whole before truncate on expiry_notices for each statement execute function refuse_change();
create trigger immutable_as_a_whole before truncate on signature_time_stamps for each statement execute function refuse_change();
create trigger immutable_as_a_whole before truncate on signature_preparations for each statement execute function refuse_change();
create function only_status_changes() returns trigger language plpgsql as $$
declare
    status_columns constant text[] := array['status', 'suspended_at', 'revoked_at', 'revocation_reason', 'invalid_since'];
begin
    if tg_op <> 'UPDATE' or to_jsonb(new) - status_columns <> to_jsonb(old) - status_columns then
        raise exception 'a certificate is never altered or removed' using errcode = 'restrict_violation';
    end if;
    if old.status = 'REVOKED' then
        raise exception 'a revocation is final' using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger only_status_changes before update or delete on certificates for each row execute function only_status_changes();
