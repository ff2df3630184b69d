"""Journal types: what each version asks for, a draft's review, new versions and new types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqladmin import Flash, expose
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from admin.acting import act, text_of
from admin.door import actor_of, sent_form
from admin.enum_words import ENUM_WORDS
from admin.filters import ChoiceFilter, NullFilter
from admin.form_of_type import details_of_form, filled_form, shown_columns, shown_slots, version_of_form
from admin.formats import NO, YES, in_language
from admin.labels import LABELS
from admin.mirror import mirrored
from admin.screen import Screen
from admin.wording import both, status_of
from models import journals
from models.enums import VolumePeriod
from rules import journal_types
from rules.actor import Actor
from rules.refusals import Refusal

JournalType = mirrored(journals.JournalType)

FORMS = both("Формы журналов", "Forms of journals")
DRAFT = both("Черновик", "Draft")


def _called(row: Any, _: str = "") -> str:
    return f"{in_language(row)} ({row.code})"


def _of_installation(row: Any) -> bool:
    """An operator's own types are the operator's to change."""
    return row.operator_id is None


class JournalTypeScreen(Screen, model=JournalType):
    name = both("Вид журнала", "Journal type")
    name_plural = both("Виды журналов", "Journal types")
    category = FORMS
    icon = "fa-solid fa-table-columns"
    list_template = "journal_types.html"
    details_template = "journal_type.html"
    column_list = ("name_ru", "draft", "current_version", "operator", "derived_from")
    column_details_list = ("draft", "operator", "derived_from", "created_at", "id")
    column_labels = {
        **LABELS,
        "name_ru": LABELS["name"],
        "draft": DRAFT,
        "current_version": LABELS["version"],
        "derived_from": both("Создан на основе", "Derived from"),
    }
    column_formatters = {"name_ru": _called}
    column_searchable_list = ("code", "name_ru", "name_en")
    column_sortable_list = ("name_ru", "draft")
    column_default_sort = "code"
    column_filters = (
        ChoiceFilter(
            "draft",
            DRAFT,
            {"yes": (YES, lambda column: column.is_(True)), "no": (NO, lambda column: column.is_(False))},
        ),
        NullFilter(
            "operator_id",
            LABELS["operator"],
            absent=("installation", both("Общие", "Of the installation")),
            present=("operators", both("Операторов", "Of operators")),
        ),
    )

    def called(self, row: Any) -> str:
        return _called(row)

    async def details_context(self, request: Request) -> dict[str, Any]:
        """Beside the row: its versions, the newest first."""
        versions = await journals.JournalTypeVersion.filter(type_id=request.path_params["pk"]).order_by("-number")
        return {
            "versions": versions,
            "periods": ENUM_WORDS[VolumePeriod],
            "shown_columns": shown_columns,
            "shown_slots": shown_slots,
        }

    @expose("/publish/{pk}", methods=["POST"])
    async def publish(self, request: Request) -> Response:
        """End a draft: it has been reviewed."""
        return await act(self, request, "publish", _publish, of=_of_installation)

    @expose("/derive/{pk}", methods=["POST"])
    async def derive(self, request: Request) -> Response:
        """Make a type of the installation that begins as this one stands."""
        return await act(self, request, "derive", _derive)

    @expose("/new", methods=["GET", "POST"])
    async def new(self, request: Request) -> Response:
        """The form for a new type of the installation."""

        async def create(actor: Actor, form: FormData) -> Any:
            code = text_of(form, "code").strip()
            return await journal_types.create_journal_type(actor, code, details_of_form(form), draft="draft" in form)

        return await self._form(request, {"kind": None}, create)

    @expose("/revise", methods=["GET", "POST"])
    async def revise(self, request: Request) -> Response:
        """The form for a new version, filled with the current one. `?of=` names the type by its id."""
        kind = await _revisable(request.query_params.get("of", ""))
        current = await journals.JournalTypeVersion.get(id=kind.current_version_id)

        async def revise(actor: Actor, form: FormData) -> Any:
            return await journal_types.revise_journal_type(actor, kind.id, version_of_form(form), details_of_form(form))

        return await self._form(request, {"kind": kind, "preset": filled_form(current)}, revise)

    async def _form(self, request: Request, context: Mapping[str, Any], deed: Any) -> Response:
        context = {"model_view": self, "periods": ENUM_WORDS[VolumePeriod], "preset": {}, **context}
        template = "journal_type_form.html"
        if request.method != "POST":
            return await self.templates.TemplateResponse(request, template, context)
        form = await sent_form(request)
        try:
            kind = await deed(actor_of(request), form)
        except Refusal as refusal:
            more = {"sent": "type", "typed": form, "refusal": refusal}
            return await self.templates.TemplateResponse(
                request, template, context | more, status_code=status_of(refusal)
            )
        Flash.success(request, f"{both('Сохранено:', 'Saved:')} {_called(kind)}")
        return RedirectResponse(request.url_for("admin:details", identity=self.identity, pk=kind.id).path, 303)


async def _revisable(of: str) -> journals.JournalType:
    try:
        kind = await journals.JournalType.get_or_none(id=UUID(of), operator_id__isnull=True)
    except ValueError:
        kind = None
    if kind is None:
        raise HTTPException(404)
    return kind


async def _publish(actor: Actor, row: Any, form: FormData) -> str:
    await journal_types.publish_journal_type(actor, row.id)
    return str(both("Опубликовано: журналы этого вида можно открывать", "Published: journals of it can be opened"))


async def _derive(actor: Actor, row: Any, form: FormData) -> str:
    kind = await journal_types.derive_journal_type(actor, row.id, text_of(form, "code").strip())
    return f"{both('Создан вид', 'Made is the type')} {kind.code}"
