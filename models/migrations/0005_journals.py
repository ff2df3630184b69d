"""Journals and entries, whole: types as data, passports of objects, drafts, annulments, comments, files, imports."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from models.enums import EventKind, ImportRowStatus, ImportStatus, Succession, VolumePeriod
from models.keys import uuid7
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index, PartialIndex
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

TENANT_PARENTS = (
    ("systems", "objects", "object_id"),
    ("object_successions", "objects", "successor_id"),
    ("comments", "entries", "entry_id"),
    ("drafts", "journals", "journal_id"),
    ("revision_attachments", "revisions", "revision_id"),
    ("object_imports", "contracts", "contract_id"),
)

PLACE_PARENTS = (
    ("comments", "entries", "entry_id"),
    ("drafts", "journals", "journal_id"),
    ("revision_attachments", "revisions", "revision_id"),
)

IMMUTABLE = ("comments", "revision_attachments", "object_successions")


SEARCH_WORDS = """
create function search_words(given text) returns text language sql immutable parallel safe
return translate(
  lower(regexp_replace(given, '[!-/:-@[-`{-~«»„“”‘’№…–—‑·•\u00a0]', ' ', 'g')),
  'АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯё', 'абвгдеежзийклмнопрстуфхцчшщъыьэюяе'
)
"""

SEARCH_QUERY = """
create function search_query(given text) returns tsquery language sql immutable parallel safe
return (
  select string_agg(
    '(' || (plainto_tsquery('pg_catalog.russian', word) || to_tsquery('pg_catalog.simple', '''' || word || ''':*'))::text || ')',
    ' & '
  )::tsquery
  from regexp_split_to_table(search_words(left(given, 200)), '\\s+') word
  where to_tsvector('pg_catalog.simple', word) <> ''
)
"""

SEARCH_COLUMN = """
alter table objects add column search tsvector not null generated always as (
  to_tsvector('pg_catalog.russian', search_words(name || ' ' || address || ' ' || coalesce(external_id, '')))
  || to_tsvector('pg_catalog.simple', search_words(name || ' ' || address || ' ' || coalesce(external_id, '')))
) stored
"""


class Migration(migrations.Migration):
    dependencies = [('models', '0004_authority')]

    initial = False

    operations = [
        ops.CreateModel(
            name='Absence',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('models.User', source_field='user_id', db_constraint=True, to_field='id', related_name='absences', on_delete=OnDelete.RESTRICT)),
                ('substitute', fields.ForeignKeyField('models.User', source_field='substitute_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('organization', fields.ForeignKeyField('models.Organization', source_field='organization_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('person', fields.ForeignKeyField('models.Person', source_field='person_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('substitute_person', fields.ForeignKeyField('models.Person', source_field='substitute_person_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('starts_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('ends_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('basis', fields.CharField(max_length=300)),
                ('cancelled_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'absences', 'app': 'models', 'indexes': [Index(fields=['user_id'], name='absences_of_user')], 'pk_attr': 'id', 'table_description': 'A planned absence: while it lasts `substitute` holds, by `basis`, the duties that `user` has on objects. Their'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Attachment',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('uploader', fields.ForeignKeyField('models.User', source_field='uploader_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('organization', fields.ForeignKeyField('models.Organization', source_field='organization_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('name', fields.CharField(max_length=255)),
                ('media_type', fields.CharField(max_length=100)),
                ('size', fields.BigIntField()),
                ('digest', fields.CharField(max_length=64)),
                ('storage_key', fields.CharField(unique=True, max_length=200)),
                ('location_removed', fields.BooleanField()),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'attachments', 'app': 'models', 'indexes': [Index(fields=['uploader_id', 'created_at'], name='attachments_of_uploader')], 'pk_attr': 'id', 'table_description': 'A received file. Its octets lie in the file storage under `storage_key`; until a revision or a draft holds it, it'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Comment',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('entry', fields.ForeignKeyField('models.Entry', source_field='entry_id', db_constraint=True, to_field='id', related_name='comments', on_delete=OnDelete.RESTRICT)),
                ('object', fields.ForeignKeyField('models.ServiceObject', source_field='object_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('type', fields.ForeignKeyField('models.JournalType', source_field='type_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('operator', fields.ForeignKeyField('models.Organization', source_field='operator_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('subscriber', fields.ForeignKeyField('models.Organization', source_field='subscriber_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('author', fields.ForeignKeyField('models.Person', source_field='author_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('author_user', fields.ForeignKeyField('models.User', source_field='author_user_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('revision_number', fields.IntField()),
                ('text', fields.CharField(max_length=4000)),
                ('client_id', fields.CharField(null=True, max_length=100)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'comments', 'app': 'models', 'indexes': [Index(fields=['entry_id', 'id'], name='comments_of_entry')], 'pk_attr': 'id', 'table_description': 'A remark about an entry. It is no part of what is signed and touches no signature.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Draft',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('journal', fields.ForeignKeyField('models.Journal', source_field='journal_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('object', fields.ForeignKeyField('models.ServiceObject', source_field='object_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('type', fields.ForeignKeyField('models.JournalType', source_field='type_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('operator', fields.ForeignKeyField('models.Organization', source_field='operator_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('subscriber', fields.ForeignKeyField('models.Organization', source_field='subscriber_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('author', fields.ForeignKeyField('models.User', source_field='author_id', db_constraint=True, to_field='id', related_name='drafts', on_delete=OnDelete.RESTRICT)),
                ('values', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('performed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('client_id', fields.CharField(null=True, max_length=100)),
                ('request_digest', fields.CharField(max_length=64)),
                ('entry', fields.ForeignKeyField('models.Entry', source_field='entry_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('updated_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'drafts', 'app': 'models', 'indexes': [Index(fields=['author_id', 'id'], name='drafts_of_author')], 'pk_attr': 'id', 'table_description': "An unfinished entry, its author's alone: no number, no event. Once submitted it points at its entry, so that a"},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='DraftAttachment',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('draft', fields.ForeignKeyField('models.Draft', source_field='draft_id', db_constraint=True, to_field='id', related_name='attached', on_delete=OnDelete.CASCADE)),
                ('attachment', fields.ForeignKeyField('models.Attachment', source_field='attachment_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('position', fields.IntField()),
            ],
            options={'table': 'draft_attachments', 'app': 'models', 'indexes': [Index(fields=['attachment_id'], name='drafts_with_attachment')], 'pk_attr': 'id', 'table_description': 'A draft holds a file.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ObjectImport',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('operator', fields.ForeignKeyField('models.Organization', source_field='operator_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('subscriber', fields.ForeignKeyField('models.Organization', source_field='subscriber_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('contract', fields.ForeignKeyField('models.Contract', source_field='contract_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('author', fields.ForeignKeyField('models.User', source_field='author_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('file_name', fields.CharField(max_length=255)),
                ('digest', fields.CharField(max_length=64)),
                ('status', fields.CharEnumField(description='STAGED: STAGED\nAPPLYING: APPLYING\nDONE: DONE', enum_type=ImportStatus, max_length=16)),
                ('total', fields.IntField()),
                ('faulty', fields.IntField()),
                ('applied', fields.IntField(default=0)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('finished_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'object_imports', 'app': 'models', 'indexes': [Index(fields=['operator_id', 'created_at'], name='imports_of_operator')], 'pk_attr': 'id', 'table_description': 'A sheet of objects for one contract. Staged, it is its own dry run: every row has been judged.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ObjectImportRow',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('of', fields.ForeignKeyField('models.ObjectImport', source_field='of_id', db_constraint=True, to_field='id', related_name='rows', on_delete=OnDelete.RESTRICT)),
                ('number', fields.IntField()),
                ('status', fields.CharEnumField(description='READY: READY\nFAULTY: FAULTY\nAPPLIED: APPLIED', enum_type=ImportRowStatus, max_length=16)),
                ('given', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('problems', fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ('object', fields.ForeignKeyField('models.ServiceObject', source_field='object_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
            ],
            options={'table': 'object_import_rows', 'app': 'models', 'indexes': [Index(fields=['of_id', 'status', 'number'], name='rows_of_import')], 'pk_attr': 'id', 'table_description': 'One row of the sheet: what it says, what is wrong with it, which object came of it. `problems` are `{field,'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ObjectSuccession',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('former', fields.ForeignKeyField('models.ServiceObject', source_field='former_id', db_constraint=True, to_field='id', related_name='successions', on_delete=OnDelete.RESTRICT)),
                ('successor', fields.ForeignKeyField('models.ServiceObject', source_field='successor_id', db_constraint=True, to_field='id', related_name='predecessors', on_delete=OnDelete.RESTRICT)),
                ('operator', fields.ForeignKeyField('models.Organization', source_field='operator_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('subscriber', fields.ForeignKeyField('models.Organization', source_field='subscriber_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('kind', fields.CharEnumField(description='MOVED: MOVED\nMERGED: MERGED', enum_type=Succession, max_length=16)),
                ('direct', fields.BooleanField()),
                ('shares_history', fields.BooleanField()),
                ('happened_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'object_successions', 'app': 'models', 'indexes': [Index(fields=['successor_id'], name='successions_to')], 'pk_attr': 'id', 'table_description': '`successor` stands for `former` since then. With `shares_history` whoever sees the successor sees what was'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ReferenceList',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('code', fields.CharField(unique=True, max_length=40)),
                ('name_ru', fields.CharField(max_length=300)),
                ('name_en', fields.CharField(max_length=300)),
                ('items', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'reference_lists', 'app': 'models', 'pk_attr': 'id', 'table_description': 'Choices that columns take from: `items` are `{key, ru, en}` in their order. Versions of journal types keep a'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='RevisionAttachment',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('revision', fields.ForeignKeyField('models.Revision', source_field='revision_id', db_constraint=True, to_field='id', related_name='attached', on_delete=OnDelete.RESTRICT)),
                ('entry', fields.ForeignKeyField('models.Entry', source_field='entry_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('attachment', fields.ForeignKeyField('models.Attachment', source_field='attachment_id', db_constraint=True, to_field='id', related_name='holders', on_delete=OnDelete.RESTRICT)),
                ('object', fields.ForeignKeyField('models.ServiceObject', source_field='object_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('type', fields.ForeignKeyField('models.JournalType', source_field='type_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('operator', fields.ForeignKeyField('models.Organization', source_field='operator_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('subscriber', fields.ForeignKeyField('models.Organization', source_field='subscriber_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('position', fields.IntField()),
            ],
            options={'table': 'revision_attachments', 'app': 'models', 'indexes': [Index(fields=['attachment_id'], name='holders_of_attachment'), Index(fields=['entry_id'], name='attachments_of_entry')], 'pk_attr': 'id', 'table_description': 'A revision holds a file: its name, size and digest stand in the signed bytes.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='System',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('object', fields.ForeignKeyField('models.ServiceObject', source_field='object_id', db_constraint=True, to_field='id', related_name='systems', on_delete=OnDelete.RESTRICT)),
                ('operator', fields.ForeignKeyField('models.Organization', source_field='operator_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('subscriber', fields.ForeignKeyField('models.Organization', source_field='subscriber_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('kind', fields.CharField(max_length=40)),
                ('name', fields.CharField(max_length=300)),
                ('model', fields.CharField(null=True, max_length=200)),
                ('serial', fields.CharField(null=True, max_length=100)),
                ('place', fields.CharField(null=True, max_length=300)),
                ('commissioned_on', fields.DateField(null=True)),
                ('removed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'systems', 'app': 'models', 'indexes': [Index(fields=['object_id', 'kind'], name='systems_of_object')], 'pk_attr': 'id', 'table_description': 'A fire-safety, security or engineering system installed on an object: a line of its passport. `kind` is a key of'},
            bases=['Model'],
        ),
        ops.RemoveConstraint(
            model_name='Assignment',
            name='assignment_term',
            fields=None,
        ),
        ops.AddField(
            model_name='Assignment',
            name='absence',
            field=fields.ForeignKeyField('models.Absence', source_field='absence_id', null=True, db_constraint=True, to_field='id', related_name='assignments', on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='Assignment',
            name='substitutes',
            field=fields.ForeignKeyField('models.Assignment', source_field='substitutes_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddIndex(
            model_name='Assignment',
            index=Index(fields=['substitutes_id'], name='substitutions_of_assignment'),
        ),
        ops.AddConstraint(
            model_name='Assignment',
            constraint=CheckConstraint(check='valid_to is null or valid_to >= valid_from', name='assignment_term'),
        ),
        ops.AddConstraint(
            model_name='Assignment',
            constraint=CheckConstraint(check='(absence_id is null) = (substitutes_id is null)', name='assignment_substitution'),
        ),
        ops.AddField(
            model_name='Contract',
            name='shares_history',
            field=fields.BooleanField(default=False, null=True),
        ),
        ops.RunSQL(sql=['update contracts set shares_history = false'], reverse_sql=[]),
        ops.AlterField(
            model_name='Contract',
            name='shares_history',
            field=fields.BooleanField(default=False),
        ),
        ops.AddField(
            model_name='Entry',
            name='record_revision',
            field=fields.ForeignKeyField('models.Revision', source_field='record_revision_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT, null=True),
        ),
        ops.RunSQL(sql=['update entries set record_revision_id = current_revision_id'], reverse_sql=[]),
        ops.AlterField(
            model_name='Entry',
            name='record_revision',
            field=fields.ForeignKeyField('models.Revision', source_field='record_revision_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.RemoveIndex(
            model_name='Event',
            name='events_of_object',
            fields=None,
        ),
        ops.AlterField(
            model_name='Event',
            name='kind',
            field=fields.CharEnumField(description='SIGNED_IN: SIGNED_IN\nSIGN_IN_REFUSED: SIGN_IN_REFUSED\nSIGNED_OUT: SIGNED_OUT\nORGANIZATION_CREATED: ORGANIZATION_CREATED\nCONTRACT_CREATED: CONTRACT_CREATED\nUSER_CREATED: USER_CREATED\nUSER_DEACTIVATED: USER_DEACTIVATED\nOBJECT_CREATED: OBJECT_CREATED\nOBJECT_CHANGED: OBJECT_CHANGED\nOBJECT_MOVED: OBJECT_MOVED\nOBJECT_MERGED: OBJECT_MERGED\nOBJECT_CLOSED: OBJECT_CLOSED\nOBJECT_REOPENED: OBJECT_REOPENED\nOBJECTS_IMPORTED: OBJECTS_IMPORTED\nSYSTEM_ADDED: SYSTEM_ADDED\nSYSTEM_CHANGED: SYSTEM_CHANGED\nSYSTEM_REMOVED: SYSTEM_REMOVED\nASSIGNED: ASSIGNED\nASSIGNMENT_ENDED: ASSIGNMENT_ENDED\nABSENCE_PLANNED: ABSENCE_PLANNED\nABSENCE_CANCELLED: ABSENCE_CANCELLED\nJOURNAL_TYPE_CREATED: JOURNAL_TYPE_CREATED\nJOURNAL_TYPE_REVISED: JOURNAL_TYPE_REVISED\nJOURNAL_TYPE_PUBLISHED: JOURNAL_TYPE_PUBLISHED\nREFERENCE_LIST_SAVED: REFERENCE_LIST_SAVED\nJOURNAL_OPENED: JOURNAL_OPENED\nJOURNAL_ARCHIVED: JOURNAL_ARCHIVED\nENTRY_RECORDED: ENTRY_RECORDED\nENTRY_REVISED: ENTRY_REVISED\nENTRY_DECLINED: ENTRY_DECLINED\nENTRY_COMPLETED: ENTRY_COMPLETED\nENTRY_COMMENTED: ENTRY_COMMENTED\nANNULMENT_PROPOSED: ANNULMENT_PROPOSED\nANNULMENT_DECLINED: ANNULMENT_DECLINED\nENTRY_ANNULLED: ENTRY_ANNULLED\nSLOT_OVERDUE: SLOT_OVERDUE\nSLOTS_UNFILLABLE: SLOTS_UNFILLABLE\nSIGNATURE_MADE: SIGNATURE_MADE\nSIGNATURE_SUPERSEDED: SIGNATURE_SUPERSEDED\nPIN_REFUSED: PIN_REFUSED\nAGREEMENT_PUBLISHED: AGREEMENT_PUBLISHED\nAGREEMENT_ACCEPTED: AGREEMENT_ACCEPTED\nPIN_CHANGED: PIN_CHANGED\nSIGNATURE_TIME_STAMPED: SIGNATURE_TIME_STAMPED\nCERTIFICATE_REQUESTED: CERTIFICATE_REQUESTED\nREVOCATION_REQUESTED: REVOCATION_REQUESTED\nREQUESTER_IDENTIFIED: REQUESTER_IDENTIFIED\nCERTIFICATE_REQUEST_HELD: CERTIFICATE_REQUEST_HELD\nCERTIFICATE_REQUEST_REJECTED: CERTIFICATE_REQUEST_REJECTED\nCERTIFICATE_REQUEST_CANCELLED: CERTIFICATE_REQUEST_CANCELLED\nCERTIFICATE_REQUEST_EXPIRED: CERTIFICATE_REQUEST_EXPIRED\nCERTIFICATE_ISSUE_REFUSED: CERTIFICATE_ISSUE_REFUSED\nCERTIFICATE_ISSUED: CERTIFICATE_ISSUED\nCERTIFICATE_SUSPENDED: CERTIFICATE_SUSPENDED\nCERTIFICATE_RELEASED: CERTIFICATE_RELEASED\nCERTIFICATE_REVOKED: CERTIFICATE_REVOKED\nCE', enum_type=EventKind, max_length=40),
        ),
        ops.AddIndex(
            model_name='Event',
            index=Index(fields=['object_id', 'epoch', 'transaction_id', 'position'], name='events_of_object'),
        ),
        ops.AddIndex(
            model_name='Event',
            index=Index(fields=['journal_id', 'epoch', 'transaction_id', 'position'], name='events_of_journal'),
        ),
        ops.AlterField(
            model_name='JournalType',
            name='code',
            field=fields.CharField(max_length=40),
        ),
        ops.AddField(
            model_name='JournalType',
            name='derived_from',
            field=fields.ForeignKeyField('models.JournalType', source_field='derived_from_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='JournalType',
            name='draft',
            field=fields.BooleanField(default=False, null=True),
        ),
        ops.RunSQL(sql=['update journal_types set draft = false'], reverse_sql=[]),
        ops.AlterField(
            model_name='JournalType',
            name='draft',
            field=fields.BooleanField(default=False),
        ),
        ops.AddField(
            model_name='JournalType',
            name='operator',
            field=fields.ForeignKeyField('models.Organization', source_field='operator_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddConstraint(
            model_name='JournalType',
            constraint=UniqueConstraint(fields=('code',), name='journal_type_code', condition='operator_id is null'),
        ),
        ops.AddConstraint(
            model_name='JournalType',
            constraint=UniqueConstraint(fields=('operator_id', 'code'), name='journal_type_code_of_operator', condition='operator_id is not null'),
        ),
        ops.AddField(
            model_name='JournalTypeVersion',
            name='approval_order',
            field=fields.CharField(null=True, max_length=300),
        ),
        ops.AddField(
            model_name='JournalTypeVersion',
            name='record_within_hours',
            field=fields.IntField(default=24, null=True),
        ),
        ops.RunSQL(
            sql=[
                "alter table journal_type_versions disable trigger immutable",
                "update journal_type_versions set record_within_hours = 24",
                "alter table journal_type_versions enable trigger immutable",
            ],
            reverse_sql=[],
        ),
        ops.AlterField(
            model_name='JournalTypeVersion',
            name='record_within_hours',
            field=fields.IntField(default=24),
        ),
        ops.AddField(
            model_name='JournalTypeVersion',
            name='volume_entries',
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name='JournalTypeVersion',
            name='volume_period',
            field=fields.CharEnumField(null=True, description='MONTH: MONTH\nQUARTER: QUARTER\nYEAR: YEAR', enum_type=VolumePeriod, max_length=16),
        ),
        ops.AddConstraint(
            model_name='JournalTypeVersion',
            constraint=CheckConstraint(check='record_within_hours >= 0 and (volume_entries is null or volume_entries >= 1)', name='journal_type_version_limits'),
        ),
        ops.AlterField(
            model_name='ClosingRecord',
            name='person',
            field=fields.ForeignKeyField('models.Person', source_field='person_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='ServiceObject',
            name='close_reason',
            field=fields.CharField(null=True, max_length=1000),
        ),
        ops.AddField(
            model_name='ServiceObject',
            name='closed_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='ServiceObject',
            name='contacts',
            field=fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads, null=True),
        ),
        ops.RunSQL(sql=["update objects set contacts = '[]'"], reverse_sql=[]),
        ops.AlterField(
            model_name='ServiceObject',
            name='contacts',
            field=fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name='ServiceObject',
            name='external_id',
            field=fields.CharField(null=True, max_length=100),
        ),
        ops.AddConstraint(
            model_name='ServiceObject',
            constraint=UniqueConstraint(fields=('contract_id', 'external_id'), name='object_external_id', condition='closed_at is null'),
        ),
        ops.AddConstraint(
            model_name='ServiceObject',
            constraint=CheckConstraint(check='(closed_at is null) = (close_reason is null)', name='object_closed'),
        ),
        ops.AddField(
            model_name='Slot',
            name='overdue_told_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Slot',
            name='unfillable_told_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddIndex(
            model_name='Slot',
            index=PartialIndex(fields=['deadline'], name='slots_open_by_deadline', condition={'status': 'OPEN'}),
        ),
        ops.AddConstraint(
            model_name='Absence',
            constraint=CheckConstraint(check='ends_at > starts_at', name='absence_term'),
        ),
        ops.AddConstraint(
            model_name='Absence',
            constraint=CheckConstraint(check='user_id <> substitute_id', name='absence_substitute'),
        ),
        ops.AddConstraint(
            model_name='Attachment',
            constraint=CheckConstraint(check='size >= 0', name='attachment_size'),
        ),
        ops.AddConstraint(
            model_name='Comment',
            constraint=UniqueConstraint(fields=('author_user_id', 'client_id'), name='comment_client_id'),
        ),
        ops.AddConstraint(
            model_name='Draft',
            constraint=UniqueConstraint(fields=('author_id', 'client_id'), name='draft_client_id'),
        ),
        ops.AddConstraint(
            model_name='DraftAttachment',
            constraint=UniqueConstraint(fields=('draft_id', 'position'), name='draft_attachment_position'),
        ),
        ops.AddConstraint(
            model_name='DraftAttachment',
            constraint=UniqueConstraint(fields=('draft_id', 'attachment_id'), name='draft_attachment_once'),
        ),
        ops.AddConstraint(
            model_name='ObjectImport',
            constraint=CheckConstraint(check='applied + faulty <= total', name='object_import_counts'),
        ),
        ops.AddConstraint(
            model_name='ObjectImportRow',
            constraint=UniqueConstraint(fields=('of_id', 'number'), name='object_import_row_number'),
        ),
        ops.AddConstraint(
            model_name='ObjectImportRow',
            constraint=CheckConstraint(check="(status = 'APPLIED') = (object_id is not null)", name='object_import_row_applied'),
        ),
        ops.AddConstraint(
            model_name='ObjectSuccession',
            constraint=UniqueConstraint(fields=('former_id', 'successor_id'), name='object_succession_once'),
        ),
        ops.AddConstraint(
            model_name='ObjectSuccession',
            constraint=UniqueConstraint(fields=('former_id',), name='one_successor', condition='direct'),
        ),
        ops.AddConstraint(
            model_name='ObjectSuccession',
            constraint=CheckConstraint(check='former_id <> successor_id', name='object_succession_other'),
        ),
        ops.AddConstraint(
            model_name='RevisionAttachment',
            constraint=UniqueConstraint(fields=('revision_id', 'position'), name='attachment_position'),
        ),
        ops.AddConstraint(
            model_name='RevisionAttachment',
            constraint=UniqueConstraint(fields=('revision_id', 'attachment_id'), name='attachment_once'),
        ),
        ops.RunSQL(
            sql=[
                "alter table entries alter constraint entries_record_revision_id_fkey deferrable initially deferred",
            ],
            reverse_sql=[
                "alter table entries alter constraint entries_record_revision_id_fkey not deferrable",
            ],
        ),
        ops.RunSQL(
            sql=[
                SEARCH_WORDS,
                SEARCH_QUERY,
                SEARCH_COLUMN,
                # With a pending list the planner turns away from the index until the next vacuum.
                "create index objects_by_words on objects using gin (search) with (fastupdate = off)",
            ],
            reverse_sql=[
                "drop index objects_by_words",
                "alter table objects drop column search",
                "drop function search_query",
                "drop function search_words",
            ],
        ),
        ops.RunSQL(
            sql=[
                *(
                    f"create trigger same_tenant before insert or update on {table} "
                    f"for each row execute function same_tenant('{parent}', '{column}')"
                    for table, parent, column in TENANT_PARENTS
                ),
                *(
                    f"create trigger same_place before insert or update on {table} "
                    f"for each row execute function same_place('{parent}', '{column}')"
                    for table, parent, column in PLACE_PARENTS
                ),
                *(
                    f"create trigger immutable before update or delete on {table} "
                    "for each row execute function refuse_change()"
                    for table in IMMUTABLE
                ),
                *(
                    f"create trigger immutable_as_a_whole before truncate on {table} "
                    "for each statement execute function refuse_change()"
                    for table in IMMUTABLE
                ),
                "create trigger immutable before update on attachments for each row execute function refuse_change()",
            ],
            reverse_sql=[
                *(f"drop trigger same_tenant on {table}" for table, _, _ in TENANT_PARENTS),
                *(f"drop trigger same_place on {table}" for table, _, _ in PLACE_PARENTS),
                *(f"drop trigger immutable on {table}" for table in (*IMMUTABLE, "attachments")),
                *(f"drop trigger immutable_as_a_whole on {table}" for table in IMMUTABLE),
            ],
        ),
    ]
