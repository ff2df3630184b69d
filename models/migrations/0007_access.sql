-- Create model AccountLink
CREATE TABLE "account_links" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "kind" VARCHAR(24) NOT NULL,
    "token_digest" VARCHAR(64)  UNIQUE,
    "created_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ NOT NULL,
    "sent_at" TIMESTAMPTZ,
    "used_at" TIMESTAMPTZ,
    "withdrawn_at" TIMESTAMPTZ,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT
);
CREATE INDEX "account_links_of_user" ON "account_links" ("user_id", "kind");
COMMENT ON COLUMN "account_links"."kind" IS 'INVITATION: INVITATION\nPASSWORD_RESET: PASSWORD_RESET';
COMMENT ON TABLE "account_links" IS 'A link sent by mail that lets somebody set their password: an invitation or a reset. Its secret is kept as its';
-- Create model Challenge
CREATE TABLE "challenges" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "kind" VARCHAR(24) NOT NULL,
    "challenge" BYTEA NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ NOT NULL,
    "used_at" TIMESTAMPTZ,
    "session_id" UUID REFERENCES "sessions" ("id") ON DELETE RESTRICT,
    "user_id" UUID REFERENCES "users" ("id") ON DELETE RESTRICT
);
CREATE INDEX "challenges_by_end" ON "challenges" ("expires_at");
COMMENT ON COLUMN "challenges"."kind" IS 'SIGN_IN: SIGN_IN\nSECOND_STEP: SECOND_STEP\nREGISTRATION: REGISTRATION\nCONFIRMATION: CONFIRMATION';
COMMENT ON TABLE "challenges" IS 'A ceremony that has begun: what an authenticator is asked to sign, or a second factor that a sign-in still';
-- Create model FailedTries
CREATE TABLE "failed_tries" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "key" VARCHAR(200) NOT NULL UNIQUE,
    "failures" INT NOT NULL,
    "last_at" TIMESTAMPTZ NOT NULL,
    "locked_until" TIMESTAMPTZ
);
CREATE INDEX "failed_tries_by_last" ON "failed_tries" ("last_at");
COMMENT ON TABLE "failed_tries" IS 'The failures counted under one key (an account from one network, a known device, an account''s second factor)';
-- Create model KnownDevice
CREATE TABLE "known_devices" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "token_digest" VARCHAR(64) NOT NULL UNIQUE,
    "created_at" TIMESTAMPTZ NOT NULL,
    "last_used_at" TIMESTAMPTZ NOT NULL,
    "expires_at" TIMESTAMPTZ NOT NULL,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT
);
CREATE INDEX "known_devices_of_user" ON "known_devices" ("user_id");
COMMENT ON TABLE "known_devices" IS 'A client somebody has signed in from: its failures are counted apart, so that strangers'' tries cannot keep the';
-- Create model Passkey
CREATE TABLE "passkeys" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "name" VARCHAR(100) NOT NULL,
    "credential_id" VARCHAR(1400) NOT NULL UNIQUE,
    "public_key" BYTEA NOT NULL,
    "sign_count" BIGINT NOT NULL,
    "transports" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "last_used_at" TIMESTAMPTZ,
    "removed_at" TIMESTAMPTZ,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT
);
CREATE INDEX "passkeys_of_user" ON "passkeys" ("user_id");
COMMENT ON TABLE "passkeys" IS 'A public key credential (Web Authentication §4): what a person''s authenticator registered here.';
-- Create model RecoveryCode
CREATE TABLE "recovery_codes" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "digest" VARCHAR(64) NOT NULL UNIQUE,
    "created_at" TIMESTAMPTZ NOT NULL,
    "used_at" TIMESTAMPTZ,
    "withdrawn_at" TIMESTAMPTZ,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT
);
CREATE INDEX "recovery_codes_of_user" ON "recovery_codes" ("user_id");
COMMENT ON TABLE "recovery_codes" IS 'One of the codes that replace a lost second factor, each once. Kept as a keyed digest (HMAC-SHA-256) only.';
-- Create model ServiceAccount
CREATE TABLE "service_accounts" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "name" VARCHAR(100) NOT NULL,
    "scopes" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "revoked_at" TIMESTAMPTZ,
    "created_by_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT,
    "organization_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT
);
CREATE INDEX "service_accounts_of_organization" ON "service_accounts" ("organization_id");
COMMENT ON TABLE "service_accounts" IS 'A partner''s system that reads what is its organisation''s, as far as `scopes` let it.';
-- Create model ServiceToken
CREATE TABLE "service_tokens" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "token_digest" VARCHAR(64) NOT NULL UNIQUE,
    "created_at" TIMESTAMPTZ NOT NULL,
    "ends_at" TIMESTAMPTZ NOT NULL,
    "last_used_at" TIMESTAMPTZ,
    "account_id" UUID NOT NULL REFERENCES "service_accounts" ("id") ON DELETE RESTRICT
);
CREATE INDEX "service_tokens_of_account" ON "service_tokens" ("account_id");
COMMENT ON TABLE "service_tokens" IS 'A secret of a service account, kept as its SHA-256 only. Rotation makes the next one; the former one works on';
-- Alter field kind on Event
COMMENT ON COLUMN "events"."kind" IS 'SIGNED_IN: SIGNED_IN\nSIGN_IN_REFUSED: SIGN_IN_REFUSED\nSIGNED_OUT: SIGNED_OUT\nSESSIONS_ENDED: SESSIONS_ENDED\nPASSWORD_RESET_REQUESTED: PASSWORD_RESET_REQUESTED\nPASSWORD_CHANGED: PASSWORD_CHANGED\nSECOND_FACTOR_ENROLLED: SECOND_FACTOR_ENROLLED\nSECOND_FACTOR_REMOVED: SECOND_FACTOR_REMOVED\nSECOND_FACTOR_REFUSED: SECOND_FACTOR_REFUSED\nRECOVERY_CODES_MADE: RECOVERY_CODES_MADE\nRECOVERY_CODE_USED: RECOVERY_CODE_USED\nPASSKEY_ADDED: PASSKEY_ADDED\nPASSKEY_REMOVED: PASSKEY_REMOVED\nIDENTITY_CONFIRMED: IDENTITY_CONFIRMED\nORGANIZATION_CREATED: ORGANIZATION_CREATED\nCONTRACT_CREATED: CONTRACT_CREATED\nUSER_CREATED: USER_CREATED\nUSER_CHANGED: USER_CHANGED\nUSER_INVITED: USER_INVITED\nINVITATION_ACCEPTED: INVITATION_ACCEPTED\nINVITATION_WITHDRAWN: INVITATION_WITHDRAWN\nUSER_ROLE_CHANGED: USER_ROLE_CHANGED\nUSER_TRANSFERRED: USER_TRANSFERRED\nDUTIES_HANDED_OVER: DUTIES_HANDED_OVER\nUSER_DEACTIVATED: USER_DEACTIVATED\nUSER_REACTIVATED: USER_REACTIVATED\nSERVICE_ACCOUNT_CREATED: SERVICE_ACCOUNT_CREATED\nSERVICE_ACCOUNT_CHANGED: SERVICE_ACCOUNT_CHANGED\nSERVICE_ACCOUNT_REVOKED: SERVICE_ACCOUNT_REVOKED\nSERVICE_TOKEN_ISSUED: SERVICE_TOKEN_ISSUED\nOBJECT_CREATED: OBJECT_CREATED\nOBJECT_CHANGED: OBJECT_CHANGED\nOBJECT_MOVED: OBJECT_MOVED\nOBJECT_MERGED: OBJECT_MERGED\nOBJECT_CLOSED: OBJECT_CLOSED\nOBJECT_REOPENED: OBJECT_REOPENED\nOBJECTS_IMPORTED: OBJECTS_IMPORTED\nSYSTEM_ADDED: SYSTEM_ADDED\nSYSTEM_CHANGED: SYSTEM_CHANGED\nSYSTEM_REMOVED: SYSTEM_REMOVED\nASSIGNED: ASSIGNED\nASSIGNMENT_ENDED: ASSIGNMENT_ENDED\nABSENCE_PLANNED: ABSENCE_PLANNED\nABSENCE_CANCELLED: ABSENCE_CANCELLED\nJOURNAL_TYPE_CREATED: JOURNAL_TYPE_CREATED\nJOURNAL_TYPE_REVISED: JOURNAL_TYPE_REVISED\nJOURNAL_TYPE_PUBLISHED: JOURNAL_TYPE_PUBLISHED\nREFERENCE_LIST_SAVED: REFERENCE_LIST_SAVED\nJOURNAL_OPENED: JOURNAL_OPENED\nJOURNAL_ARCHIVED: JOURNAL_ARCHIVED\nENTRY_RECORDED: ENTRY_RECORDED\nENTRY_REVISED: ENTRY_REVISED\nENTRY_DECLINED: ENTRY_DECLINED\nENTRY_COMPLETED: ENTRY_COMPLETED\nENTRY_COMMENTED: ENTRY_COMMENTED\nANNULMENT_PROPOSED: ANNULMENT_PROPOSED\nANNULMENT_DECLINED: ANNULMENT_DECLINED\nENTRY_ANNULLED: E';
-- Add field address to Session
ALTER TABLE "sessions" ADD COLUMN "address" VARCHAR(45);
-- Add field client to Session
ALTER TABLE "sessions" ADD COLUMN "client" VARCHAR(200);
-- Add field confirmed_at to Session
ALTER TABLE "sessions" ADD COLUMN "confirmed_at" TIMESTAMPTZ;
-- Add field second_factor to Session
ALTER TABLE "sessions" ADD COLUMN "second_factor" VARCHAR(16);
-- Add constraint to ServiceToken
ALTER TABLE "service_tokens" ADD CONSTRAINT "service_token_term" CHECK (ends_at >= created_at);
-- Remove field locked_until from User
ALTER TABLE "users" DROP COLUMN "locked_until" CASCADE;
-- Add field totp_confirmed_at to User
ALTER TABLE "users" ADD COLUMN "totp_confirmed_at" TIMESTAMPTZ;
-- Alter field password_hash on User
ALTER TABLE "users" ALTER COLUMN "password_hash" DROP NOT NULL;
-- Add field totp_last_step to User
ALTER TABLE "users" ADD COLUMN "totp_last_step" BIGINT;
-- Add field totp_secret to User
ALTER TABLE "users" ADD COLUMN "totp_secret" BYTEA;
-- Remove field failed_sign_ins from User
ALTER TABLE "users" DROP COLUMN "failed_sign_ins" CASCADE;
-- Alter field role on User
COMMENT ON COLUMN "users"."role" IS 'SUPERADMIN: SUPERADMIN\nOPERATOR_ADMIN: OPERATOR_ADMIN\nOPERATOR_EMPLOYEE: OPERATOR_EMPLOYEE\nSUBSCRIBER_ADMIN: SUBSCRIBER_ADMIN\nSUBSCRIBER_EMPLOYEE: SUBSCRIBER_EMPLOYEE\nPARTNER: PARTNER';
-- Add index to Session
CREATE INDEX "sessions_of_user" ON "sessions" ("user_id", "created_at");
-- Add index to Notification
CREATE INDEX "notifications_of_event" ON "notifications" ("event_id");
