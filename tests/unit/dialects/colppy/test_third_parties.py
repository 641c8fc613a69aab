"""Customers and suppliers, to and from what clients send: what the recordings do not show."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest

from cuadra.catalog.records import Account, Nature, ThirdPartyKind
from cuadra.catalog.third_parties import StoredThirdParty
from cuadra.dialects.colppy.errors import Failure
from cuadra.dialects.colppy.mapping.accounts import account_from_text
from cuadra.dialects.colppy.mapping.third_parties import (
    draft_from_info,
    identification_from_info,
    info_from_parameters,
    row_from_third_party,
)
from cuadra.dialects.colppy.reading import Parameters
from cuadra.trade.catalog_changes import SaveThirdParty

CUSTOMER, SUPPLIER = ThirdPartyKind.CUSTOMER, ThirdPartyKind.SUPPLIER
GUID = UUID("531806e3-ae35-454b-8f7a-923f2571608d")
DAY = date(2026, 11, 20)


def account(code: str, name: str, *, movement: bool = True) -> Account:
    return Account(code=code, name=name, nature=Nature.DEBIT, movement=movement)


ACCOUNTS = [
    account("1103", "Créditos por ventas", movement=False),
    account("110301", "Deudores por ventas"),
    account("4101", "Ventas", movement=False),
    account("410101", "Ventas"),
]


def draft(known: StoredThirdParty | None = None, **said: Any) -> SaveThirdParty:
    """What somebody who says this becomes."""
    info = info_from_parameters(Parameters(said))
    before = row_from_third_party(known, CUSTOMER, 98, DAY) if known else {}
    return draft_from_info(info, CUSTOMER, known, ACCOUNTS, before)


def stored(saved: SaveThirdParty) -> StoredThirdParty:
    """A draft as the books hold it."""
    party = saved.party
    members = {name: getattr(party, name) for name in party.__struct_fields__}
    members |= {"id": 7, "guid": GUID, "identification": party.identification or "SIN-923F2571608D"}
    return StoredThirdParty(
        **members, created_at=datetime(2026, 11, 20, tzinfo=UTC), extra=saved.extra
    )


def made(**said: Any) -> StoredThirdParty:
    return stored(draft(**{"RazonSocial": "Ana Paz", "NombreFantasia": "Ana"} | said))


def shown(party: StoredThirdParty, role: ThirdPartyKind = CUSTOMER) -> dict[str, Any]:
    return row_from_third_party(party, role, 98, DAY)


@pytest.mark.parametrize(
    ("said", "id_type", "identification"),
    [
        ({"CUIT": "30-71234567-1"}, "80", "30712345671"),
        ({"CUIT": "30712345671", "dni": ""}, "80", "30712345671"),
        ({"CUIT": "", "dni": "30.111.222"}, "96", "30111222"),
        ({"dni": 1234567}, "96", "1234567"),
        ({"dni": "aab 123456"}, "94", "AAB123456"),
        ({}, "99", ""),
        ({"CUIT": None, "dni": " "}, "99", ""),
    ],
)
def test_who_it_is(said: dict[str, Any], id_type: str, identification: str) -> None:
    party = draft(RazonSocial="A", NombreFantasia="A", **said).party
    assert (party.id_type, party.identification) == (id_type, identification)
    assert identification_from_info(Parameters(said)) == identification


def test_a_dni_beside_a_cuit_is_kept_and_can_be_given_up() -> None:
    both = made(CUIT="20-12345678-6", dni="12345678")
    assert (shown(both)["CUIT"], shown(both)["dni"]) == ("20-12345678-6", "12345678")
    assert shown(stored(draft(both, dni="")))["dni"] == ""
    as_person = stored(draft(both, CUIT=""))
    assert (as_person.identification, shown(as_person)["CUIT"]) == ("12345678", "")


def test_a_person_that_becomes_a_taxpayer_keeps_its_dni() -> None:
    person = made(dni="12345678")
    taxpayer = stored(draft(person, CUIT="20123456786"))
    assert (shown(taxpayer)["CUIT"], shown(taxpayer)["dni"]) == ("20-12345678-6", "12345678")


def test_nobody_in_particular_has_no_number() -> None:
    assert (shown(made())["CUIT"], shown(made())["dni"]) == ("", "")


@pytest.mark.parametrize(("code", "arca"), [("1", "1"), ("2", "4"), ("3", "5"), ("4", "6")])
def test_conditions_both_ways(code: str, arca: str) -> None:
    party = made(idCondicionIva=code)
    assert party.fiscal_responsibilities == (arca,)
    assert party.vat_responsible == (code == "1")
    assert shown(party)["idCondicionIva"] == code


def test_a_condition_the_vendor_does_not_have_stays() -> None:
    social = msgspec.structs.replace(made(), fiscal_responsibilities=("13",))
    assert shown(social)["idCondicionIva"] is None
    assert draft(social, idCondicionIva="").party.fiscal_responsibilities == ("13",)


def test_what_is_kept_is_kept_for_each_role() -> None:
    party = made(
        CuentaCredito="deudores por ventas",
        idCondicionPago="a 30 Días",
        porcentajeIVA=Decimal("10.50"),
    )
    row = shown(party)
    kept = (row["CuentaCredito"], row["idCondicionPago"], row["porcentajeIVA"])
    assert kept == ("110301", "30", "10.5")
    assert shown(party, SUPPLIER)["CuentaCredito"] is None
    assert shown(stored(draft(party, CuentaCredito="")))["CuentaCredito"] is None


def test_what_is_not_said_stays_and_what_is_empty_goes() -> None:
    party = made(Telefono="1", Email="a@b", DirPostal="Mitre 1", DirPostalProvincia="caba")
    same = stored(draft(party, NombreFantasia="Otro"))
    names = ("Telefono", "Email", "DirPostal", "DirPostalProvincia")
    assert [shown(same)[name] for name in names] == [shown(party)[name] for name in names]
    gone = stored(draft(party, **dict.fromkeys(names, "")))
    assert [shown(gone)[name] for name in names] == ["", "", "", ""]
    assert gone.address is None


def test_places_abroad_go_by_their_own_names() -> None:
    party = made(DirPostal="X", DirPostalPais="uruguay", DirPostalProvincia="Canelones")
    assert party.address is not None
    assert (party.address.country_code, party.address.state_code) == ("UY", "Canelones")
    row = shown(party)
    assert (row["DirPostalPais"], row["countryId"], row["code"]) == ("Uruguay", None, "UY")


def test_members_stand_in_their_parts_or_beside_them() -> None:
    parts = {
        "info_general": {"RazonSocial": "A"},
        "info_otra": {"Activo": "0"},
        "NombreFantasia": "B",
    }
    party = draft(**parts).party
    assert (party.name, party.commercial_name, party.active) == (("A",), "B", False)


@pytest.mark.parametrize("text", ["Ventas", "ventas", "410101", "410101 - Ventas", " VENTAS "])
def test_accounts_by_any_of_their_names(text: str) -> None:
    assert account_from_text(text, ACCOUNTS).code == "410101"


def test_headings_only_by_their_own_name() -> None:
    assert account_from_text("4101", ACCOUNTS).code == "4101"
    assert account_from_text("creditos por ventas", ACCOUNTS).code == "1103"
    with pytest.raises(Failure, match="La cuenta Caja no existe"):
        account_from_text("Caja", ACCOUNTS)
