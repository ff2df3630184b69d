-- Run SQL
create sequence event_position;
-- Create model Agreement
CREATE TABLE "agreements" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "version" INT NOT NULL UNIQUE,
    "text_ru" TEXT NOT NULL,
    "text_en" TEXT NOT NULL,
    "digest" VARCHAR(64) NOT NULL,
    "effective_from" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "agreements" IS 'One version of the agreement that makes signatures count (63-FZ art. 6(2)): the one with the highest number is in';
-- Create model Epoch
CREATE TABLE "epochs" (
    "number" SERIAL NOT NULL PRIMARY KEY,
    "identity" VARCHAR(64) NOT NULL,
    "started_at" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "epochs" IS 'A life of the database. Transaction ids restart when a dump is restored; the epoch then rises, so that cursors';
-- Create model Organization
CREATE TABLE "organizations" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "kind" VARCHAR(16) NOT NULL,
    "name" VARCHAR(300) NOT NULL,
    "name_sort" VARCHAR(320) NOT NULL,
    "inn" VARCHAR(12),
    "kpp" VARCHAR(9),
    "ogrn" VARCHAR(15),
    "external_id" VARCHAR(100),
    "created_at" TIMESTAMPTZ NOT NULL,
    "founder_id" UUID REFERENCES "organizations" ("id") ON DELETE RESTRICT
);
COMMENT ON COLUMN "organizations"."kind" IS 'OWNER: OWNER\nOPERATOR: OPERATOR\nSUBSCRIBER: SUBSCRIBER';
COMMENT ON TABLE "organizations" IS 'The owner (one: it runs the authority), an operator (does the work) or a subscriber (owns the objects).';
-- Create model Person
CREATE TABLE "people" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "name" VARCHAR(200) NOT NULL,
    "surname" VARCHAR(100) NOT NULL,
    "given_name" VARCHAR(100) NOT NULL,
    "position" VARCHAR(200),
    "organization" VARCHAR(300) NOT NULL,
    "side" VARCHAR(16)
);
COMMENT ON COLUMN "people"."side" IS 'OPERATOR: OPERATOR\nSUBSCRIBER: SUBSCRIBER';
COMMENT ON TABLE "people" IS 'The card of somebody as they were at one moment. Immutable: who changes gets a new card, so that revisions,';
-- Create model JournalType
CREATE TABLE "journal_types" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "code" VARCHAR(40) NOT NULL UNIQUE,
    "name_ru" VARCHAR(300) NOT NULL,
    "name_en" VARCHAR(300) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "journal_types" IS 'A kind of journal. What it asks for stands in its versions; entries keep the version they were made with.';
