from tortoise import migrations
from tortoise.migrations import operations as ops
from models.enums import AccountLinkKind, ChallengeKind, EventKind, Role, SecondFactor
from models.keys import uuid7
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

class Migration(migrations.Migration):
    dependencies = [('models', '0006_tenants')]

    initial = False

    operations = [
        ops.CreateModel(
            name='AccountLink',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('kind', fields.CharEnumField(description='INVITATION: INVITATION\nPASSWORD_RESET: PASSWORD_RESET', enum_type=AccountLinkKind, max_length=24)),
                ('user', fields.ForeignKeyField('models.User', source_field='user_id', db_constraint=True, to_field='id', related_name='links', on_delete=OnDelete.RESTRICT)),
                ('token_digest', fields.CharField(null=True, unique=True, max_length=64)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('sent_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('withdrawn_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'account_links', 'app': 'models', 'indexes': [Index(fields=['user_id', 'kind'], name='account_links_of_user')], 'pk_attr': 'id', 'table_description': 'A link sent by mail that lets somebody set their password: an invitation or a reset. Its secret is kept as its'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Challenge',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('kind', fields.CharEnumField(description='SIGN_IN: SIGN_IN\nSECOND_STEP: SECOND_STEP\nREGISTRATION: REGISTRATION\nCONFIRMATION: CONFIRMATION', enum_type=ChallengeKind, max_length=24)),
                ('user', fields.ForeignKeyField('models.User', source_field='user_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('session', fields.ForeignKeyField('models.Session', source_field='session_id', null=True, db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('challenge', fields.BinaryField()),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'challenges', 'app': 'models', 'indexes': [Index(fields=['expires_at'], name='challenges_by_end')], 'pk_attr': 'id', 'table_description': 'A ceremony that has begun: what an authenticator is asked to sign, or a second factor that a sign-in still'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='FailedTries',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('key', fields.CharField(unique=True, max_length=200)),
                ('failures', fields.IntField(default=0)),
                ('last_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('locked_until', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'failed_tries', 'app': 'models', 'indexes': [Index(fields=['last_at'], name='failed_tries_by_last')], 'pk_attr': 'id', 'table_description': "The failures counted under one key (an account from one network, a known device, an account's second factor)"},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='KnownDevice',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('models.User', source_field='user_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('token_digest', fields.CharField(unique=True, max_length=64)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('last_used_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('expires_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'known_devices', 'app': 'models', 'indexes': [Index(fields=['user_id'], name='known_devices_of_user')], 'pk_attr': 'id', 'table_description': "A client somebody has signed in from: its failures are counted apart, so that strangers' tries cannot keep the"},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='Passkey',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('models.User', source_field='user_id', db_constraint=True, to_field='id', related_name='passkeys', on_delete=OnDelete.RESTRICT)),
                ('name', fields.CharField(max_length=100)),
                ('credential_id', fields.CharField(unique=True, max_length=1400)),
                ('public_key', fields.BinaryField()),
                ('sign_count', fields.BigIntField()),
                ('transports', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('last_used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('removed_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'passkeys', 'app': 'models', 'indexes': [Index(fields=['user_id'], name='passkeys_of_user')], 'pk_attr': 'id', 'table_description': "A public key credential (Web Authentication §4): what a person's authenticator registered here."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='RecoveryCode',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('user', fields.ForeignKeyField('models.User', source_field='user_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('digest', fields.CharField(unique=True, max_length=64)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ('withdrawn_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'recovery_codes', 'app': 'models', 'indexes': [Index(fields=['user_id'], name='recovery_codes_of_user')], 'pk_attr': 'id', 'table_description': 'One of the codes that replace a lost second factor, each once. Kept as a keyed digest (HMAC-SHA-256) only.'},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ServiceAccount',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('organization', fields.ForeignKeyField('models.Organization', source_field='organization_id', db_constraint=True, to_field='id', related_name='service_accounts', on_delete=OnDelete.RESTRICT)),
                ('name', fields.CharField(max_length=100)),
                ('scopes', fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ('created_by', fields.ForeignKeyField('models.User', source_field='created_by_id', db_constraint=True, to_field='id', related_name=False, on_delete=OnDelete.RESTRICT)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('revoked_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'service_accounts', 'app': 'models', 'indexes': [Index(fields=['organization_id'], name='service_accounts_of_organization')], 'pk_attr': 'id', 'table_description': "A partner's system that reads what is its organisation's, as far as `scopes` let it."},
            bases=['Model'],
        ),
        ops.CreateModel(
            name='ServiceToken',
            fields=[
                ('id', fields.UUIDField(primary_key=True, default=uuid7, unique=True, db_index=True)),
                ('account', fields.ForeignKeyField('models.ServiceAccount', source_field='account_id', db_constraint=True, to_field='id', related_name='tokens', on_delete=OnDelete.RESTRICT)),
                ('token_digest', fields.CharField(unique=True, max_length=64)),
                ('created_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('ends_at', fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ('last_used_at', fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={'table': 'service_tokens', 'app': 'models', 'indexes': [Index(fields=['account_id'], name='service_tokens_of_account')], 'pk_attr': 'id', 'table_description': 'A secret of a service account, kept as its SHA-256 only. Rotation makes the next one; the former one works on'},
            bases=['Model'],
        ),
        ops.AlterField(
            model_name='Event',
            name='kind',
            field=fields.CharEnumField(description='SIGNED_IN: SIGNED_IN\nSIGN_IN_REFUSED: SIGN_IN_REFUSED\nSIGNED_OUT: SIGNED_OUT\nSESSIONS_ENDED: SESSIONS_ENDED\nPASSWORD_RESET_REQUESTED: PASSWORD_RESET_REQUESTED\nPASSWORD_CHANGED: PASSWORD_CHANGED\nSECOND_FACTOR_ENROLLED: SECOND_FACTOR_ENROLLED\nSECOND_FACTOR_REMOVED: SECOND_FACTOR_REMOVED\nSECOND_FACTOR_REFUSED: SECOND_FACTOR_REFUSED\nRECOVERY_CODES_MADE: RECOVERY_CODES_MADE\nRECOVERY_CODE_USED: RECOVERY_CODE_USED\nPASSKEY_ADDED: PASSKEY_ADDED\nPASSKEY_REMOVED: PASSKEY_REMOVED\nIDENTITY_CONFIRMED: IDENTITY_CONFIRMED\nORGANIZATION_CREATED: ORGANIZATION_CREATED\nCONTRACT_CREATED: CONTRACT_CREATED\nUSER_CREATED: USER_CREATED\nUSER_CHANGED: USER_CHANGED\nUSER_INVITED: USER_INVITED\nINVITATION_ACCEPTED: INVITATION_ACCEPTED\nINVITATION_WITHDRAWN: INVITATION_WITHDRAWN\nUSER_ROLE_CHANGED: USER_ROLE_CHANGED\nUSER_TRANSFERRED: USER_TRANSFERRED\nDUTIES_HANDED_OVER: DUTIES_HANDED_OVER\nUSER_DEACTIVATED: USER_DEACTIVATED\nUSER_REACTIVATED: USER_REACTIVATED\nSERVICE_ACCOUNT_CREATED: SERVICE_ACCOUNT_CREATED\nSERVICE_ACCOUNT_CHANGED: SERVICE_ACCOUNT_CHANGED\nSERVICE_ACCOUNT_REVOKED: SERVICE_ACCOUNT_REVOKED\nSERVICE_TOKEN_ISSUED: SERVICE_TOKEN_ISSUED\nOBJECT_CREATED: OBJECT_CREATED\nOBJECT_CHANGED: OBJECT_CHANGED\nOBJECT_MOVED: OBJECT_MOVED\nOBJECT_MERGED: OBJECT_MERGED\nOBJECT_CLOSED: OBJECT_CLOSED\nOBJECT_REOPENED: OBJECT_REOPENED\nOBJECTS_IMPORTED: OBJECTS_IMPORTED\nSYSTEM_ADDED: SYSTEM_ADDED\nSYSTEM_CHANGED: SYSTEM_CHANGED\nSYSTEM_REMOVED: SYSTEM_REMOVED\nASSIGNED: ASSIGNED\nASSIGNMENT_ENDED: ASSIGNMENT_ENDED\nABSENCE_PLANNED: ABSENCE_PLANNED\nABSENCE_CANCELLED: ABSENCE_CANCELLED\nJOURNAL_TYPE_CREATED: JOURNAL_TYPE_CREATED\nJOURNAL_TYPE_REVISED: JOURNAL_TYPE_REVISED\nJOURNAL_TYPE_PUBLISHED: JOURNAL_TYPE_PUBLISHED\nREFERENCE_LIST_SAVED: REFERENCE_LIST_SAVED\nJOURNAL_OPENED: JOURNAL_OPENED\nJOURNAL_ARCHIVED: JOURNAL_ARCHIVED\nENTRY_RECORDED: ENTRY_RECORDED\nENTRY_REVISED: ENTRY_REVISED\nENTRY_DECLINED: ENTRY_DECLINED\nENTRY_COMPLETED: ENTRY_COMPLETED\nENTRY_COMMENTED: ENTRY_COMMENTED\nANNULMENT_PROPOSED: ANNULMENT_PROPOSED\nANNULMENT_DECLINED: ANNULMENT_DECLINED\nENTRY_ANNULLED: E', enum_type=EventKind, max_length=40),
        ),
        ops.AddField(
            model_name='Session',
            name='address',
            field=fields.CharField(null=True, max_length=45),
        ),
        ops.AddField(
            model_name='Session',
            name='client',
            field=fields.CharField(null=True, max_length=200),
        ),
        ops.AddField(
            model_name='Session',
            name='confirmed_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name='Session',
            name='second_factor',
            field=fields.CharEnumField(null=True, description='TOTP: TOTP\nRECOVERY_CODE: RECOVERY_CODE\nPASSKEY: PASSKEY', enum_type=SecondFactor, max_length=16),
        ),
        ops.AddConstraint(
            model_name='ServiceToken',
            constraint=CheckConstraint(check='ends_at >= created_at', name='service_token_term'),
        ),
        ops.RemoveField(model_name='User', name='locked_until'),
        ops.AddField(
            model_name='User',
            name='totp_confirmed_at',
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AlterField(
            model_name='User',
            name='password_hash',
            field=fields.CharField(null=True, max_length=200),
        ),
        ops.AddField(
            model_name='User',
            name='totp_last_step',
            field=fields.BigIntField(null=True),
        ),
        ops.AddField(
            model_name='User',
            name='totp_secret',
            field=fields.BinaryField(null=True),
        ),
        ops.RemoveField(model_name='User', name='failed_sign_ins'),
        ops.AlterField(
            model_name='User',
            name='role',
            field=fields.CharEnumField(description='SUPERADMIN: SUPERADMIN\nOPERATOR_ADMIN: OPERATOR_ADMIN\nOPERATOR_EMPLOYEE: OPERATOR_EMPLOYEE\nSUBSCRIBER_ADMIN: SUBSCRIBER_ADMIN\nSUBSCRIBER_EMPLOYEE: SUBSCRIBER_EMPLOYEE\nPARTNER: PARTNER', enum_type=Role, max_length=24),
        ),
        ops.AddIndex(
            model_name='Session',
            index=Index(fields=['user_id', 'created_at'], name='sessions_of_user'),
        ),
        ops.AddIndex(
            model_name='Notification',
            index=Index(fields=['event_id'], name='notifications_of_event'),
        ),
    ]
