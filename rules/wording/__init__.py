"""The words of refusals, Russian and English. Keys are `Refusal.reason`; braces are filled from its details."""

from models.enums import Language
from rules.wording import certificates, entries, general, identity, journal_types, objects, people

__all__ = ["REFUSALS", "Language"]

REFUSALS: dict[str, dict[Language, str]] = {
    **general.WORDS,
    **identity.WORDS,
    **entries.WORDS,
    **objects.WORDS,
    **journal_types.WORDS,
    **certificates.WORDS,
    **people.WORDS,
}
