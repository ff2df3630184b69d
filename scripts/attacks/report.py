"""What a run says: a table, a summary, an exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from scripts.attacks.checks import Check
from scripts.attacks.running import Outcome, Verdict

STYLES = {Verdict.HELD: "green", Verdict.BROKEN: "bold red", Verdict.NOT_TRIED: "yellow"}


def control_said(check: Check, outcome: Outcome) -> str:
    """What became of a check's control."""
    how = "fails, planted" if check.planted else "fails"
    return how if outcome.proven else "[bold red]DOES NOT FAIL[/]"


def show(
    console: Console, checks: Sequence[Check], product: Mapping[Check, Outcome], controls: Mapping[Check, Outcome]
) -> bool:
    """Print all. Returns whether every attack was held off and every control failed."""
    table = Table("#", "category", "what is tried", "product", "control", title="Attacks", title_justify="left")
    for number, check in enumerate(checks, 1):
        outcome = product[check]
        verdict = f"[{STYLES[outcome.verdict]}]{outcome.verdict}[/]"
        table.add_row(str(number), check.category, check.what, verdict, control_said(check, controls[check]))
    console.print(table)
    for number, check in enumerate(checks, 1):
        if (outcome := product[check]).verdict is not Verdict.HELD:
            console.print(f"{number} {outcome.verdict}: {outcome.said}", markup=False, highlight=False)
        if not (control := controls[check]).proven:
            console.print(f"{number} control: {control.verdict}, {control.said}", markup=False, highlight=False)
    counted = Counter(check.category for check in checks)
    console.print(", ".join(f"{category}: {count}" for category, count in counted.items()))
    verdicts = Counter(product[check].verdict for check in checks)
    failing = sum(controls[check].proven for check in checks)
    planted = sum(check.planted is not None for check in checks)
    console.print(
        f"{len(checks)} checks: {verdicts[Verdict.HELD]} held, {verdicts[Verdict.BROKEN]} broken, "
        f"{verdicts[Verdict.NOT_TRIED]} not tried; {failing} controls fail ({planted} of them planted answers)"
    )
    return verdicts[Verdict.BROKEN] == 0 and failing == len(checks)
