"""The superadmin's own second factor: set up, confirmed once more, replaced; and where else they are signed in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from sqladmin import BaseView, Flash, expose
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from admin.acting import text_of
from admin.door import ENROLMENT, actor_of, sent_form
from admin.wording import both, status_of
from models.users import User
from rules import confirmation, passkeys, recovery_codes, second_factors, second_step, sessions, totp
from rules.actor import Actor
from rules.refusals import Refusal

Deed = Callable[[Actor, str], Awaitable[dict[str, Any]]]
"""Carries out what a form of the page asks, given the code that was typed; answers with what is to be shown once."""


async def _enrol(actor: Actor, otp: str) -> dict[str, Any]:
    return {"enrolment": await totp.enrol(actor)}


async def _set_up(actor: Actor, otp: str) -> dict[str, Any]:
    return {"codes": await totp.confirm(actor, otp)}


async def _confirm(actor: Actor, otp: str) -> dict[str, Any]:
    await second_step.confirm_identity(actor, otp=otp)
    return {}


async def _renew_codes(actor: Actor, otp: str) -> dict[str, Any]:
    return {"codes": await recovery_codes.regenerate(actor)}


async def _remove(actor: Actor, otp: str) -> dict[str, Any]:
    await totp.remove(actor)
    return {}


async def _end_others(actor: Actor, otp: str) -> dict[str, Any]:
    await sessions.sign_out_everywhere(actor, here_too=False)
    return {}


DEEDS: Mapping[str, Deed] = {
    "enrol": _enrol,
    "set-up": _set_up,
    "confirm": _confirm,
    "codes": _renew_codes,
    "remove": _remove,
    "others": _end_others,
}


class SecondFactorPage(BaseView):
    """One page, one form a deed. A page of ours has no script: passkeys are registered through the API."""

    name = both("Мой вход", "My sign-in")
    icon = "fa-solid fa-key"

    @expose(ENROLMENT, methods=["GET", "POST"], identity="second-factor")
    async def page(self, request: Request) -> Response:
        """What there is and, sent, what a form asks."""
        if request.method != "POST":
            return await self._shown(request)
        form = await sent_form(request)
        name = str(form.get("deed", ""))
        deed = DEEDS.get(name)
        if deed is None:
            return await self._shown(request)
        try:
            once = await deed(actor_of(request), text_of(form, "otp"))
        except Refusal as refusal:
            more = {"sent": name, "typed": form, "refusal": refusal}
            if name == "set-up":
                more["begun"] = True
            return await self._shown(request, status_of(refusal), **more)
        if once:
            return await self._shown(request, **once)
        Flash.success(request, str(both("Готово.", "Done.")))
        return RedirectResponse(request.url.path, 303)

    async def _shown(self, request: Request, status: int = 200, **more: Any) -> Response:
        actor = actor_of(request)
        context = {
            "model_view": self,
            "factors": await second_factors.of_account(actor.user_id),
            "passkeys": await passkeys.own_passkeys(actor),
            "sessions": await sessions.open_sessions(actor),
            "current": actor.session_id,
            "required": second_factors.required_of(actor),
            "confirmed_until": await confirmation.lasts_until(actor),
            "account": (await User.get(id=actor.user_id)).email,
        }
        return await self.templates.TemplateResponse(request, "second_factor.html", context | more, status_code=status)
