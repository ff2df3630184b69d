"""What the database works out of objects for whoever reads them."""

from __future__ import annotations

from models.entries import Slot
from rules.access import Parameters, assigned, condition
from rules.actor import Anonymous, Caller
from rules.identifiers import expression


def contacts(caller: Caller, o: str, parameters: Parameters) -> str:
    """The SQL of the contacts of the object aliased `o`, as JSON."""
    return f"{o}.contacts"


def qr_code(caller: Caller, o: str, parameters: Parameters) -> str:
    """The SQL of the path of the picture that opens the page of the object aliased `o`."""
    return f"'/objects/' || {expression('ServiceObject', f'{o}.id')} || '/qr.svg'"


def closed(caller: Caller, o: str, parameters: Parameters) -> str:
    """The SQL condition that the object aliased `o` is closed."""
    return f"{o}.closed_at is not null"


def attended(caller: Caller, o: str, parameters: Parameters) -> str:
    """The SQL condition that the caller has a duty on the object aliased `o` now."""
    return "false" if isinstance(caller, Anonymous) else assigned(caller, parameters, f"{o}.id", None)


def waiting(caller: Caller, o: str, parameters: Parameters) -> str:
    """The SQL condition that entries about the object aliased `o` that the caller sees await signatures."""
    seen = condition(Slot, caller, "w", parameters)
    return f"exists(select 1 from slots w where w.object_id = {o}.id and w.status = 'OPEN' and {seen})"


def has_system(o: str, placeholder: str) -> str:
    """The SQL condition that a system of the kind at `placeholder` is installed on the object aliased `o`."""
    return (
        f"exists(select 1 from systems y where y.object_id = {o}.id and y.kind = {placeholder}"
        " and y.removed_at is null)"
    )


def problems(caller: Caller, r: str, parameters: Parameters) -> str:
    """The SQL of what is wrong with the row of a sheet aliased `r`, as JSON."""
    return f"{r}.problems"