-- Create model Contract
CREATE TABLE "contracts" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "number" VARCHAR(100) NOT NULL,
    "starts_on" DATE NOT NULL,
    "ends_on" DATE,
    "created_at" TIMESTAMPTZ NOT NULL,
    "operator_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "subscriber_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT
);
COMMENT ON TABLE "contracts" IS 'An operator serves a subscriber: the number and the term that stand on the paper.';
-- Create model User
CREATE TABLE "users" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "name_sort" VARCHAR(220) NOT NULL,
    "email" VARCHAR(254) NOT NULL UNIQUE,
    "role" VARCHAR(24) NOT NULL,
    "language" VARCHAR(2) NOT NULL,
    "password_hash" VARCHAR(200) NOT NULL,
    "active" BOOL NOT NULL,
    "failed_sign_ins" INT NOT NULL,
    "locked_until" TIMESTAMPTZ,
    "created_at" TIMESTAMPTZ NOT NULL,
    "organization_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "person_id" UUID NOT NULL REFERENCES "people" ("id") ON DELETE RESTRICT
);
COMMENT ON COLUMN "users"."role" IS 'SUPERADMIN: SUPERADMIN\nOPERATOR_ADMIN: OPERATOR_ADMIN\nOPERATOR_EMPLOYEE: OPERATOR_EMPLOYEE\nSUBSCRIBER_ADMIN: SUBSCRIBER_ADMIN\nSUBSCRIBER_EMPLOYEE: SUBSCRIBER_EMPLOYEE';
COMMENT ON COLUMN "users"."language" IS 'RU: ru\nEN: en';
COMMENT ON TABLE "users" IS 'An account. Name, position and organisation''s name stand on its current card.';
-- Create model JournalTypeVersion
CREATE TABLE "journal_type_versions" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "number" INT NOT NULL,
    "name_ru" VARCHAR(300) NOT NULL,
    "name_en" VARCHAR(300) NOT NULL,
    "regulation" VARCHAR(500) NOT NULL,
    "columns" JSONB NOT NULL,
    "signature_policy" JSONB NOT NULL,
    "retention_years" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "type_id" UUID NOT NULL REFERENCES "journal_types" ("id") ON DELETE RESTRICT
);
COMMENT ON TABLE "journal_type_versions" IS 'One immutable edition of a type.';
-- Create model ServiceObject
CREATE TABLE "objects" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "name" VARCHAR(300) NOT NULL,
    "name_sort" VARCHAR(320) NOT NULL,
    "address" VARCHAR(500) NOT NULL,
    "time_zone" VARCHAR(64) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "contract_id" UUID NOT NULL REFERENCES "contracts" ("id") ON DELETE RESTRICT,
    "operator_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "subscriber_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT
);
CREATE INDEX "objects_of_operator" ON "objects" ("operator_id", "name_sort", "id");
CREATE INDEX "objects_of_subscriber" ON "objects" ("subscriber_id", "name_sort", "id");
COMMENT ON TABLE "objects" IS 'A site of a subscriber that an operator serves under a contract.';
-- Create model AgreementAcceptance
CREATE TABLE "agreement_acceptances" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "on_behalf_of" VARCHAR(16) NOT NULL,
    "accepted_at" TIMESTAMPTZ NOT NULL,
    "agreement_id" UUID NOT NULL REFERENCES "agreements" ("id") ON DELETE RESTRICT,
    "organization_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT
);
COMMENT ON COLUMN "agreement_acceptances"."on_behalf_of" IS 'PERSON: PERSON\nORGANIZATION: ORGANIZATION';
COMMENT ON TABLE "agreement_acceptances" IS 'A person, for themself or for their organisation, accepted a version.';
-- Create model Session
CREATE TABLE "sessions" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "token_digest" VARCHAR(64) NOT NULL UNIQUE,
    "created_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ NOT NULL,
    "ended_at" TIMESTAMPTZ,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT
);
COMMENT ON TABLE "sessions" IS 'A signed-in client. The opaque token is kept as its SHA-256 only.';
-- Create model SigningKey
CREATE TABLE "signing_keys" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "custody" VARCHAR(8) NOT NULL,
    "public_key" BYTEA NOT NULL,
    "public_key_digest" VARCHAR(64) NOT NULL UNIQUE,
    "sealed" BYTEA,
    "salt" BYTEA,
    "iterations" INT,
    "memory_kib" INT,
    "lanes" INT,
    "pin_failures" INT NOT NULL,
    "pin_locked_until" TIMESTAMPTZ,
    "created_at" TIMESTAMPTZ NOT NULL,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT
);
COMMENT ON COLUMN "signing_keys"."custody" IS 'SERVER: SERVER\nDEVICE: DEVICE';
COMMENT ON TABLE "signing_keys" IS 'A key pair known to the registry. For SERVER custody the private half lies here as encrypted PKCS#8 that only';
-- Create model Assignment
CREATE TABLE "assignments" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "duty" VARCHAR(16) NOT NULL,
    "all_types" BOOL NOT NULL,
    "valid_from" TIMESTAMPTZ NOT NULL,
    "valid_to" TIMESTAMPTZ,
    "basis" VARCHAR(300) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "object_id" UUID NOT NULL REFERENCES "objects" ("id") ON DELETE RESTRICT,
    "operator_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "person_id" UUID NOT NULL REFERENCES "people" ("id") ON DELETE RESTRICT,
    "subscriber_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT
);
CREATE INDEX "assignments_of_user" ON "assignments" ("user_id", "object_id");
CREATE INDEX "assignments_of_object" ON "assignments" ("object_id");
COMMENT ON COLUMN "assignments"."duty" IS 'RESPONSIBLE: RESPONSIBLE\nPARTICIPANT: PARTICIPANT';
COMMENT ON TABLE "assignments" IS 'A person''s duty on an object, for all journal types or for those named in `AssignmentType`, by a basis';
-- Create model CertificateRequest
CREATE TABLE "certificate_requests" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "kind" VARCHAR(8) NOT NULL,
    "status" VARCHAR(16) NOT NULL,
    "certification_request" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "decided_at" TIMESTAMPTZ,
    "comment" VARCHAR(1000),
    "identification_method" VARCHAR(32),
    "identification_document" VARCHAR(300),
    "identification_date" DATE,
    "identification_note" VARCHAR(1000),
    "decided_by_id" UUID REFERENCES "users" ("id") ON DELETE RESTRICT,
    "organization_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "person_id" UUID NOT NULL REFERENCES "people" ("id") ON DELETE RESTRICT,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT,
    "key_id" UUID NOT NULL UNIQUE REFERENCES "signing_keys" ("id") ON DELETE RESTRICT
);
COMMENT ON COLUMN "certificate_requests"."kind" IS 'ISSUE: ISSUE\nRENEW: RENEW\nREVOKE: REVOKE';
COMMENT ON COLUMN "certificate_requests"."status" IS 'SUBMITTED: SUBMITTED\nON_HOLD: ON_HOLD\nISSUED: ISSUED\nDONE: DONE\nREJECTED: REJECTED\nCANCELLED: CANCELLED\nEXPIRED: EXPIRED';
COMMENT ON COLUMN "certificate_requests"."identification_method" IS 'IN_PERSON: IN_PERSON\nQUALIFIED_SIGNATURE: QUALIFIED_SIGNATURE\nBIOMETRIC_PASSPORT: BIOMETRIC_PASSPORT\nUNIFIED_IDENTIFICATION_SYSTEM: UNIFIED_IDENTIFICATION_SYSTEM';
COMMENT ON TABLE "certificate_requests" IS 'A person asks for a certificate; the superadmin, never the requester, decides after identification.';
-- Create model Journal
CREATE TABLE "journals" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "volume" INT NOT NULL,
    "status" VARCHAR(16) NOT NULL,
    "last_number" INT NOT NULL,
    "opened_at" TIMESTAMPTZ NOT NULL,
    "closed_at" TIMESTAMPTZ,
    "previous_digest" VARCHAR(64),
    "object_id" UUID NOT NULL REFERENCES "objects" ("id") ON DELETE RESTRICT,
    "operator_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "previous_id" UUID REFERENCES "journals" ("id") ON DELETE RESTRICT,
    "subscriber_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "type_id" UUID NOT NULL REFERENCES "journal_types" ("id") ON DELETE RESTRICT
);
CREATE INDEX "journals_of_object" ON "journals" ("object_id", "type_id");
COMMENT ON COLUMN "journals"."status" IS 'ACTIVE: ACTIVE\nARCHIVED: ARCHIVED';
COMMENT ON TABLE "journals" IS 'One volume of one type for one object. `last_number` is the counter behind gapless entry numbers.';
-- Create model Certificate
CREATE TABLE "certificates" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "serial" VARCHAR(40) NOT NULL UNIQUE,
    "status" VARCHAR(16) NOT NULL,
    "custody" VARCHAR(8) NOT NULL,
    "not_before" TIMESTAMPTZ NOT NULL,
    "not_after" TIMESTAMPTZ NOT NULL,
    "fingerprint" VARCHAR(64) NOT NULL UNIQUE,
    "der" BYTEA NOT NULL,
    "issued_at" TIMESTAMPTZ NOT NULL,
    "suspended_at" TIMESTAMPTZ,
    "revoked_at" TIMESTAMPTZ,
    "revocation_reason" VARCHAR(32),
    "invalid_since" TIMESTAMPTZ,
    "holder_id" UUID NOT NULL REFERENCES "people" ("id") ON DELETE RESTRICT,
    "organization_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT,
    "key_id" UUID NOT NULL UNIQUE REFERENCES "signing_keys" ("id") ON DELETE RESTRICT,
    "request_id" UUID NOT NULL UNIQUE REFERENCES "certificate_requests" ("id") ON DELETE RESTRICT
);
COMMENT ON COLUMN "certificates"."status" IS 'ACTIVE: ACTIVE\nSUSPENDED: SUSPENDED\nREVOKED: REVOKED';
COMMENT ON COLUMN "certificates"."custody" IS 'SERVER: SERVER\nDEVICE: DEVICE';
COMMENT ON TABLE "certificates" IS 'A holder''s certificate. `serial` is in upper-case hexadecimal octets, as openssl prints it.';
-- Create model IssuanceIntent
CREATE TABLE "issuance_intents" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "serial" VARCHAR(40) NOT NULL UNIQUE,
    "not_before" TIMESTAMPTZ NOT NULL,
    "not_after" TIMESTAMPTZ NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "decided_by_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT,
    "request_id" UUID NOT NULL REFERENCES "certificate_requests" ("id") ON DELETE RESTRICT
);
COMMENT ON TABLE "issuance_intents" IS 'What was about to be issued, committed before the authority''s key was used: nothing is ever signed unrecorded.';
-- Create model AssignmentType
CREATE TABLE "assignment_types" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "assignment_id" UUID NOT NULL REFERENCES "assignments" ("id") ON DELETE RESTRICT,
    "type_id" UUID NOT NULL REFERENCES "journal_types" ("id") ON DELETE RESTRICT
);
COMMENT ON TABLE "assignment_types" IS 'A journal type that an assignment is confined to.';
-- Create model ClosingRecord
CREATE TABLE "closing_records" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "entry_count" INT NOT NULL,
    "incomplete_count" INT NOT NULL,
    "payload" BYTEA NOT NULL,
    "digest" VARCHAR(64) NOT NULL,
    "closed_at" TIMESTAMPTZ NOT NULL,
    "operator_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "person_id" UUID NOT NULL REFERENCES "people" ("id") ON DELETE RESTRICT,
    "subscriber_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "journal_id" UUID NOT NULL UNIQUE REFERENCES "journals" ("id") ON DELETE RESTRICT
);
COMMENT ON TABLE "closing_records" IS 'What an archived volume held when it was closed: the exact canonical bytes, cited by the next volume.';
-- Create model Entry
CREATE TABLE "entries" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "number" INT NOT NULL,
    "status" VARCHAR(24) NOT NULL,
    "client_id" VARCHAR(100),
    "request_digest" VARCHAR(64) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "author_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT,
    "journal_id" UUID NOT NULL REFERENCES "journals" ("id") ON DELETE RESTRICT,
    "object_id" UUID NOT NULL REFERENCES "objects" ("id") ON DELETE RESTRICT,
    "operator_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "subscriber_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "type_id" UUID NOT NULL REFERENCES "journal_types" ("id") ON DELETE RESTRICT
);
CREATE INDEX "entries_of_operator" ON "entries" ("operator_id", "status");
CREATE INDEX "entries_of_subscriber" ON "entries" ("subscriber_id", "status");
COMMENT ON COLUMN "entries"."status" IS 'AWAITING_SIGNATURES: AWAITING_SIGNATURES\nSIGNED: SIGNED\nDECLINED: DECLINED\nANNULLED: ANNULLED';
COMMENT ON TABLE "entries" IS 'One recorded work. What it says stands in its revisions.';
-- Create model Revision
CREATE TABLE "revisions" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "number" INT NOT NULL,
    "kind" VARCHAR(16) NOT NULL,
    "payload" BYTEA NOT NULL,
    "digest" VARCHAR(64) NOT NULL,
    "previous_digest" VARCHAR(64),
    "values" JSONB NOT NULL,
    "performed_at" TIMESTAMPTZ NOT NULL,
    "recorded_at" TIMESTAMPTZ NOT NULL,
    "reason" VARCHAR(1000),
    "author_id" UUID NOT NULL REFERENCES "people" ("id") ON DELETE RESTRICT,
    "author_user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT,
    "entry_id" UUID NOT NULL REFERENCES "entries" ("id") ON DELETE RESTRICT,
    "object_id" UUID NOT NULL REFERENCES "objects" ("id") ON DELETE RESTRICT,
    "operator_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "subscriber_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "type_id" UUID NOT NULL REFERENCES "journal_types" ("id") ON DELETE RESTRICT,
    "type_version_id" UUID NOT NULL REFERENCES "journal_type_versions" ("id") ON DELETE RESTRICT
);
COMMENT ON COLUMN "revisions"."kind" IS 'RECORD: RECORD\nANNULMENT: ANNULMENT';
COMMENT ON TABLE "revisions" IS 'Immutable content of an entry. `payload` is the exact RFC 8785 text that is signed; the database checks that';
-- Create model Slot
CREATE TABLE "slots" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "side" VARCHAR(16) NOT NULL,
    "duty" VARCHAR(16) NOT NULL,
    "order" INT NOT NULL,
    "group" INT NOT NULL,
    "deadline" TIMESTAMPTZ,
    "status" VARCHAR(16) NOT NULL,
    "decided_at" TIMESTAMPTZ,
    "declined_reason" VARCHAR(1000),
    "decided_by_id" UUID REFERENCES "users" ("id") ON DELETE RESTRICT,
    "entry_id" UUID NOT NULL REFERENCES "entries" ("id") ON DELETE RESTRICT,
    "object_id" UUID NOT NULL REFERENCES "objects" ("id") ON DELETE RESTRICT,
    "operator_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "revision_id" UUID NOT NULL REFERENCES "revisions" ("id") ON DELETE RESTRICT,
    "subscriber_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "type_id" UUID NOT NULL REFERENCES "journal_types" ("id") ON DELETE RESTRICT
);
CREATE INDEX "slots_of_revision" ON "slots" ("revision_id");
CREATE INDEX "slots_of_object" ON "slots" ("object_id", "status");
COMMENT ON COLUMN "slots"."side" IS 'OPERATOR: OPERATOR\nSUBSCRIBER: SUBSCRIBER';
COMMENT ON COLUMN "slots"."duty" IS 'RESPONSIBLE: RESPONSIBLE\nPARTICIPANT: PARTICIPANT';
COMMENT ON COLUMN "slots"."status" IS 'OPEN: OPEN\nSIGNED: SIGNED\nDECLINED: DECLINED\nWITHDRAWN: WITHDRAWN';
COMMENT ON TABLE "slots" IS 'One required signature of a revision. A quorum of m is m slots of one `group`.';
-- Create model Signature
CREATE TABLE "signatures" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "code" VARCHAR(32) NOT NULL UNIQUE,
    "side" VARCHAR(16) NOT NULL,
    "basis" VARCHAR(300) NOT NULL,
    "level" VARCHAR(2) NOT NULL,
    "signed_at" TIMESTAMPTZ NOT NULL,
    "cms" BYTEA NOT NULL,
    "certificate_id" UUID NOT NULL REFERENCES "certificates" ("id") ON DELETE RESTRICT,
    "entry_id" UUID NOT NULL REFERENCES "entries" ("id") ON DELETE RESTRICT,
    "object_id" UUID NOT NULL REFERENCES "objects" ("id") ON DELETE RESTRICT,
    "operator_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "revision_id" UUID NOT NULL REFERENCES "revisions" ("id") ON DELETE RESTRICT,
    "signer_id" UUID NOT NULL REFERENCES "people" ("id") ON DELETE RESTRICT,
    "subscriber_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "type_id" UUID NOT NULL REFERENCES "journal_types" ("id") ON DELETE RESTRICT,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT,
    "slot_id" UUID NOT NULL UNIQUE REFERENCES "slots" ("id") ON DELETE RESTRICT
);
CREATE INDEX "signatures_of_user" ON "signatures" ("user_id");
COMMENT ON COLUMN "signatures"."side" IS 'OPERATOR: OPERATOR\nSUBSCRIBER: SUBSCRIBER';
COMMENT ON COLUMN "signatures"."level" IS 'B: B\nT: T';
COMMENT ON TABLE "signatures" IS 'A detached CAdES signature (ETSI EN 319 122-1) by one certificate, filling one slot. Its standing (current,';
-- Create model Event
CREATE TABLE "events" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "epoch" INT NOT NULL,
    "transaction_id" BIGINT NOT NULL DEFAULT (pg_current_xact_id()::text)::bigint,
    "position" BIGINT NOT NULL DEFAULT nextval('event_position'),
    "kind" VARCHAR(40) NOT NULL,
    "occurred_at" TIMESTAMPTZ NOT NULL,
    "request_id" VARCHAR(64),
    "changes" JSONB NOT NULL,
    "actor_id" UUID REFERENCES "people" ("id") ON DELETE RESTRICT,
    "actor_user_id" UUID REFERENCES "users" ("id") ON DELETE RESTRICT,
    "certificate_id" UUID REFERENCES "certificates" ("id") ON DELETE RESTRICT,
    "entry_id" UUID REFERENCES "entries" ("id") ON DELETE RESTRICT,
    "journal_id" UUID REFERENCES "journals" ("id") ON DELETE RESTRICT,
    "object_id" UUID REFERENCES "objects" ("id") ON DELETE RESTRICT,
    "operator_id" UUID REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "revision_id" UUID REFERENCES "revisions" ("id") ON DELETE RESTRICT,
    "signature_id" UUID REFERENCES "signatures" ("id") ON DELETE RESTRICT,
    "subscriber_id" UUID REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "type_id" UUID REFERENCES "journal_types" ("id") ON DELETE RESTRICT,
    "user_id" UUID REFERENCES "users" ("id") ON DELETE RESTRICT
);
CREATE INDEX "events_cursor" ON "events" ("epoch", "transaction_id", "position");
CREATE INDEX "events_of_entry" ON "events" ("entry_id");
CREATE INDEX "events_of_object" ON "events" ("object_id");
COMMENT ON COLUMN "events"."kind" IS 'SIGNED_IN: SIGNED_IN\nSIGN_IN_REFUSED: SIGN_IN_REFUSED\nSIGNED_OUT: SIGNED_OUT\nORGANIZATION_CREATED: ORGANIZATION_CREATED\nCONTRACT_CREATED: CONTRACT_CREATED\nUSER_CREATED: USER_CREATED\nOBJECT_CREATED: OBJECT_CREATED\nASSIGNED: ASSIGNED\nJOURNAL_OPENED: JOURNAL_OPENED\nJOURNAL_ARCHIVED: JOURNAL_ARCHIVED\nENTRY_RECORDED: ENTRY_RECORDED\nENTRY_REVISED: ENTRY_REVISED\nENTRY_DECLINED: ENTRY_DECLINED\nENTRY_COMPLETED: ENTRY_COMPLETED\nSIGNATURE_MADE: SIGNATURE_MADE\nSIGNATURE_SUPERSEDED: SIGNATURE_SUPERSEDED\nPIN_REFUSED: PIN_REFUSED\nAGREEMENT_ACCEPTED: AGREEMENT_ACCEPTED\nCERTIFICATE_REQUESTED: CERTIFICATE_REQUESTED\nCERTIFICATE_REQUEST_REJECTED: CERTIFICATE_REQUEST_REJECTED\nCERTIFICATE_ISSUE_REFUSED: CERTIFICATE_ISSUE_REFUSED\nCERTIFICATE_ISSUED: CERTIFICATE_ISSUED\nJOURNAL_PRINTED: JOURNAL_PRINTED';
COMMENT ON TABLE "events" IS 'An immutable fact, written in the transaction of the deed. (`epoch`, `transaction_id`, `position`) is its cursor.';
-- Create model Notification
CREATE TABLE "notifications" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "read_at" TIMESTAMPTZ,
    "event_id" UUID NOT NULL REFERENCES "events" ("id") ON DELETE RESTRICT,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT
);
CREATE INDEX "notifications_of_user" ON "notifications" ("user_id", "id");
COMMENT ON TABLE "notifications" IS 'An event that one person should hear of.';
-- Add field current_revision to Entry
ALTER TABLE "entries" ADD COLUMN "current_revision_id" UUID NOT NULL REFERENCES "revisions" ("id") ON DELETE RESTRICT;
-- Add field current_version to JournalType
ALTER TABLE "journal_types" ADD COLUMN "current_version_id" UUID NOT NULL REFERENCES "journal_type_versions" ("id") ON DELETE RESTRICT;
-- Add constraint to Organization
CREATE UNIQUE INDEX "one_owner" ON "organizations" ("kind") WHERE kind = 'OWNER';
-- Add constraint to Contract
ALTER TABLE "contracts" ADD CONSTRAINT "contract_number" UNIQUE ("operator_id", "number");
-- Add constraint to Contract
ALTER TABLE "contracts" ADD CONSTRAINT "contract_term" CHECK (ends_on is null or ends_on >= starts_on);
-- Add constraint to User
ALTER TABLE "users" ADD CONSTRAINT "user_email_lower" CHECK (email = lower(email));
-- Add constraint to JournalTypeVersion
ALTER TABLE "journal_type_versions" ADD CONSTRAINT "journal_type_version_number" UNIQUE ("type_id", "number");
-- Add constraint to AgreementAcceptance
ALTER TABLE "agreement_acceptances" ADD CONSTRAINT "agreement_accepted_once" UNIQUE ("agreement_id", "user_id", "on_behalf_of");
-- Add constraint to SigningKey
ALTER TABLE "signing_keys" ADD CONSTRAINT "signing_key_custody" CHECK ((custody = 'SERVER') = (sealed is not null));
-- Add constraint to Assignment
ALTER TABLE "assignments" ADD CONSTRAINT "assignment_term" CHECK (valid_to is null or valid_to > valid_from);
-- Add constraint to CertificateRequest
ALTER TABLE "certificate_requests" ADD CONSTRAINT "request_decided_by_another" CHECK (decided_by_id is null or decided_by_id <> user_id);
-- Add constraint to CertificateRequest
ALTER TABLE "certificate_requests" ADD CONSTRAINT "request_identified" CHECK (status <> 'ISSUED' or (decided_by_id is not null and identification_method is not null));
-- Add constraint to CertificateRequest
CREATE UNIQUE INDEX "one_open_request" ON "certificate_requests" ("user_id") WHERE status in ('SUBMITTED', 'ON_HOLD');
-- Add constraint to Journal
CREATE UNIQUE INDEX "one_active_journal" ON "journals" ("object_id", "type_id") WHERE status = 'ACTIVE';
-- Add constraint to Journal
ALTER TABLE "journals" ADD CONSTRAINT "journal_volume" UNIQUE ("object_id", "type_id", "volume");
-- Add constraint to Journal
ALTER TABLE "journals" ADD CONSTRAINT "journal_closed_at" CHECK ((status = 'ARCHIVED') = (closed_at is not null));
-- Add constraint to Journal
ALTER TABLE "journals" ADD CONSTRAINT "journal_succession" CHECK ((volume = 1) = (previous_id is null) and (volume = 1) = (previous_digest is null));
-- Add constraint to Journal
ALTER TABLE "journals" ADD CONSTRAINT "journal_numbers" CHECK (last_number >= 0 and volume >= 1);
-- Add constraint to Certificate
ALTER TABLE "certificates" ADD CONSTRAINT "certificate_revoked_at" CHECK ((status = 'REVOKED') = (revoked_at is not null));
-- Add constraint to Certificate
ALTER TABLE "certificates" ADD CONSTRAINT "certificate_suspended_at" CHECK ((status = 'SUSPENDED') = (suspended_at is not null));
-- Add constraint to AssignmentType
ALTER TABLE "assignment_types" ADD CONSTRAINT "assignment_type_once" UNIQUE ("assignment_id", "type_id");
-- Add constraint to Entry
ALTER TABLE "entries" ADD CONSTRAINT "entry_number" UNIQUE ("journal_id", "number");
-- Add constraint to Entry
ALTER TABLE "entries" ADD CONSTRAINT "entry_client_id" UNIQUE ("author_id", "client_id");
-- Add constraint to Entry
ALTER TABLE "entries" ADD CONSTRAINT "entry_number_positive" CHECK (number >= 1);
-- Add constraint to Revision
ALTER TABLE "revisions" ADD CONSTRAINT "revision_number" UNIQUE ("entry_id", "number");
-- Add constraint to Revision
ALTER TABLE "revisions" ADD CONSTRAINT "revision_values_in_payload" CHECK (convert_from(payload, 'UTF8')::jsonb -> 'values' = "values");
-- Add constraint to Revision
ALTER TABLE "revisions" ADD CONSTRAINT "revision_digest" CHECK (digest = encode(sha256(payload), 'hex'));
-- Add constraint to Revision
ALTER TABLE "revisions" ADD CONSTRAINT "revision_chain" CHECK ((number = 1) = (previous_digest is null));
-- Add constraint to Revision
ALTER TABLE "revisions" ADD CONSTRAINT "revision_reason" CHECK (number = 1 or reason is not null);
-- Add constraint to Revision
ALTER TABLE "revisions" ADD CONSTRAINT "revision_not_from_the_future" CHECK (performed_at <= recorded_at);
-- Add constraint to Slot
ALTER TABLE "slots" ADD CONSTRAINT "one_slot_a_person" UNIQUE ("revision_id", "decided_by_id");
-- Add constraint to Slot
ALTER TABLE "slots" ADD CONSTRAINT "slot_decided" CHECK ((status in ('SIGNED', 'DECLINED')) = (decided_by_id is not null));
-- Add constraint to Slot
ALTER TABLE "slots" ADD CONSTRAINT "slot_reason" CHECK ((status = 'DECLINED') = (declined_reason is not null));
-- Add constraint to Signature
ALTER TABLE "signatures" ADD CONSTRAINT "one_signature_a_person" UNIQUE ("revision_id", "user_id");
-- Add constraint to Notification
ALTER TABLE "notifications" ADD CONSTRAINT "notified_once" UNIQUE ("user_id", "event_id");
