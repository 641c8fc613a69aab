"""Third parties to rows, and the parameters of their import to a filter. Pure.

Where the books tell something else than a row said (they have no fax, and put a name together from its
parts), what was said is kept beside what they told at the time, and stands while they still tell that.
"""

import re
from collections.abc import Mapping
from typing import Any

from cuadra.catalog.nit import compute_check_digit
from cuadra.catalog.records import Address, Contact, PersonKind, ThirdParty, ThirdPartyKind
from cuadra.catalog.third_parties import StoredThirdParty
from cuadra.catalog.third_party_lists import PartyNumberFilter
from cuadra.dialects.siigo_pyme.fields import empty_row
from cuadra.dialects.siigo_pyme.job import RowError
from cuadra.dialects.siigo_pyme.params import THIRD_MAX, check_option, check_range, check_year
from cuadra.dialects.siigo_pyme.rows import Value
from cuadra.dialects.siigo_pyme.settings import DIALECT

NO_DAY, EVERY_DAY = 1, 99_999_999
NIT, CITIZEN = "31", "13"
COLOMBIA = "CO"
# C and N are seen in real files. Any other type goes by the authority's own code.
ID_TYPES = {"C": CITIZEN, "N": NIT, "E": "22", "T": "12", "P": "41", "R": "11", "U": "91"}
KINDS = {
    "C": ThirdPartyKind.CUSTOMER,
    "P": ThirdPartyKind.SUPPLIER,
    "O": ThirdPartyKind.OTHER,
}
IVA, NO_TAX = "01", "ZZ"
PERSON = ("first_name", "middle_name", "first_surname", "second_surname")
PHONES = ("phone_1", "phone_2", "phone_3", "phone_4")
_ID_LETTERS = {code: letter for letter, code in ID_TYPES.items()}
_KIND_LETTERS = {kind: letter for letter, kind in KINDS.items()}
_NUMBER = re.compile(r"[1-9]\d{0,14}", re.ASCII)
Said = dict[str, Any]


def third_problems(params: Mapping[str, Any]) -> list[RowError]:
    """What is wrong with the parameters of an import, in the order of the vendor's table."""
    wrong: list[RowError] = []
    check_year(params, wrong)
    check_range(params, "third", THIRD_MAX, wrong)
    check_option(params, "classification", ("T", *KINDS), wrong)
    check_range(params, "date_opening", EVERY_DAY, wrong)
    return wrong


def filter_from_params(params: Mapping[str, Any], zone: str) -> PartyNumberFilter:
    """The third parties that are asked for. `third_problems` has found nothing wrong with the parameters."""
    first, last = int(params["date_opening_initial"]), int(params["date_opening_final"])
    return PartyNumberFilter(
        start=int(params["third_initial"]),
        end=int(params["third_final"]),
        zone=zone,
        kind=KINDS.get(params["classification"]),
        made_from=first if first > NO_DAY else None,
        made_until=last if last < EVERY_DAY else None,
    )


def row_from_third_party(party: StoredThirdParty, number: int) -> Said:
    """A third party as an import tells it: what the books know, and over it what was said here."""
    row = told_of(party)
    row["identification"] = number
    for reference, (said, told) in kept_of(party).items():
        if row.get(reference) == told:
            row[reference] = said
    return row


def kept_of(party: StoredThirdParty | None) -> dict[str, list[Any]]:
    """By reference, what a row said that the books do not tell, and what they told instead."""
    return (party.extra or {}).get(DIALECT, {}) if party is not None else {}


def told_of(party: ThirdParty) -> Said:
    """What the books know of a third party, every field of the table, its number left at nothing."""
    row: Said = dict(empty_row("third"))
    company = party.person is PersonKind.COMPANY
    names = (*party.name, "", "")
    row |= {
        "branch": party.branch,
        "verification_digit": _check_digit(party),
        "name": " ".join(part for part in party.name if part),
        "legal_name": "S" if company else "N",
        "active": "A" if party.active else "I",
        "identification_type": _ID_LETTERS.get(party.id_type, party.id_type),
        "classification": _KIND_LETTERS[party.kind],
        "salesperson": party.seller or 0,
        "collector": party.collector or 0,
        "observation": party.comments or "",
        "commercial_name": party.commercial_name or "",
        "fiscal_responsibility": ";".join(party.fiscal_responsibilities),
        "taxes": IVA if party.vat_responsible else NO_TAX,
    }
    if not company:
        parts = [*(*names[0].split(None, 1), "", "")[:2], *(*names[1].split(None, 1), "", "")[:2]]
        row.update(zip(PERSON, parts, strict=True))
    for reference, phone in zip(PHONES, party.phones, strict=False):
        row[reference] = number_or_text(phone.number or "")
    if party.contacts:
        row["contact_name"] = contact_name(party.contacts[0])
        row["email"] = party.contacts[0].email
    if party.address is not None:
        _tell_place(row, party.address)
    return row


def _check_digit(party: ThirdParty) -> int:
    """The digit that was sent, or for a NIT the one the law computes; 0 where there is none."""
    digit = party.check_digit or ""
    if party.check_digit is None and party.id_type == NIT and is_digits(party.identification):
        digit = compute_check_digit(party.identification)
    return int(digit) if is_digits(digit) else 0


def is_digits(text: str) -> bool:
    """Whether a text is digits, and no more than a check digit can be computed of."""
    return text.isascii() and text.isdigit() and len(text) <= 15


def _tell_place(row: Said, address: Address) -> None:
    """Colombia's municipalities are numbers, as in balances; what is abroad goes by its own codes."""
    at_home = address.country_code.upper() == COLOMBIA
    city = address.city_code
    row["address"] = address.address
    row["country"] = 1 if at_home else address.country_code
    row["city"] = int(city) if at_home and is_digits(city) else number_or_text(city)
    row["postal_code"] = address.postal_code or ""


def number_or_text(text: str) -> Value:
    """Digits as the number they are, unless something would be lost; nothing is 0.

    >>> number_or_text("3006003345"), number_or_text("01800"), number_or_text("")
    (3006003345, '01800', 0)
    """
    return int(text) if _NUMBER.fullmatch(text) else text or 0


def contact_name(contact: Contact) -> str:
    """A contact by one name."""
    return " ".join(part for part in (contact.first_name, contact.last_name) if part)
