"""
Distinguished names within the upper bounds of X.520 (RFC 5280 appendix A.1: 64 characters for CN, O and T).

Russian names outgrow them: the legal form alone, «Общество с ограниченной ответственностью», takes 40 of the 64. What
is too long is therefore shortened here in the order in which least is lost, and never refused: the registry keeps the
full words, the certificate keeps SN and GN whole (their bound is 32768), and a cut is always visible as "…".
"""

import re

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.x509.oid import NameOID

UPPER_BOUND = 64

# The abbreviations of the state register of legal entities; longer forms first, because they contain the shorter ones.
LEGAL_FORMS = {
    "непубличное акционерное общество": "НАО",
    "публичное акционерное общество": "ПАО",
    "закрытое акционерное общество": "ЗАО",
    "открытое акционерное общество": "ОАО",
    "акционерное общество": "АО",
    "общество с ограниченной ответственностью": "ООО",
    "федеральное государственное унитарное предприятие": "ФГУП",
    "федеральное государственное бюджетное учреждение": "ФГБУ",
    "государственное бюджетное учреждение": "ГБУ",
    "муниципальное унитарное предприятие": "МУП",
    "индивидуальный предприниматель": "ИП",
}


def tidy(text: str) -> str:
    """`text` without control characters and with single spaces: what a name attribute may hold."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def shorten(text: str, bound: int = UPPER_BOUND) -> str:
    """`text` itself if it has at most `bound` characters, otherwise cut at a word where possible and ended by "…"."""
    if len(text) <= bound:
        return text
    cut = text[: bound - 1]
    last_space = cut.rfind(" ")
    return (cut[:last_space] if last_space > bound // 2 else cut).rstrip() + "…"


def organization_name(full_name: str) -> str:
    """An organisation's name within 64 characters: the legal form is abbreviated before anything is cut."""
    name = tidy(full_name)
    if len(name) <= UPPER_BOUND:
        return name
    for words, abbreviation in LEGAL_FORMS.items():
        name, replaced = re.subn(words, abbreviation, name, count=1, flags=re.IGNORECASE)
        if replaced:
            break
    return shorten(name)


def person_name(full_name: str, surname: str, given_name: str) -> str:
    """A person's name within 64 characters: given names become initials before anything is cut."""
    name = tidy(full_name)
    if len(name) <= UPPER_BOUND:
        return name
    initials = "".join(f" {word[0]}." for word in tidy(given_name).split())
    return shorten(tidy(surname) + initials)


def service_name(owner_name: str, common_name: str) -> x509.Name:
    """The name of one of the authority's own certificates."""
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "RU"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization_name(owner_name)),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def person_subject(
    *, common_name: str, surname: str, given_name: str, position: str | None, organization: str
) -> asn1_x509.Name:
    """
    The subject of a holder's certificate (legal.md §2): C, O, T, SN, GN, CN; UTF8String but for the country.

    Made with asn1crypto: cryptography counts a common name in octets and so refuses Russian names of more than 32
    letters, which X.520 allows. Attributes that are empty are left out.
    """
    attributes = {
        "organization_name": organization_name(organization),
        "title": shorten(tidy(position or "")),
        "surname": tidy(surname),
        "given_name": tidy(given_name),
        "common_name": person_name(common_name, surname, given_name),
    }
    country = asn1_x509.DirectoryString("printable_string", asn1_x509.PrintableString("RU"))
    values = {"country_name": country} | {
        kind: asn1_x509.DirectoryString("utf8_string", asn1_x509.UTF8String(text))
        for kind, text in attributes.items()
        if text
    }
    relative_names = [
        asn1_x509.RelativeDistinguishedName([asn1_x509.NameTypeAndValue({"type": kind, "value": value})])
        for kind, value in values.items()
    ]
    return asn1_x509.Name(name="", value=asn1_x509.RDNSequence(relative_names))
