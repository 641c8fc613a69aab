"""Third parties and rows, one by one: what stands for what, and what a row may leave out."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from cuadra.catalog.records import Address, Contact, PersonKind, Phone, ThirdParty, ThirdPartyKind
from cuadra.catalog.third_parties import PartyName, StoredThirdParty
from cuadra.dialects.siigo_pyme.fields import fields
from cuadra.dialects.siigo_pyme.mapping.third_drafts import draft_from_row
from cuadra.dialects.siigo_pyme.mapping.thirds import (
    filter_from_params,
    row_from_third_party,
    third_problems,
)
from cuadra.dialects.siigo_pyme.rows import RowReader
from cuadra.trade.catalog_changes import SaveThirdParty

PARAMS = {
    "third_initial": 1,
    "third_final": 999999999999,
    "classification": "T",
    "date_opening_initial": 1,
    "date_opening_final": 99999999,
}
MOMENT = datetime(2026, 11, 20, 15, tzinfo=UTC)


def draft(known: StoredThirdParty | None = None, **members: Any) -> SaveThirdParty:
    row = RowReader("third", "documented").read(1, members | {"identification": 900123456})
    made = draft_from_row(row, members, known, PartyName("900123456"))
    assert made is not None, row.errors
    return made


def party(known: StoredThirdParty | None = None, **members: Any) -> ThirdParty:
    return draft(known, **members).party


def stored(saved: SaveThirdParty) -> StoredThirdParty:
    """A draft as it is read back."""
    members = msgspec.structs.asdict(saved.party)
    return StoredThirdParty(**members, created_at=MOMENT, extra=saved.extra)


@pytest.mark.parametrize(
    ("members", "person", "id_type", "name"),
    [
        ({"name": "Una S.A."}, PersonKind.COMPANY, "31", ("Una S.A.",)),
        ({"legal_name": "Una S.A."}, PersonKind.COMPANY, "31", ("Una S.A.",)),
        ({"legal_name": "S", "name": "Una"}, PersonKind.COMPANY, "31", ("Una",)),
        ({"legal_name": "N", "name": "Ana Ruiz"}, PersonKind.PERSON, "13", ("Ana Ruiz", "")),
        ({"first_name": "Ana"}, PersonKind.PERSON, "13", ("Ana", "")),
        ({"name": "ANA", "first_surname": "Ruiz"}, PersonKind.PERSON, "13", ("", "Ruiz")),
        ({"name": "Ana", "identification_type": "E"}, PersonKind.PERSON, "22", ("Ana", "")),
        ({"name": "Una", "identification_type": 31}, PersonKind.COMPANY, "31", ("Una",)),
        ({"name": "Ana", "identification_type": "47"}, PersonKind.PERSON, "47", ("Ana", "")),
    ],
)
def test_persons_and_companies(members: Any, person: Any, id_type: str, name: Any) -> None:
    made = party(**members)
    assert (made.person, made.id_type, made.name) == (person, id_type, name)


@pytest.mark.parametrize("country", [1, "1", "001", "CO", "co"])
@pytest.mark.parametrize("city", [5001, "05001", "5001"])
def test_a_municipality_has_its_department(country: Any, city: Any) -> None:
    made = party(name="x", country=country, city=city)
    assert made.address == Address(
        address="", country_code="CO", state_code="05", city_code="05001"
    )


def test_abroad_nothing_is_known_of_cities() -> None:
    made = draft(name="x", country="US", city="New York", postal_code="0110")
    assert made.party.address == Address(
        address="", country_code="US", state_code="", city_code="New York", postal_code="0110"
    )
    row = row_from_third_party(stored(made), 7)
    assert (row["country"], row["city"], row["postal_code"]) == ("US", "New York", "0110")


def test_a_country_alone_is_no_address() -> None:
    made = draft(name="x", country=1)
    assert made.party.address is None
    assert row_from_third_party(stored(made), 7)["country"] == 1


@pytest.mark.parametrize("odd", ["²", "٣", "1.0", "-1", "1" * 16])
def test_digits_are_those_of_ascii(odd: str) -> None:
    made = party(name="x", country=odd, city=odd, phone_1=odd, taxes=odd)
    assert made.address is not None and made.address.country_code == odd
    assert made.phones[0].number == odd and not made.vat_responsible


def test_names_are_told_apart_as_they_were_said() -> None:
    known = stored(draft(first_name="Ana María", first_surname="de la Peña"))
    parts = {"first_name": "Ana María", "first_surname": "de la Peña"}
    row = row_from_third_party(known, 7)
    assert {name: row[name] for name in parts} == parts
    assert (row["middle_name"], row["second_surname"]) == ("", "")
    row = row_from_third_party(stored(draft(known, second_surname="Gil")), 7)
    assert (row["middle_name"], row["first_surname"], row["second_surname"]) == (
        "", "de la Peña", "Gil",
    )  # fmt: skip
    assert row["name"] == "Ana María de la Peña Gil"


def test_phones_stand_in_their_places() -> None:
    made = draft(name="x", phone_2=3001112233)
    assert made.party.phones == (Phone(number=""), Phone(number="3001112233"))
    known = StoredThirdParty(
        identification="1",
        name=("a", "b"),
        phones=(Phone(number="1", indicative="57"), *(Phone(number=str(n)) for n in range(2, 7))),
        created_at=MOMENT,
    )
    assert party(known, phone_1=9, phone_4="").phones == (
        Phone(number="9", indicative="57"),
        *(Phone(number=number) for number in "2356"),
    )


def test_the_first_contact() -> None:
    made = party(name="Una S.A.", email="a@example.com")
    assert made.contacts == (Contact(first_name="Una S.A.", email="a@example.com"),)
    contact = Contact(
        first_name="Ana", last_name="Ruiz", email="b@example.com", phone=Phone(number="1")
    )
    known = StoredThirdParty(
        identification="1", name=("a", "b"), contacts=(contact,), created_at=MOMENT
    )
    changed = msgspec.structs.replace(contact, email="c@example.com")
    assert party(known, contact_name="Ana Ruiz", email="c@example.com").contacts == (changed,)
    assert party(known, contact_name="", email="").contacts == ()


def test_members_of_the_books() -> None:
    made = party(
        name="x", classification="P", active="I", salesperson="629", collector=35071, taxes="ZA",
        observation="Nota", commercial_name="X", fiscal_responsibility="O-13, O-15",
        verification_digit=8,
    )  # fmt: skip
    assert made.kind is ThirdPartyKind.SUPPLIER and not made.active and made.vat_responsible
    assert (made.seller, made.collector, made.check_digit) == (629, 35071, "8")
    assert (made.comments, made.commercial_name) == ("Nota", "X")
    assert made.fiscal_responsibilities == ("O-13", "O-15")


def test_nothing_is_changed_by_what_is_not_said() -> None:
    first = draft(name="x", fax=1, taxes="01", commercial_name="X", unheard="y")
    known = stored(first)
    again = draft(known)
    assert (again.party, again.extra) == (first.party, first.extra)
    again = draft(known, fax="", commercial_name=None, taxes="")
    assert again.party.commercial_name is None and again.party.vat_responsible
    assert row_from_third_party(stored(again), 7)["unheard"] == "y"
    assert row_from_third_party(stored(again), 7)["fax"] == 0


def test_what_another_door_changed_is_told_as_it_is() -> None:
    known = stored(draft(first_name="Ana", name="RUIZ ANA", first_surname="Ruiz"))
    assert row_from_third_party(known, 7)["name"] == "RUIZ ANA"
    renamed = msgspec.structs.replace(known, name=("Eva", "Ruiz"))
    assert row_from_third_party(renamed, 7)["name"] == "Eva Ruiz"
    kept = draft(renamed, phone_1=1).extra
    assert kept == {"siigo_pyme": {}}


def test_every_field_is_told() -> None:
    row = row_from_third_party(stored(draft(name="x")), 7)
    assert list(row) == list(fields("third"))
    assert row["identification"] == 7


def test_days_without_meaning_are_no_filter() -> None:
    wanted = filter_from_params(PARAMS, "America/Bogota")
    assert (wanted.made_from, wanted.made_until, wanted.kind) == (None, None, None)
    wanted = filter_from_params(
        PARAMS | {"date_opening_initial": 20260101, "date_opening_final": 20261231,
                  "classification": "O"}, "America/Bogota",
    )  # fmt: skip
    assert (wanted.made_from, wanted.made_until) == (20260101, 20261231)
    assert wanted.kind is ThirdPartyKind.OTHER


@pytest.mark.parametrize("name", PARAMS)
@pytest.mark.parametrize("odd", [None, True, "1", [], {}, -1, 0, 1.5, 10**13])
def test_wrong_parameters(name: str, odd: Any) -> None:
    assert name in {
        error.field.removeprefix("params.") for error in third_problems(PARAMS | {name: odd})
    }
