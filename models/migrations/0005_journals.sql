-- Create model Absence
CREATE TABLE "absences" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "starts_at" TIMESTAMPTZ NOT NULL,
    "ends_at" TIMESTAMPTZ NOT NULL,
    "basis" VARCHAR(300) NOT NULL,
    "cancelled_at" TIMESTAMPTZ,
    "created_at" TIMESTAMPTZ NOT NULL,
    "organization_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "person_id" UUID NOT NULL REFERENCES "people" ("id") ON DELETE RESTRICT,
    "substitute_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT,
    "substitute_person_id" UUID NOT NULL REFERENCES "people" ("id") ON DELETE RESTRICT,
    "user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT
);
CREATE INDEX "absences_of_user" ON "absences" ("user_id");
COMMENT ON TABLE "absences" IS 'A planned absence: while it lasts `substitute` holds, by `basis`, the duties that `user` has on objects. Their';
-- Create model Attachment
CREATE TABLE "attachments" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "name" VARCHAR(255) NOT NULL,
    "media_type" VARCHAR(100) NOT NULL,
    "size" BIGINT NOT NULL,
    "digest" VARCHAR(64) NOT NULL,
    "storage_key" VARCHAR(200) NOT NULL UNIQUE,
    "location_removed" BOOL NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "organization_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "uploader_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT
);
CREATE INDEX "attachments_of_uploader" ON "attachments" ("uploader_id", "created_at");
COMMENT ON TABLE "attachments" IS 'A received file. Its octets lie in the file storage under `storage_key`; until a revision or a draft holds it, it';
-- Create model Comment
CREATE TABLE "comments" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "revision_number" INT NOT NULL,
    "text" VARCHAR(4000) NOT NULL,
    "client_id" VARCHAR(100),
    "created_at" TIMESTAMPTZ NOT NULL,
    "author_id" UUID NOT NULL REFERENCES "people" ("id") ON DELETE RESTRICT,
    "author_user_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT,
    "entry_id" UUID NOT NULL REFERENCES "entries" ("id") ON DELETE RESTRICT,
    "object_id" UUID NOT NULL REFERENCES "objects" ("id") ON DELETE RESTRICT,
    "operator_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "subscriber_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "type_id" UUID NOT NULL REFERENCES "journal_types" ("id") ON DELETE RESTRICT
);
CREATE INDEX "comments_of_entry" ON "comments" ("entry_id", "id");
COMMENT ON TABLE "comments" IS 'A remark about an entry. It is no part of what is signed and touches no signature.';
-- Create model Draft
CREATE TABLE "drafts" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "values" JSONB NOT NULL,
    "performed_at" TIMESTAMPTZ,
    "client_id" VARCHAR(100),
    "request_digest" VARCHAR(64) NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "updated_at" TIMESTAMPTZ NOT NULL,
    "author_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT,
    "entry_id" UUID REFERENCES "entries" ("id") ON DELETE RESTRICT,
    "journal_id" UUID NOT NULL REFERENCES "journals" ("id") ON DELETE RESTRICT,
    "object_id" UUID NOT NULL REFERENCES "objects" ("id") ON DELETE RESTRICT,
    "operator_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "subscriber_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "type_id" UUID NOT NULL REFERENCES "journal_types" ("id") ON DELETE RESTRICT
);
CREATE INDEX "drafts_of_author" ON "drafts" ("author_id", "id");
COMMENT ON TABLE "drafts" IS 'An unfinished entry, its author''s alone: no number, no event. Once submitted it points at its entry, so that a';
-- Create model DraftAttachment
CREATE TABLE "draft_attachments" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "position" INT NOT NULL,
    "attachment_id" UUID NOT NULL REFERENCES "attachments" ("id") ON DELETE RESTRICT,
    "draft_id" UUID NOT NULL REFERENCES "drafts" ("id") ON DELETE CASCADE
);
CREATE INDEX "drafts_with_attachment" ON "draft_attachments" ("attachment_id");
COMMENT ON TABLE "draft_attachments" IS 'A draft holds a file.';
-- Create model ObjectImport
CREATE TABLE "object_imports" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "file_name" VARCHAR(255) NOT NULL,
    "digest" VARCHAR(64) NOT NULL,
    "status" VARCHAR(16) NOT NULL,
    "total" INT NOT NULL,
    "faulty" INT NOT NULL,
    "applied" INT NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL,
    "finished_at" TIMESTAMPTZ,
    "author_id" UUID NOT NULL REFERENCES "users" ("id") ON DELETE RESTRICT,
    "contract_id" UUID NOT NULL REFERENCES "contracts" ("id") ON DELETE RESTRICT,
    "operator_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "subscriber_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT
);
CREATE INDEX "imports_of_operator" ON "object_imports" ("operator_id", "created_at");
COMMENT ON COLUMN "object_imports"."status" IS 'STAGED: STAGED\nAPPLYING: APPLYING\nDONE: DONE';
COMMENT ON TABLE "object_imports" IS 'A sheet of objects for one contract. Staged, it is its own dry run: every row has been judged.';
-- Create model ObjectImportRow
CREATE TABLE "object_import_rows" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "number" INT NOT NULL,
    "status" VARCHAR(16) NOT NULL,
    "given" JSONB NOT NULL,
    "problems" JSONB NOT NULL,
    "object_id" UUID REFERENCES "objects" ("id") ON DELETE RESTRICT,
    "of_id" UUID NOT NULL REFERENCES "object_imports" ("id") ON DELETE RESTRICT
);
CREATE INDEX "rows_of_import" ON "object_import_rows" ("of_id", "status", "number");
COMMENT ON COLUMN "object_import_rows"."status" IS 'READY: READY\nFAULTY: FAULTY\nAPPLIED: APPLIED';
COMMENT ON TABLE "object_import_rows" IS 'One row of the sheet: what it says, what is wrong with it, which object came of it. `problems` are `{field,';
-- Create model ObjectSuccession
CREATE TABLE "object_successions" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "kind" VARCHAR(16) NOT NULL,
    "direct" BOOL NOT NULL,
    "shares_history" BOOL NOT NULL,
    "happened_at" TIMESTAMPTZ NOT NULL,
    "former_id" UUID NOT NULL REFERENCES "objects" ("id") ON DELETE RESTRICT,
    "operator_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "subscriber_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "successor_id" UUID NOT NULL REFERENCES "objects" ("id") ON DELETE RESTRICT
);
CREATE INDEX "successions_to" ON "object_successions" ("successor_id");
COMMENT ON COLUMN "object_successions"."kind" IS 'MOVED: MOVED\nMERGED: MERGED';
COMMENT ON TABLE "object_successions" IS '`successor` stands for `former` since then. With `shares_history` whoever sees the successor sees what was';
-- Create model ReferenceList
CREATE TABLE "reference_lists" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "code" VARCHAR(40) NOT NULL UNIQUE,
    "name_ru" VARCHAR(300) NOT NULL,
    "name_en" VARCHAR(300) NOT NULL,
    "items" JSONB NOT NULL,
    "created_at" TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE "reference_lists" IS 'Choices that columns take from: `items` are `{key, ru, en}` in their order. Versions of journal types keep a';
