"""The signature as it is served: with the time-stamp that came later, where one did."""

from __future__ import annotations

from models.signatures import Signature, SignatureTimeStamp
from rules.access import Parameters
from rules.actor import Caller


async def cms_of(signature: Signature) -> bytes:
    """The DER of the signature with every time-stamp there is."""
    later = await SignatureTimeStamp.get_or_none(signature_id=signature.id)
    return bytes(later.cms if later else signature.cms)


def cms(caller: Caller, s: str, parameters: Parameters) -> str:
    """The same as an SQL expression, in base64, of the signature aliased `s`. Only one of level B can have got a
    time-stamp later, so all others cost no look."""
    later = f"(select t.cms from signature_time_stamps t where t.signature_id = {s}.id)"
    served = f"case when {s}.level = 'B' then coalesce({later}, {s}.cms) else {s}.cms end"
    return f"translate(encode({served}, 'base64'), E'\\n', '')"


def level(caller: Caller, s: str, parameters: Parameters) -> str:
    """The level of what is served (ETSI EN 319 122-1), as an SQL expression, of the signature aliased `s`."""
    later = f"exists(select 1 from signature_time_stamps t where t.signature_id = {s}.id)"
    return f"case when {s}.level = 'B' and {later} then 'T' else {s}.level end"
