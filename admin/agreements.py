"""The agreement on electronic signatures, and who has accepted it."""

from sqlalchemy import select

from admin.filters import MemberFilter, ReferenceFilter
from admin.formats import fixed_width
from admin.labels import LABELS
from admin.mirror import mirrored
from admin.screen import Screen
from admin.wording import both
from models import certificates
from models.enums import Acceptance

Agreement = mirrored(certificates.Agreement)
AgreementAcceptance = mirrored(certificates.AgreementAcceptance)

AGREEMENTS = both("Соглашение", "Agreement")


class AgreementScreen(Screen, model=Agreement):
    name = both("Версия соглашения", "Agreement version")
    name_plural = both("Версии соглашения", "Agreement versions")
    category = AGREEMENTS
    icon = "fa-solid fa-scale-balanced"
    column_list = ("version", "effective_from", "digest")
    column_details_list = ("version", "effective_from", "digest", "text_ru", "text_en", "id")
    column_formatters = {"digest": lambda row, _: fixed_width(row.digest)}
    column_formatters_detail = column_formatters
    column_sortable_list = ("version", "effective_from")
    column_default_sort = ("version", True)


class AgreementAcceptanceScreen(Screen, model=AgreementAcceptance):
    name = both("Принятие соглашения", "Acceptance")
    name_plural = both("Кто принял", "Who accepted")
    category = AGREEMENTS
    icon = "fa-solid fa-handshake"
    column_list = ("user", "organization", "on_behalf_of", "agreement", "accepted_at")
    column_details_list = ("user", "organization", "on_behalf_of", "agreement", "accepted_at", "id")
    column_searchable_list = ("user.person.name", "user.email", "organization.name")
    column_sortable_list = ("accepted_at", "on_behalf_of")
    column_default_sort = ("accepted_at", True)
    column_filters = (
        MemberFilter("on_behalf_of", Acceptance, LABELS["on_behalf_of"]),
        ReferenceFilter(
            "agreement_id",
            LABELS["agreement"],
            lambda: select(Agreement.id, Agreement.version).order_by(Agreement.version),
        ),
    )
