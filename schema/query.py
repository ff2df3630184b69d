"""What can be read."""

from __future__ import annotations

import strawberry

import models.certificates
import models.entries
import models.events
import models.imports
import models.journals
import models.objects
import models.organizations
import models.revocation
import models.service_accounts
import models.users
from resolvers import events as event_resolvers
from resolvers import graph, signatures
from resolvers import identity as identity_resolvers
from resolvers.graph import Policy
from rules.agreements import latest
from rules.events import ORDER, certain
from rules.identity import oneself
from rules.service_accounts import itself
from rules.slots import fillable
from schema.certificates import (
    Agreement,
    Certificate,
    CertificateFilter,
    CertificateRequest,
    CertificateRequestFilter,
    CompromiseReport,
    CompromiseReportFilter,
)
from schema.entries import Draft, Entry, Slot
from schema.events import Event, EventFilter, Notification
from schema.fields import answered_by, read_as
from schema.identity import Identity
from schema.imports import ObjectImport
from schema.journals import Journal, JournalType, ReferenceList
from schema.objects import Absence, ObjectFilter, ServiceObject
from schema.organizations import Organization, OrganizationFilter
from schema.people import User, UserFilter
from schema.permissions import (
    administrators,
    anyone,
    founders,
    partner,
    readers,
    readers_of_events,
    readers_of_journals,
    readers_of_objects,
    recorders,
    setting_up,
    signed_in,
)
from schema.relay import Connection, Node
from schema.service_accounts import ServiceAccount
from schema.signatures import Verification

CHECKED = Policy.CHECKED


@strawberry.type
class Query:
    viewer: User | None = read_as(
        graph.sole(models.users.User, oneself, description="Null for an anonymous caller."), may=anyone
    )
    identity: Identity = answered_by(
        identity_resolvers.mine, may=setting_up, description="One's own: factors, passkeys, open sessions."
    )
    node: Node | None = read_as(graph.identified(), may=readers)
    nodes: list[Node | None] = read_as(graph.identified_many(), may=readers)
    objects: Connection[ServiceObject] = read_as(
        graph.connection(
            models.objects.ServiceObject, policy=CHECKED, order=("name_sort", "id"), filter_type=ObjectFilter
        ),
        may=readers_of_objects,
    )
    object: ServiceObject | None = read_as(graph.identified("ServiceObject"), may=readers_of_objects)
    journal: Journal | None = read_as(graph.identified("Journal"), may=readers_of_journals)
    entry: Entry | None = read_as(graph.identified("Entry"), may=readers_of_journals)
    awaiting_my_signature: Connection[Slot] = read_as(
        graph.connection(models.entries.Slot, policy=CHECKED, order=("id",), only=fillable), may=signed_in
    )
    drafts: Connection[Draft] = read_as(
        graph.connection(
            models.entries.Draft,
            policy=CHECKED,
            order=("id",),
            arguments={"journal": (strawberry.ID, graph.identified_by("journal_id", "Journal", "journal"))},
            description="One's own unfinished entries.",
        ),
        may=recorders,
    )
    absences: Connection[Absence] = read_as(
        graph.connection(models.objects.Absence, policy=CHECKED, order=("starts_at", "id")), may=signed_in
    )
    object_imports: Connection[ObjectImport] = read_as(
        graph.connection(models.imports.ObjectImport, policy=CHECKED, order=("created_at", "id")), may=founders
    )
    reference_lists: list[ReferenceList] = read_as(
        graph.every(models.journals.ReferenceList, order=("code",)), may=readers_of_journals
    )
    journal_types: list[JournalType] = read_as(
        graph.every(
            models.journals.JournalType,
            order=("code", "id"),
            arguments={"code": (str, graph.equals("code"))},
        ),
        may=readers_of_journals,
    )
    organizations: Connection[Organization] = read_as(
        graph.connection(
            models.organizations.Organization,
            policy=CHECKED,
            order=("name_sort", "id"),
            filter_type=OrganizationFilter,
        ),
        may=readers_of_objects,
    )
    users: Connection[User] = read_as(
        graph.connection(models.users.User, policy=CHECKED, order=("name_sort", "id"), filter_type=UserFilter),
        may=administrators,
    )
    certificate_requests: Connection[CertificateRequest] = read_as(
        graph.connection(
            models.certificates.CertificateRequest,
            policy=CHECKED,
            order=("created_at", "id"),
            filter_type=CertificateRequestFilter,
        ),
        may=signed_in,
    )
    certificates: Connection[Certificate] = read_as(
        graph.connection(
            models.certificates.Certificate, policy=CHECKED, order=("issued_at", "id"), filter_type=CertificateFilter
        ),
        may=signed_in,
    )
    compromise_reports: Connection[CompromiseReport] = read_as(
        graph.connection(
            models.revocation.CompromiseReport,
            policy=CHECKED,
            order=("reported_at", "id"),
            filter_type=CompromiseReportFilter,
        ),
        may=signed_in,
    )
    events: Connection[Event] = read_as(
        graph.connection(
            models.events.Event,
            policy=CHECKED,
            order=ORDER,
            cursor=event_resolvers.CURSORS,
            only=certain,
            filter_type=EventFilter,
        ),
        may=readers_of_events,
    )
    service_accounts: Connection[ServiceAccount] = read_as(
        graph.connection(models.service_accounts.ServiceAccount, policy=CHECKED, order=("created_at", "id")),
        may=administrators,
    )
    service_account: ServiceAccount | None = read_as(
        graph.sole(models.service_accounts.ServiceAccount, itself, description="The one whose token asks."),
        may=partner,
    )
    notifications: Connection[Notification] = read_as(
        graph.connection(
            models.events.Notification,
            policy=CHECKED,
            order=("id",),
            arguments={"unread_only": (bool, graph.is_null("read_at"))},
        ),
        may=signed_in,
    )
    agreement: Agreement = read_as(
        graph.sole(models.certificates.Agreement, latest, description="The text in force that a signer accepts."),
        may=signed_in,
    )
    verify_signature: Verification | None = answered_by(
        signatures.verify_signature, may=anyone, description="For anyone; null for an unknown code."
    )
