"""The agreement on electronic signatures: its versions, a new one, and who has accepted it."""

from __future__ import annotations

from sqladmin import Flash, expose
from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from admin.acting import text_of
from admin.door import actor_of, sent_form
from admin.filters import MemberFilter, ReferenceFilter
from admin.formats import fixed_width
from admin.labels import LABELS
from admin.mirror import mirrored
from admin.screen import Screen
from admin.wording import both, status_of
from models import certificates
from models.enums import Acceptance
from rules import agreements
from rules.refusals import Refusal

Agreement = mirrored(certificates.Agreement)
AgreementAcceptance = mirrored(certificates.AgreementAcceptance)

AGREEMENTS = both("Соглашение", "Agreement")


class AgreementScreen(Screen, model=Agreement):
    name = both("Версия соглашения", "Agreement version")
    name_plural = both("Версии соглашения", "Agreement versions")
    category = AGREEMENTS
    icon = "fa-solid fa-scale-balanced"
    list_template = "agreements.html"
    column_list = ("version", "effective_from", "digest")
    column_details_list = ("version", "effective_from", "digest", "text_ru", "text_en", "id")
    column_formatters = {"digest": lambda row, _: fixed_width(row.digest)}
    column_formatters_detail = column_formatters
    column_sortable_list = ("version", "effective_from")
    column_default_sort = ("version", True)

    @expose("/publish", methods=["GET", "POST"])
    async def publish(self, request: Request) -> Response:
        """The form for a new version, filled with the present texts; sent, it puts the new version into force."""
        present = await agreements.in_force()
        context = {"model_view": self, "present": present, "address": agreements.verification_address()}
        template = "agreement_publish.html"
        if request.method != "POST":
            return await self.templates.TemplateResponse(request, template, context)
        form = await sent_form(request)
        try:
            published = await agreements.publish_agreement(
                actor_of(request), text_ru=text_of(form, "textRu"), text_en=text_of(form, "textEn")
            )
        except Refusal as refusal:
            more = {"sent": "publish", "typed": form, "refusal": refusal}
            return await self.templates.TemplateResponse(
                request, template, context | more, status_code=status_of(refusal)
            )
        Flash.success(request, f"{both('Действует версия', 'In force is version')} {published.version}")
        page = request.url_for("admin:details", identity=self.identity, pk=published.id).path
        return RedirectResponse(page, 303)


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