-- Create model RevisionAttachment
CREATE TABLE "revision_attachments" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "position" INT NOT NULL,
    "attachment_id" UUID NOT NULL REFERENCES "attachments" ("id") ON DELETE RESTRICT,
    "entry_id" UUID NOT NULL REFERENCES "entries" ("id") ON DELETE RESTRICT,
    "object_id" UUID NOT NULL REFERENCES "objects" ("id") ON DELETE RESTRICT,
    "operator_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "revision_id" UUID NOT NULL REFERENCES "revisions" ("id") ON DELETE RESTRICT,
    "subscriber_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "type_id" UUID NOT NULL REFERENCES "journal_types" ("id") ON DELETE RESTRICT
);
CREATE INDEX "holders_of_attachment" ON "revision_attachments" ("attachment_id");
CREATE INDEX "attachments_of_entry" ON "revision_attachments" ("entry_id");
COMMENT ON TABLE "revision_attachments" IS 'A revision holds a file: its name, size and digest stand in the signed bytes.';
-- Create model System
CREATE TABLE "systems" (
    "id" UUID NOT NULL  PRIMARY KEY,
    "kind" VARCHAR(40) NOT NULL,
    "name" VARCHAR(300) NOT NULL,
    "model" VARCHAR(200),
    "serial" VARCHAR(100),
    "place" VARCHAR(300),
    "commissioned_on" DATE,
    "removed_at" TIMESTAMPTZ,
    "created_at" TIMESTAMPTZ NOT NULL,
    "object_id" UUID NOT NULL REFERENCES "objects" ("id") ON DELETE RESTRICT,
    "operator_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT,
    "subscriber_id" UUID NOT NULL REFERENCES "organizations" ("id") ON DELETE RESTRICT
);
CREATE INDEX "systems_of_object" ON "systems" ("object_id", "kind");
COMMENT ON TABLE "systems" IS 'A fire-safety, security or engineering system installed on an object: a line of its passport. `kind` is a key of';
-- Remove constraint from Assignment
ALTER TABLE "assignments" DROP CONSTRAINT "assignment_term";
-- Add field absence to Assignment
ALTER TABLE "assignments" ADD COLUMN "absence_id" UUID REFERENCES "absences" ("id") ON DELETE RESTRICT;
-- Add field substitutes to Assignment
ALTER TABLE "assignments" ADD COLUMN "substitutes_id" UUID REFERENCES "assignments" ("id") ON DELETE RESTRICT;
-- Add index to Assignment
CREATE INDEX "substitutions_of_assignment" ON "assignments" ("substitutes_id");
-- Add constraint to Assignment
ALTER TABLE "assignments" ADD CONSTRAINT "assignment_term" CHECK (valid_to is null or valid_to >= valid_from);
-- Add constraint to Assignment
ALTER TABLE "assignments" ADD CONSTRAINT "assignment_substitution" CHECK ((absence_id is null) = (substitutes_id is null));
-- Add field shares_history to Contract
ALTER TABLE "contracts" ADD COLUMN "shares_history" BOOL;
-- Run SQL
update contracts set shares_history = false;
-- Alter field shares_history on Contract
ALTER TABLE "contracts" ALTER COLUMN "shares_history" SET NOT NULL;
-- Add field record_revision to Entry
ALTER TABLE "entries" ADD COLUMN "record_revision_id" UUID REFERENCES "revisions" ("id") ON DELETE RESTRICT;
-- Run SQL
update entries set record_revision_id = current_revision_id;
-- Alter field record_revision on Entry
ALTER TABLE "entries" ALTER COLUMN "record_revision_id" SET NOT NULL;
-- Remove index from Event
DROP INDEX "events_of_object";
-- Alter field kind on Event
COMMENT ON COLUMN "events"."kind" IS 'SIGNED_IN: SIGNED_IN\nSIGN_IN_REFUSED: SIGN_IN_REFUSED\nSIGNED_OUT: SIGNED_OUT\nORGANIZATION_CREATED: ORGANIZATION_CREATED\nCONTRACT_CREATED: CONTRACT_CREATED\nUSER_CREATED: USER_CREATED\nUSER_DEACTIVATED: USER_DEACTIVATED\nOBJECT_CREATED: OBJECT_CREATED\nOBJECT_CHANGED: OBJECT_CHANGED\nOBJECT_MOVED: OBJECT_MOVED\nOBJECT_MERGED: OBJECT_MERGED\nOBJECT_CLOSED: OBJECT_CLOSED\nOBJECT_REOPENED: OBJECT_REOPENED\nOBJECTS_IMPORTED: OBJECTS_IMPORTED\nSYSTEM_ADDED: SYSTEM_ADDED\nSYSTEM_CHANGED: SYSTEM_CHANGED\nSYSTEM_REMOVED: SYSTEM_REMOVED\nASSIGNED: ASSIGNED\nASSIGNMENT_ENDED: ASSIGNMENT_ENDED\nABSENCE_PLANNED: ABSENCE_PLANNED\nABSENCE_CANCELLED: ABSENCE_CANCELLED\nJOURNAL_TYPE_CREATED: JOURNAL_TYPE_CREATED\nJOURNAL_TYPE_REVISED: JOURNAL_TYPE_REVISED\nJOURNAL_TYPE_PUBLISHED: JOURNAL_TYPE_PUBLISHED\nREFERENCE_LIST_SAVED: REFERENCE_LIST_SAVED\nJOURNAL_OPENED: JOURNAL_OPENED\nJOURNAL_ARCHIVED: JOURNAL_ARCHIVED\nENTRY_RECORDED: ENTRY_RECORDED\nENTRY_REVISED: ENTRY_REVISED\nENTRY_DECLINED: ENTRY_DECLINED\nENTRY_COMPLETED: ENTRY_COMPLETED\nENTRY_COMMENTED: ENTRY_COMMENTED\nANNULMENT_PROPOSED: ANNULMENT_PROPOSED\nANNULMENT_DECLINED: ANNULMENT_DECLINED\nENTRY_ANNULLED: ENTRY_ANNULLED\nSLOT_OVERDUE: SLOT_OVERDUE\nSLOTS_UNFILLABLE: SLOTS_UNFILLABLE\nSIGNATURE_MADE: SIGNATURE_MADE\nSIGNATURE_SUPERSEDED: SIGNATURE_SUPERSEDED\nPIN_REFUSED: PIN_REFUSED\nAGREEMENT_PUBLISHED: AGREEMENT_PUBLISHED\nAGREEMENT_ACCEPTED: AGREEMENT_ACCEPTED\nPIN_CHANGED: PIN_CHANGED\nSIGNATURE_TIME_STAMPED: SIGNATURE_TIME_STAMPED\nCERTIFICATE_REQUESTED: CERTIFICATE_REQUESTED\nREVOCATION_REQUESTED: REVOCATION_REQUESTED\nREQUESTER_IDENTIFIED: REQUESTER_IDENTIFIED\nCERTIFICATE_REQUEST_HELD: CERTIFICATE_REQUEST_HELD\nCERTIFICATE_REQUEST_REJECTED: CERTIFICATE_REQUEST_REJECTED\nCERTIFICATE_REQUEST_CANCELLED: CERTIFICATE_REQUEST_CANCELLED\nCERTIFICATE_REQUEST_EXPIRED: CERTIFICATE_REQUEST_EXPIRED\nCERTIFICATE_ISSUE_REFUSED: CERTIFICATE_ISSUE_REFUSED\nCERTIFICATE_ISSUED: CERTIFICATE_ISSUED\nCERTIFICATE_SUSPENDED: CERTIFICATE_SUSPENDED\nCERTIFICATE_RELEASED: CERTIFICATE_RELEASED\nCERTIFICATE_REVOKED: CERTIFICATE_REVOKED\nCE';
-- Add index to Event
CREATE INDEX "events_of_object" ON "events" ("object_id", "epoch", "transaction_id", "position");
-- Add index to Event
CREATE INDEX "events_of_journal" ON "events" ("journal_id", "epoch", "transaction_id", "position");
-- Alter field code on JournalType
ALTER TABLE "journal_types" DROP CONSTRAINT "journal_types_code_key";
-- Add field derived_from to JournalType
ALTER TABLE "journal_types" ADD COLUMN "derived_from_id" UUID REFERENCES "journal_types" ("id") ON DELETE RESTRICT;
-- Add field draft to JournalType
ALTER TABLE "journal_types" ADD COLUMN "draft" BOOL;
-- Run SQL
update journal_types set draft = false;
-- Alter field draft on JournalType
ALTER TABLE "journal_types" ALTER COLUMN "draft" SET NOT NULL;
-- Add field operator to JournalType
ALTER TABLE "journal_types" ADD COLUMN "operator_id" UUID REFERENCES "organizations" ("id") ON DELETE RESTRICT;
-- Add constraint to JournalType
CREATE UNIQUE INDEX "journal_type_code" ON "journal_types" ("code") WHERE operator_id is null;
-- Add constraint to JournalType
CREATE UNIQUE INDEX "journal_type_code_of_operator" ON "journal_types" ("operator_id", "code") WHERE operator_id is not null;
-- Add field approval_order to JournalTypeVersion
ALTER TABLE "journal_type_versions" ADD COLUMN "approval_order" VARCHAR(300);
-- Add field record_within_hours to JournalTypeVersion
ALTER TABLE "journal_type_versions" ADD COLUMN "record_within_hours" INT;
-- Run SQL
alter table journal_type_versions disable trigger immutable;
update journal_type_versions set record_within_hours = 24;
alter table journal_type_versions enable trigger immutable;
-- Alter field record_within_hours on JournalTypeVersion
ALTER TABLE "journal_type_versions" ALTER COLUMN "record_within_hours" SET NOT NULL;
-- Add field volume_entries to JournalTypeVersion
ALTER TABLE "journal_type_versions" ADD COLUMN "volume_entries" INT;
-- Add field volume_period to JournalTypeVersion
ALTER TABLE "journal_type_versions" ADD COLUMN "volume_period" VARCHAR(16);
-- Add constraint to JournalTypeVersion
ALTER TABLE "journal_type_versions" ADD CONSTRAINT "journal_type_version_limits" CHECK (record_within_hours >= 0 and (volume_entries is null or volume_entries >= 1));
-- Alter field person on ClosingRecord
ALTER TABLE "closing_records" ALTER COLUMN "person_id" DROP NOT NULL;
-- Add field close_reason to ServiceObject
ALTER TABLE "objects" ADD COLUMN "close_reason" VARCHAR(1000);
-- Add field closed_at to ServiceObject
ALTER TABLE "objects" ADD COLUMN "closed_at" TIMESTAMPTZ;
-- Add field contacts to ServiceObject
ALTER TABLE "objects" ADD COLUMN "contacts" JSONB;
-- Run SQL
update objects set contacts = '[]';
-- Alter field contacts on ServiceObject
ALTER TABLE "objects" ALTER COLUMN "contacts" SET NOT NULL;
-- Add field external_id to ServiceObject
ALTER TABLE "objects" ADD COLUMN "external_id" VARCHAR(100);
-- Add constraint to ServiceObject
CREATE UNIQUE INDEX "object_external_id" ON "objects" ("contract_id", "external_id") WHERE closed_at is null;
-- Add constraint to ServiceObject
ALTER TABLE "objects" ADD CONSTRAINT "object_closed" CHECK ((closed_at is null) = (close_reason is null));
-- Add field overdue_told_at to Slot
ALTER TABLE "slots" ADD COLUMN "overdue_told_at" TIMESTAMPTZ;
-- Add field unfillable_told_at to Slot
ALTER TABLE "slots" ADD COLUMN "unfillable_told_at" TIMESTAMPTZ;
-- Add index to Slot
CREATE INDEX "slots_open_by_deadline" ON "slots" ("deadline") WHERE status = 'OPEN';
-- Add constraint to Absence
ALTER TABLE "absences" ADD CONSTRAINT "absence_term" CHECK (ends_at > starts_at);
-- Add constraint to Absence
ALTER TABLE "absences" ADD CONSTRAINT "absence_substitute" CHECK (user_id <> substitute_id);
-- Add constraint to Attachment
ALTER TABLE "attachments" ADD CONSTRAINT "attachment_size" CHECK (size >= 0);
-- Add constraint to Comment
ALTER TABLE "comments" ADD CONSTRAINT "comment_client_id" UNIQUE ("author_user_id", "client_id");
-- Add constraint to Draft
ALTER TABLE "drafts" ADD CONSTRAINT "draft_client_id" UNIQUE ("author_id", "client_id");
-- Add constraint to DraftAttachment
ALTER TABLE "draft_attachments" ADD CONSTRAINT "draft_attachment_position" UNIQUE ("draft_id", "position");
-- Add constraint to DraftAttachment
ALTER TABLE "draft_attachments" ADD CONSTRAINT "draft_attachment_once" UNIQUE ("draft_id", "attachment_id");
-- Add constraint to ObjectImport
ALTER TABLE "object_imports" ADD CONSTRAINT "object_import_counts" CHECK (applied + faulty <= total);
-- Add constraint to ObjectImportRow
ALTER TABLE "object_import_rows" ADD CONSTRAINT "object_import_row_number" UNIQUE ("of_id", "number");
-- Add constraint to ObjectImportRow
ALTER TABLE "object_import_rows" ADD CONSTRAINT "object_import_row_applied" CHECK ((status = 'APPLIED') = (object_id is not null));
-- Add constraint to ObjectSuccession
ALTER TABLE "object_successions" ADD CONSTRAINT "object_succession_once" UNIQUE ("former_id", "successor_id");
-- Add constraint to ObjectSuccession
CREATE UNIQUE INDEX "one_successor" ON "object_successions" ("former_id") WHERE direct;
-- Add constraint to ObjectSuccession
ALTER TABLE "object_successions" ADD CONSTRAINT "object_succession_other" CHECK (former_id <> successor_id);
-- Add constraint to RevisionAttachment
ALTER TABLE "revision_attachments" ADD CONSTRAINT "attachment_position" UNIQUE ("revision_id", "position");
-- Add constraint to RevisionAttachment
ALTER TABLE "revision_attachments" ADD CONSTRAINT "attachment_once" UNIQUE ("revision_id", "attachment_id");
-- Run SQL
alter table entries alter constraint entries_record_revision_id_fkey deferrable initially deferred;
-- Run SQL
create function search_words(given text) returns text language sql immutable parallel safe
return translate(
  lower(regexp_replace(given, '[!-/:-@[-`{-~«»„“”‘’№…–—‑·• ]', ' ', 'g')),
  'АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯё', 'абвгдеежзийклмнопрстуфхцчшщъыьэюяе'
);
create function search_query(given text) returns tsquery language sql immutable parallel safe
return (
  select string_agg(
    '(' || (plainto_tsquery('pg_catalog.russian', word) || to_tsquery('pg_catalog.simple', '''' || word || ''':*'))::text || ')',
    ' & '
  )::tsquery
  from regexp_split_to_table(search_words(left(given, 200)), '\s+') word
  where to_tsvector('pg_catalog.simple', word) <> ''
);
alter table objects add column search tsvector not null generated always as (
  to_tsvector('pg_catalog.russian', search_words(name || ' ' || address || ' ' || coalesce(external_id, '')))
  || to_tsvector('pg_catalog.simple', search_words(name || ' ' || address || ' ' || coalesce(external_id, '')))
) stored;
create index objects_by_words on objects using gin (search) with (fastupdate = off);
-- Run SQL
create trigger same_tenant before insert or update on systems for each row execute function same_tenant('objects', 'object_id');
create trigger same_tenant before insert or update on object_successions for each row execute function same_tenant('objects', 'successor_id');
create trigger same_tenant before insert or update on comments for each row execute function same_tenant('entries', 'entry_id');
create trigger same_tenant before insert or update on drafts for each row execute function same_tenant('journals', 'journal_id');
create trigger same_tenant before insert or update on revision_attachments for each row execute function same_tenant('revisions', 'revision_id');
create trigger same_tenant before insert or update on object_imports for each row execute function same_tenant('contracts', 'contract_id');
create trigger same_place before insert or update on comments for each row execute function same_place('entries', 'entry_id');
create trigger same_place before insert or update on drafts for each row execute function same_place('journals', 'journal_id');
create trigger same_place before insert or update on revision_attachments for each row execute function same_place('revisions', 'revision_id');
create trigger immutable before update or delete on comments for each row execute function refuse_change();
create trigger immutable before update or delete on revision_attachments for each row execute function refuse_change();
create trigger immutable before update or delete on object_successions for each row execute function refuse_change();
create trigger immutable_as_a_whole before truncate on comments for each statement execute function refuse_change();
create trigger immutable_as_a_whole before truncate on revision_attachments for each statement execute function refuse_change();
create trigger immutable_as_a_whole before truncate on object_successions for each statement execute function refuse_change();
create trigger immutable before update on attachments for each row execute function refuse_change();
