"""Reference lists: the choices that columns of journals take from."""

from __future__ import annotations

from typing import Any

from sqladmin import Flash, expose
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from admin.acting import text_of
from admin.door import actor_of, sent_form
from admin.formats import in_language
from admin.journal_types import FORMS
from admin.labels import LABELS
from admin.mirror import mirrored
from admin.screen import Screen
from admin.wording import both, status_of
from models import journals
from rules.reference_lists import save_reference_list
from rules.refusals import Refusal

ReferenceList = mirrored(journals.ReferenceList)

BETWEEN = " | "
"""Between the key of an item and its words in Russian and in English: an item is a line of the form."""


def _called(row: Any, _: str = "") -> str:
    return f"{in_language(row)} ({row.code})"


class ReferenceListScreen(Screen, model=ReferenceList):
    name = both("Справочник", "Reference list")
    name_plural = both("Справочники", "Reference lists")
    category = FORMS
    icon = "fa-solid fa-list"
    list_template = "reference_lists.html"
    details_template = "reference_list.html"
    column_list = ("name_ru", "items")
    column_details_list = ("name_ru", "name_en", "items", "created_at", "id")
    column_labels = {
        **LABELS,
        "name_ru": LABELS["name"],
        "name_en": both("Название на английском", "Name in English"),
        "items": both("Значения", "Items"),
    }
    column_formatters = {"name_ru": _called, "items": lambda row, _: str(len(row.items))}
    column_formatters_detail = {"items": lambda row, _: str(len(row.items))}
    column_searchable_list = ("code", "name_ru", "name_en")
    column_sortable_list = ("name_ru",)
    column_default_sort = "code"

    def called(self, row: Any) -> str:
        return _called(row)

    @expose("/save", methods=["GET", "POST"])
    async def save(self, request: Request) -> Response:
        """The form for a list: `?code=` names the one that it is filled with; sent, it makes or changes a list."""
        row = await journals.ReferenceList.get_or_none(code=request.query_params.get("code", "").replace("\0", ""))
        context = {"model_view": self, "row": row, "preset": _filled(row) if row else {}}
        template = "reference_list_form.html"
        if request.method != "POST":
            return await self.templates.TemplateResponse(request, template, context)
        form = await sent_form(request)
        try:
            saved = await save_reference_list(
                actor_of(request),
                row.code if row else text_of(form, "code").strip(),
                name_ru=text_of(form, "nameRu"),
                name_en=text_of(form, "nameEn"),
                items=_items(form),
            )
        except Refusal as refusal:
            more = {"sent": "list", "typed": form, "refusal": refusal}
            return await self.templates.TemplateResponse(
                request, template, context | more, status_code=status_of(refusal)
            )
        Flash.success(request, f"{both('Сохранено:', 'Saved:')} {_called(saved)}")
        return RedirectResponse(request.url_for("admin:details", identity=self.identity, pk=saved.id).path, 303)


def _filled(row: journals.ReferenceList) -> dict[str, str]:
    items = "\n".join(BETWEEN.join((item["key"], item["ru"], item["en"])) for item in row.items)
    return {"nameRu": row.name_ru, "nameEn": row.name_en, "items": items}


def _items(form: FormData) -> list[dict[str, str]]:
    """An item a line; what a line leaves out is refused by the rule, at its place."""
    lines = [line for line in text_of(form, "items").split("\n") if line.strip()]
    return [
        dict(zip(("key", "ru", "en"), (part.strip() for part in line.split(BETWEEN.strip(), 2)), strict=False))
        for line in lines
    ]
