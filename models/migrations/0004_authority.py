"""The authority whole: how certificates end and what the world is told of it, requests of all kinds, DEVICE keys."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from models.enums import EventKind, RevocationReason, StatusChange
from models.keys import uuid7
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index, PartialIndex
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

IMMUTABLE = (
    "certificate_status_changes",
    "revocation_lists",
    "expiry_notices",
    "signature_time_stamps",
    "signature_preparations",
)

GUARD = """
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
end $$
"""


class Migration(migrations.Migration):
    dependencies = [('models', '0003_reading')]

    operations = [
        ops.CreateModel(
            name='CertificateStatusChange',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('certificate', fields.ForeignKeyField('models.Certificate', source_field='certificate_id', db_constraint=True, to_field='id', related_name='status_changes', on_delete=OnDelete.RESTRICT)),
                ('kind', fields.CharEnumField(description='SUSPENDED: SUSPENDED\nRELEASED: RELEASED\nREVOKED: REVOKED', enum_type=StatusChange, max_length=16)),
                ('at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('reason', fields.CharEnumField(null=True, description='UNSPECIFIED: UNSPECIFIED\nKEY_COMPROMISE: KEY_COMPROMISE\nAFFILIATION_CHANGED: AFFILIATION_CHANGED\nSUPERSEDED: SUPERSEDED\nCESSATION_OF_OPERATION: CESSATION_OF_OPERATION\nPRIVILEGE_WITHDRAWN: PRIVILEGE_WITHDRAWN', enum_type=RevocationReason, max_length=32)),
                ('invalid_since', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('comment', fields.CharField(null=True, max_length=1000)),
                ('requested_by', fields.ForeignKeyField('models.User', source_field='requested_by_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('decided_by', fields.ForeignKeyField('models.User', source_field='decided_by_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('request', fields.ForeignKeyField('models.CertificateRequest', source_field='request_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
            ],
            options={'table': 'certificate_status_changes', 'app': 'models', 'indexes': [Index(fields=['certificate_id', 'at'], name='status_changes_of_certificate')], 'pk_attr': 'id', 'table_description': 'A certificate was suspended, released or revoked: the history behind its status, never changed.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='CompromiseReport',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('certificate', fields.ForeignKeyField('models.Certificate', source_field='certificate_id', db_constraint=True, to_field='id', related_name='compromise_reports', on_delete=OnDelete.RESTRICT)),
                ('reported_by', fields.ForeignKeyField('models.User', source_field='reported_by_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('reported_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('suspected_since', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('comment', fields.CharField(null=True, max_length=1000)),
                ('decide_by', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('reminded_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('decided_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('outcome', fields.CharEnumField(null=True, description='SUSPENDED: SUSPENDED\nRELEASED: RELEASED\nREVOKED: REVOKED', enum_type=StatusChange, max_length=16)),
            ],
            options={'table': 'compromise_reports', 'app': 'models', 'pk_attr': 'id', 'table_description': 'Somebody reported that a key may be in other hands (63-FZ art. 10): the certificate is suspended at once, and the'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ExpiryNotice',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('certificate', fields.ForeignKeyField('models.Certificate', source_field='certificate_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('days', fields.IntField()),
                ('given_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'expiry_notices', 'app': 'models', 'pk_attr': 'id', 'table_description': 'The holder has been told that so many days or fewer are left.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='RevocationList',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('issuer_key_id', fields.CharField(max_length=64)),
                ('number', fields.BigIntField()),
                ('this_update', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('next_update', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('der', fields.BinaryField()),
            ],
            options={'table': 'revocation_lists', 'app': 'models', 'pk_attr': 'id', 'table_description': "A CRL (RFC 5280 §5) as it was published; the one with an issuer's highest number is in force."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SignaturePreparation',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('models.User', source_field='user_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('certificate', fields.ForeignKeyField('models.Certificate', source_field='certificate_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('entry', fields.ForeignKeyField('models.Entry', source_field='entry_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('revision', fields.ForeignKeyField('models.Revision', source_field='revision_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('slot', fields.ForeignKeyField('models.Slot', source_field='slot_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('signed_attributes', fields.BinaryField()),
                ('prepared_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'signature_preparations', 'app': 'models', 'indexes': [Index(fields=['user_id'], name='preparations_of_user')], 'pk_attr': 'id', 'table_description': 'What a DEVICE key is asked to sign: the octets of the signed attributes, for one slot of one revision.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='SignatureTimeStamp',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('signature', fields.OneToOneField('models.Signature', source_field='signature_id', db_constraint=True, to_field='id', related_name='time_stamp', on_delete=OnDelete.RESTRICT)),
                ('token', fields.BinaryField()),
                ('cms', fields.BinaryField()),
                ('proved_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('obtained_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'signature_time_stamps', 'app': 'models', 'pk_attr': 'id', 'table_description': 'An RFC 3161 token that came after its signature, because no time-stamp authority answered then; `cms` is the'},
            bases=['Model'],
        ),
        ops.AddConstraint(
            model_name='CertificateStatusChange',
            constraint=CheckConstraint(check="(kind = 'REVOKED') = (reason is not null)", name='status_change_reason'),
        ),
        ops.AddConstraint(
            model_name='CompromiseReport',
            constraint=CheckConstraint(check='(decided_at is null) = (outcome is null)', name='compromise_report_decided'),
        ),
        ops.AddConstraint(
            model_name='CompromiseReport',
            constraint=UniqueConstraint(fields=('certificate_id',), name='one_open_compromise_report', condition='decided_at is null'),
        ),
        ops.AddConstraint(
            model_name='ExpiryNotice',
            constraint=UniqueConstraint(fields=('certificate_id', 'days'), name='expiry_notice_given_once'),
        ),
        ops.AddConstraint(
            model_name='RevocationList',
            constraint=UniqueConstraint(fields=('issuer_key_id', 'number'), name='revocation_list_number'),
        ),
        ops.AlterModelOptions(
            name='Certificate',
            options={'table': 'certificates', 'app': 'models', 'constraints': [CheckConstraint(check="(status = 'REVOKED') = (revoked_at is not null)", name='certificate_revoked_at'), CheckConstraint(check="(status = 'SUSPENDED') = (suspended_at is not null)", name='certificate_suspended_at')], 'indexes': [Index(fields=['user_id'], name='certificates_of_user'), Index(fields=['not_after'], name='certificates_by_end')], 'pk_attr': 'id', 'table_description': "A holder's certificate. `serial` is in upper-case hexadecimal octets, as openssl prints it; `issuer_key_id` is the"},
        ),
        ops.AlterField(
            model_name='Certificate',
            name='revocation_reason',
            field=fields.CharEnumField(null=True, description='UNSPECIFIED: UNSPECIFIED\nKEY_COMPROMISE: KEY_COMPROMISE\nAFFILIATION_CHANGED: AFFILIATION_CHANGED\nSUPERSEDED: SUPERSEDED\nCESSATION_OF_OPERATION: CESSATION_OF_OPERATION\nPRIVILEGE_WITHDRAWN: PRIVILEGE_WITHDRAWN', enum_type=RevocationReason, max_length=32),
        ),
        ops.AddField(
            model_name='Certificate',
            name='issuer_key_id',
            field=fields.CharField(max_length=64, null=True),
        ),
        ops.RunSQL(sql=["update certificates set issuer_key_id = encode(substring(der from position('\\x0603551d23041830168014'::bytea in der) + 11 for 20), 'hex')"], reverse_sql=[]),
        ops.AlterField(
            model_name='Certificate',
            name='issuer_key_id',
            field=fields.CharField(max_length=64),
        ),
        ops.AddField(
            model_name='Certificate',
            name='lint',
            field=fields.JSONField(encoder=JSON_DUMPS, decoder=loads, null=True),
        ),
        ops.RunSQL(sql=["update certificates set lint = '{}'"], reverse_sql=[]),
        ops.AlterField(
            model_name='Certificate',
            name='lint',
            field=fields.JSONField(encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddIndex(
            model_name='Certificate',
            index=Index(fields=['not_after'], name='certificates_by_end'),
        ),
        ops.RemoveConstraint(
            model_name='CertificateRequest',
            name='request_decided_by_another',
            fields=None,
        ),
        ops.RemoveConstraint(
            model_name='CertificateRequest',
            name='request_identified',
            fields=None,
        ),
        ops.RemoveConstraint(
            model_name='CertificateRequest',
            name='one_open_request',
            fields=None,
        ),
        ops.AlterModelOptions(
            name='CertificateRequest',
            options={'table': 'certificate_requests', 'app': 'models', 'constraints': [CheckConstraint(check="decided_by_id is null or status = 'CANCELLED' or decided_by_id not in (user_id, requested_by_id)", name='request_decided_by_another'), CheckConstraint(check='identified_by_id is null or identified_by_id not in (user_id, requested_by_id)', name='request_identified_by_another'), CheckConstraint(check="status <> 'ISSUED' or (decided_by_id is not null and (identification_method is not null or renewal_signature is not null))", name='request_identified'), CheckConstraint(check="(kind = 'REVOKE') = (key_id is null) and (kind = 'REVOKE') = (certification_request is null) and (kind = 'REVOKE') = (reason is not null) and (kind = 'ISSUE') = (target_id is null)", name='request_says_what_its_kind_needs'), UniqueConstraint(fields=('user_id',), name='one_open_request', condition="kind <> 'REVOKE' and status in ('SUBMITTED', 'ON_HOLD')"), UniqueConstraint(fields=('target_id',), name='one_open_revocation_request', condition="kind = 'REVOKE' and status in ('SUBMITTED', 'ON_HOLD')")], 'pk_attr': 'id', 'table_description': 'A person asks for a certificate, or somebody for the end of one; the superadmin, never the requester, decides.'},
        ),
        ops.AlterField(
            model_name='CertificateRequest',
            name='certification_request',
            field=fields.BinaryField(null=True),
        ),
        ops.AlterField(
            model_name='CertificateRequest',
            name='key',
            field=fields.OneToOneField('models.SigningKey', source_field='key_id', null=True, db_constraint=True, to_field='id', related_name='request', on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='CertificateRequest',
            name='expires_at',
            field=fields.DatetimeField(auto_now=False, auto_now_add=False, null=True),
        ),
        ops.RunSQL(sql=["update certificate_requests set expires_at = created_at + interval '30 days'"], reverse_sql=[]),
        ops.AlterField(
            model_name='CertificateRequest',
            name='expires_at',
            field=fields.DatetimeField(auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='CertificateRequest',
            name='identified_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='CertificateRequest',
            name='identified_by',
            field=fields.ForeignKeyField('models.User', source_field='identified_by_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='CertificateRequest',
            name='invalid_since',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='CertificateRequest',
            name='reason',
            field=fields.CharEnumField(null=True, description='UNSPECIFIED: UNSPECIFIED\nKEY_COMPROMISE: KEY_COMPROMISE\nAFFILIATION_CHANGED: AFFILIATION_CHANGED\nSUPERSEDED: SUPERSEDED\nCESSATION_OF_OPERATION: CESSATION_OF_OPERATION\nPRIVILEGE_WITHDRAWN: PRIVILEGE_WITHDRAWN', enum_type=RevocationReason, max_length=32),
        ),
        ops.AddField(
            model_name='CertificateRequest',
            name='remark',
            field=fields.CharField(null=True, max_length=1000),
        ),
        ops.AddField(
            model_name='CertificateRequest',
            name='renewal_signature',
            field=fields.BinaryField(null=True),
        ),
        ops.AddField(
            model_name='CertificateRequest',
            name='requested_by',
            field=fields.ForeignKeyField('models.User', source_field='requested_by_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT, null=True),
        ),
        ops.RunSQL(sql=['update certificate_requests set requested_by_id = user_id'], reverse_sql=[]),
        ops.AlterField(
            model_name='CertificateRequest',
            name='requested_by',
            field=fields.ForeignKeyField('models.User', source_field='requested_by_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT),
        ),
        ops.AddField(
            model_name='CertificateRequest',
            name='target',
            field=fields.ForeignKeyField('models.Certificate', source_field='target_id', null=True, db_constraint=True, to_field='id', related_name='requests_about', on_delete=OnDelete.RESTRICT),
        ),
        ops.AddConstraint(
            model_name='CertificateRequest',
            constraint=CheckConstraint(check="decided_by_id is null or status = 'CANCELLED' or decided_by_id not in (user_id, requested_by_id)", name='request_decided_by_another'),
        ),
        ops.AddConstraint(
            model_name='CertificateRequest',
            constraint=CheckConstraint(check='identified_by_id is null or identified_by_id not in (user_id, requested_by_id)', name='request_identified_by_another'),
        ),
        ops.AddConstraint(
            model_name='CertificateRequest',
            constraint=CheckConstraint(check="status <> 'ISSUED' or (decided_by_id is not null and (identification_method is not null or renewal_signature is not null))", name='request_identified'),
        ),
        ops.AddConstraint(
            model_name='CertificateRequest',
            constraint=CheckConstraint(check="(kind = 'REVOKE') = (key_id is null) and (kind = 'REVOKE') = (certification_request is null) and (kind = 'REVOKE') = (reason is not null) and (kind = 'ISSUE') = (target_id is null)", name='request_says_what_its_kind_needs'),
        ),
        ops.AddConstraint(
            model_name='CertificateRequest',
            constraint=UniqueConstraint(fields=('user_id',), name='one_open_request', condition="kind <> 'REVOKE' and status in ('SUBMITTED', 'ON_HOLD')"),
        ),
        ops.AddConstraint(
            model_name='CertificateRequest',
            constraint=UniqueConstraint(fields=('target_id',), name='one_open_revocation_request', condition="kind = 'REVOKE' and status in ('SUBMITTED', 'ON_HOLD')"),
        ),
        ops.AlterField(
            model_name='Event',
            name='kind',
            field=fields.CharEnumField(description='SIGNED_IN: SIGNED_IN\nSIGN_IN_REFUSED: SIGN_IN_REFUSED\nSIGNED_OUT: SIGNED_OUT\nORGANIZATION_CREATED: ORGANIZATION_CREATED\nCONTRACT_CREATED: CONTRACT_CREATED\nUSER_CREATED: USER_CREATED\nOBJECT_CREATED: OBJECT_CREATED\nASSIGNED: ASSIGNED\nJOURNAL_OPENED: JOURNAL_OPENED\nJOURNAL_ARCHIVED: JOURNAL_ARCHIVED\nENTRY_RECORDED: ENTRY_RECORDED\nENTRY_REVISED: ENTRY_REVISED\nENTRY_DECLINED: ENTRY_DECLINED\nENTRY_COMPLETED: ENTRY_COMPLETED\nSIGNATURE_MADE: SIGNATURE_MADE\nSIGNATURE_SUPERSEDED: SIGNATURE_SUPERSEDED\nPIN_REFUSED: PIN_REFUSED\nAGREEMENT_PUBLISHED: AGREEMENT_PUBLISHED\nAGREEMENT_ACCEPTED: AGREEMENT_ACCEPTED\nPIN_CHANGED: PIN_CHANGED\nSIGNATURE_TIME_STAMPED: SIGNATURE_TIME_STAMPED\nCERTIFICATE_REQUESTED: CERTIFICATE_REQUESTED\nREVOCATION_REQUESTED: REVOCATION_REQUESTED\nREQUESTER_IDENTIFIED: REQUESTER_IDENTIFIED\nCERTIFICATE_REQUEST_HELD: CERTIFICATE_REQUEST_HELD\nCERTIFICATE_REQUEST_REJECTED: CERTIFICATE_REQUEST_REJECTED\nCERTIFICATE_REQUEST_CANCELLED: CERTIFICATE_REQUEST_CANCELLED\nCERTIFICATE_REQUEST_EXPIRED: CERTIFICATE_REQUEST_EXPIRED\nCERTIFICATE_ISSUE_REFUSED: CERTIFICATE_ISSUE_REFUSED\nCERTIFICATE_ISSUED: CERTIFICATE_ISSUED\nCERTIFICATE_SUSPENDED: CERTIFICATE_SUSPENDED\nCERTIFICATE_RELEASED: CERTIFICATE_RELEASED\nCERTIFICATE_REVOKED: CERTIFICATE_REVOKED\nCERTIFICATE_EXPIRES: CERTIFICATE_EXPIRES\nCOMPROMISE_REPORTED: COMPROMISE_REPORTED\nCOMPROMISE_OVERDUE: COMPROMISE_OVERDUE\nAUTHORITY_SERVICE_RENEWED: AUTHORITY_SERVICE_RENEWED\nJOURNAL_PRINTED: JOURNAL_PRINTED', enum_type=EventKind, max_length=40),
        ),
        ops.AddIndex(
            model_name='Signature',
            index=Index(fields=['certificate_id', 'signed_at'], name='signatures_by_certificate'),
        ),
        ops.AddIndex(
            model_name='Signature',
            index=PartialIndex(fields=['id'], name='signatures_without_time_stamp', condition={'level': 'B'}),
        ),
        ops.RunSQL(
            sql=[
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
                GUARD,
                "create trigger only_status_changes before update or delete on certificates "
                "for each row execute function only_status_changes()",
            ],
            reverse_sql=[
                "drop trigger only_status_changes on certificates",
                "drop function only_status_changes()",
                *(f"drop trigger immutable on {table}" for table in IMMUTABLE),
                *(f"drop trigger immutable_as_a_whole on {table}" for table in IMMUTABLE),
            ],
        ),
    ]
