"""Third parties through the handlers on a real database: made, changed, refused, and read by every door."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from cuadra.catalog.records import PersonKind, ThirdParty
from cuadra.dialects.siigo_pyme.fields import fields
from cuadra.dialects.siigo_pyme.job import Refused
from cuadra.dialects.siigo_pyme.settings import PymeSettings
from cuadra.trade.catalog_changes import SaveThirdParty
from cuadra.trade.recording import Submission
from tests.demo import DemoDatabases
from tests.dialects.serpi.client import Serpi
from tests.dialects.siigo import bodies as siigo_bodies
from tests.dialects.siigo.client import Siigo, signed_in
from tests.dialects.siigo.recording import dump
from tests.dialects.siigo.test_bad_input import ODD_VALUES
from tests.dialects.siigo_pyme.movements import (
    CASH,
    RECEIVABLE,
    Books,
    codes,
    opened,
    row,
    voucher,
)
from tests.dialects.siigo_pyme.thirds import (
    NEW,
    company,
    export,
    export_json,
    read,
    read_one,
    written,
)

PERSON = {
    "identification": 52111222,
    "branch": 0,
    "first_name": "Ana",
    "middle_name": "María",
    "first_surname": "Ruiz",
    "second_surname": "Peña",
}


@pytest.fixture
async def books(demo_databases: DemoDatabases) -> AsyncIterator[Books]:
    url = demo_databases.take()
    async with opened(url) as books:
        yield books
    demo_databases.give_back(url, changed=True)


@pytest.fixture
async def doors(demo_databases: DemoDatabases) -> AsyncIterator[tuple[Siigo, Serpi, Books]]:
    """Siigo Nube and SERPI on one server, and Siigo Pyme over the same books."""
    url = demo_databases.take()
    async with signed_in(url) as siigo, opened(url) as books:
        yield siigo, Serpi(siigo.app, siigo.clock, siigo.database), books
    demo_databases.give_back(url, changed=True)


async def test_a_company_and_a_person(books: Books) -> None:
    await written(books, company(), PERSON)
    found = await read_one(books)
    assert found.keys() == fields("third").keys()
    assert (found["name"], found["legal_name"], found["identification_type"]) == (
        "Nueva Empresa S.A.S.", "S", "N",
    )  # fmt: skip
    assert (found["verification_digit"], found["active"], found["classification"]) == (5, "A", "C")
    found = await read_one(books, 52111222)
    assert {name: found[name] for name in PERSON} == PERSON
    assert (found["name"], found["legal_name"]) == ("Ana María Ruiz Peña", "N")
    assert (found["identification_type"], found["verification_digit"]) == ("C", 0)


async def test_what_is_read_of_the_demo_company_changes_nothing_when_sent_again(
    books: Books,
) -> None:
    before, kept = await read(books), await stored(books)
    assert len(before) == 17
    report = await written(books, *before)
    assert report.warnings == []
    assert await read(books) == before
    assert await stored(books) == kept


async def test_another_country_has_types_and_cities_of_its_own(
    demo_databases: DemoDatabases,
) -> None:
    url = demo_databases.take()
    async with opened(url, "demo-ar") as books:
        before = await read(books)
        assert before and {one["country"] for one in before} == {"AR"}
        await written(books, *before)
        assert await read(books) == before
        cuit = company(identification=30500001735, identification_type="80", verification_digit=9)
        await written(books, cuit)
        assert codes(await export(books, company())) == [(1, "identification_type", "option")]
    demo_databases.give_back(url, changed=True)


async def stored(books: Books) -> list[Any]:
    """The third parties as the books have them."""
    async with books.database.read(books.company) as transaction:
        return await transaction.rows(
            "SELECT to_jsonb(t) FROM books.third_party t"
            " WHERE t.company_id = %(company)s ORDER BY t.id",
            company=transaction.company.id,
        )


async def test_a_row_changes_what_it_says(books: Books) -> None:
    await written(
        books,
        company(address="Calle 1 # 2 - 3", city=5001, phone_1=6045550100, phone_2=3001112233,
                email="a@example.com", contact_name="Ana Ruiz", fax=6045550101, salesperson=629),
    )  # fmt: skip
    before = await read_one(books)
    await written(
        books, {"identification": NEW, "branch": 0, "phone_1": "", "city": "68001", "fax": None}
    )
    changed = {"phone_1": 0, "city": 68001, "fax": 0}
    assert await read_one(books) == before | changed
    await written(books, company(name="Otra S.A.", legal_name="S", active="I", email=0))
    changed |= {"name": "Otra S.A.", "active": "I", "email": ""}
    assert await read_one(books) == before | changed


async def test_branches_are_third_parties(books: Books) -> None:
    await written(books, company(), company(branch=7, name="Sede"))
    rows = await read(books, third_initial=NEW, third_final=NEW)
    assert [(one["branch"], one["name"]) for one in rows] == [
        (0, "Nueva Empresa S.A.S."),
        (7, "Sede"),
    ]


async def test_what_is_kept_stands_while_the_books_say_the_same(doors: Any) -> None:
    siigo, _, books = doors
    name = "RUIZ PEÑA ANA"
    await written(books, PERSON | {"name": name, "city": 11001, "address": "Calle 1", "fax": 6011})
    assert (await read_one(books, 52111222))["name"] == name
    (found,) = (await siigo.get("/v1/customers?identification=52111222")).json()["results"]
    body = siigo_bodies.customer(identification="52111222", name=["Ana", "Peña"])
    assert (await siigo.put(f"/v1/customers/{found['id']}", body)).status_code == 200
    back = await read_one(books, 52111222)
    assert (back["name"], back["fax"]) == ("Ana Peña", 6011)


async def test_references_that_are_not_known_are_kept_and_told(books: Books) -> None:
    sent = company(credit_limit=1500000.25, internal_code="X1", zone=0, nothing=None)
    report = await written(books, sent)
    assert [(w.row, w.field, w.code) for w in report.warnings] == [
        (1, "credit_limit", "unknown_field"),
        (1, "internal_code", "unknown_field"),
    ]
    back = await read_one(books)
    assert str(back["credit_limit"]) == "1500000.25"
    assert back["internal_code"] == "X1" and "zone" not in back
    await written(books, company(internal_code=""))
    assert "internal_code" not in await read_one(books)
    for odd in ("Credit", "a b", "a" * 65, "ñ", ""):
        assert codes(await export(books, company(**{odd: 1}))) == [(1, odd, "unknown_field")]
    assert codes(await export(books, company(credit_limit=[1]))) == [(1, "credit_limit", "type")]
    books.settings = PymeSettings(profile="strict")
    assert codes(await export(books, sent)) == [
        (1, "credit_limit", "unknown_field"),
        (1, "internal_code", "unknown_field"),
    ]


@pytest.mark.parametrize(
    ("members", "field", "code"),
    [
        ({"identification": "901"}, "identification", "type"),
        ({"identification": 0}, "identification", "required"),
        ({"identification": 10**12}, "identification", "value"),
        ({"identification": 999000000001}, "identification", "value"),
        ({"identification": 12}, "identification", "format"),
        ({"branch": None}, "branch", "required"),
        ({"branch": 1000}, "branch", "value"),
        ({"branch": -1}, "branch", "value"),
        ({"verification_digit": 4}, "verification_digit", "value"),
        ({"verification_digit": 33}, "verification_digit", "value"),
        ({"name": ""}, "name", "required"),
        ({"legal_name": "N", "name": ""}, "name", "required"),
        ({"name": 7}, "name", "type"),
        ({"classification": "T"}, "classification", "value"),
        ({"active": "S"}, "active", "value"),
        ({"identification_type": "Ñ"}, "identification_type", "option"),
        ({"address": "Calle 1"}, "city", "required"),
        ({"city": 99999}, "city", "unknown"),
        ({"city": "Bogotá"}, "city", "unknown"),
        ({"city": 11001, "country": "XX"}, "country", "unknown"),
        ({"city": 11001, "country": 2}, "country", "unknown"),
        ({"salesperson": 4}, "salesperson", "unknown"),
        ({"collector": "cobrador"}, "collector", "value"),
        ({"fiscal_responsibility": "O-13;O-1"}, "fiscal_responsibility", "unknown"),
    ],
)
async def test_refused(books: Books, members: Any, field: str, code: str) -> None:
    before = await stored(books)
    report = await export(books, company(**members))
    assert codes(report) == [(1, field, code)]
    assert report.written == 0
    assert await stored(books) == before


async def test_good_rows_are_written_and_bad_ones_told(books: Books) -> None:
    report = await export(
        books, company(), company(name="Otra vez"), company(branch=1, city=1), company(branch=2)
    )
    assert codes(report) == [(2, "identification", "repeated"), (3, "city", "unknown")]
    assert [error.message for error in report.errors] == [
        "IDENTIFICACIÓN: el tercero ya está en la fila 1",
        "CIUDAD: 1 no existe",
    ]
    assert report.written == 2
    rows = await read(books, third_initial=NEW, third_final=NEW)
    assert [(one["branch"], one["name"]) for one in rows] == [
        (0, company()["name"]), (2, company()["name"]),
    ]  # fmt: skip


async def test_the_year_is_checked(books: Books) -> None:
    with pytest.raises(Refused) as refused:
        await export(books, company(), year="2026")
    assert refused.value.errors[0].field == "data.params.year"


async def test_strict_asks_for_what_the_model_takes(books: Books) -> None:
    odd = company(legal_name="Empresa S.A.", gender="X", phone_1="601-555", name=None)
    report = await written(books, odd)
    assert [w.field for w in report.warnings] == ["legal_name", "gender", "phone_1"]
    back = await read_one(books)
    assert (back["name"], back["legal_name"]) == ("Empresa S.A.", "Empresa S.A.")
    assert (back["gender"], back["phone_1"]) == ("X", "601-555")
    books.settings = PymeSettings(profile="strict")
    assert [code for _, _, code in codes(await export(books, odd))] == ["value"] * 3


async def test_two_exports_at_once_make_one(books: Books) -> None:
    reports = await asyncio.gather(*(export(books, company(name=f"N{n}")) for n in range(4)))
    assert sum(report.written for report in reports) >= 1
    assert {e.code for report in reports for e in report.errors} <= {"repeated"}
    assert len(await read(books, third_initial=NEW, third_final=NEW)) == 1


async def test_filters(books: Books) -> None:
    everybody = await read(books)
    assert [(r["identification"], r["branch"]) for r in everybody] == sorted(
        (r["identification"], r["branch"]) for r in everybody
    )
    for letter in "CPO":
        assert await read(books, classification=letter) == [
            one for one in everybody if one["classification"] == letter
        ]
    within = await read(books, third_initial=209048401, third_final=900123456)
    assert [one["identification"] for one in within] == [
        209048401, 800197268, 830123456, 900123456, 900123456,
    ]  # fmt: skip
    await written(books, company())


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        (20261120, 20261120, True),
        (20261120, 99999999, True),
        (1, 20261131, True),
        (20261121, 99999999, False),
        (1, 20261119, False),
        (20270230, 99999999, False),
    ],
)
async def test_days_are_counted_in_colombia(
    books: Books, first: int, last: int, found: bool
) -> None:
    """The demo company was loaded on the 20th at ten; a made one at the evening of that day is of it, too."""
    async with books.database.write(books.company) as transaction:
        await transaction.execute(
            "UPDATE books.third_party SET created_at = '2026-11-21T04:59:59Z' WHERE company_id = %(company)s",
            company=transaction.company.id,
        )
    rows = await read(books, date_opening_initial=first, date_opening_final=last)
    assert bool(rows) is found


async def test_who_has_no_number_is_found_by_the_one_made(doors: Any) -> None:
    siigo, _, books = doors
    body = siigo_bodies.customer(identification="AB123", id_type="41")
    await siigo.created("/v1/customers", body)
    (back,) = await read(books, third_initial=999000000000)
    assert (back["identification_type"], back["first_name"]) == ("P", "Marcos")
    await written(books, back | {"phone_1": 3110001122})
    (found,) = (await siigo.get("/v1/customers?identification=AB123")).json()["results"]
    assert found["phones"][0]["number"] == "3110001122"


async def test_what_is_written_here_is_read_at_every_door(doors: Any) -> None:
    siigo, serpi, books = doors
    await written(
        books,
        company(commercial_name="Nueva", address="Carrera 7 # 8 - 9", city=5001, postal_code="050001",
                phone_1=6045550100, email="a@example.com", contact_name="Ana Ruiz", taxes="01",
                fiscal_responsibility="O-13", salesperson=629, classification="P", observation="Nota"),
        PERSON,
    )  # fmt: skip
    (found,) = (await siigo.get(f"/v1/customers?identification={NEW}")).json()["results"]
    assert (found["type"], found["person_type"], found["id_type"]["code"]) == (
        "Supplier", "Company", "31",
    )  # fmt: skip
    assert (found["name"], found["commercial_name"]) == (["Nueva Empresa S.A.S."], "Nueva")
    assert found["check_digit"] == "5" and found["vat_responsible"] is True
    assert [one["code"] for one in found["fiscal_responsibilities"]] == ["O-13"]
    assert found["address"]["city"]["city_code"] == "05001"
    assert found["address"]["city"]["state_code"] == "05"
    assert found["phones"] == [{"number": "6045550100"}]
    assert found["contacts"][0]["email"] == "a@example.com"
    assert found["related_users"]["seller_id"] == 629
    (found,) = (await siigo.get("/v1/customers?identification=52111222")).json()["results"]
    assert found["name"] == ["Ana María", "Ruiz Peña"]
    answer = await serpi.get(f"/api/v1/Tercero?codigo={NEW}")
    (found,) = answer.json()["result"]
    assert (found["identificacion"], found["dv"], found["razonsocial"]) == (
        str(NEW), "5", "Nueva Empresa S.A.S.",
    )  # fmt: skip
    assert found["codigociudad"] == "05001" and found["tipotercero"] == "PROVEEDOR"


async def test_what_other_doors_write_is_read_here(doors: Any) -> None:
    siigo, serpi, books = doors
    await siigo.created("/v1/customers", siigo_bodies.customer(type="Other"))
    back = await read_one(books, 79123456)
    assert (back["first_name"], back["first_surname"]) == ("Marcos", "Castillo")
    assert (back["phone_1"], back["city"], back["country"]) == (3006003345, 11001, 1)
    assert (back["email"], back["classification"]) == ("marcos@contacto.com", "O")
    tercero = {"identificacion": str(NEW), "tipoidentidad": "NIT", "razonsocial": "De SERPI"}
    assert (await serpi.post("/api/v1/Tercero", [tercero])).status_code == 201
    back = await read_one(books)
    assert (back["name"], back["legal_name"], back["address"]) == ("De SERPI", "S", "")


async def test_movements_may_name_them_at_once(books: Books) -> None:
    await written(books, company(branch=3))
    party = {"nit": NEW, "branch": 3}
    await books.written(voucher(row(RECEIVABLE, 10, **party), row(CASH, -10)))
    (owed, _) = (await books.read(voucher_type="L"))[-2:]
    assert (owed["nit"], owed["branch"]) == (NEW, 3)
    await written(books, company(branch=3, name="Con movimientos"))
    assert (await read_one(books, branch=3))["name"] == "Con movimientos"


@pytest.mark.parametrize("reference", fields("third"))
async def test_every_field_with_odd_values(books: Books, reference: str) -> None:
    """Each is taken or refused in its own name; nothing is unforeseen."""
    rows = [company(branch=n) | {reference: odd} for n, odd in enumerate(ODD_VALUES)]
    report = await export_json(books, dump(rows))
    assert report.written + len({error.row for error in report.errors}) == len(rows)
    assert not {error.code for error in report.errors} & {"unforeseen", "busy", "unavailable"}
    assert len(await read(books)) == 17 + report.written


async def test_fifty_thousand_come_in_order_and_quickly(books: Books) -> None:
    async with books.database.write(books.company) as transaction:
        await transaction.execute(
            "INSERT INTO books.third_party SELECT (jsonb_populate_record(t, jsonb_build_object("
            "  'id', 100000 + n, 'guid', gen_random_uuid(), 'identification', (300000000 - n)::text))).*"
            "  FROM books.third_party t, generate_series(1, 50000) n"
            " WHERE t.company_id = %(company)s AND t.id = 2",
            company=transaction.company.id,
        )
    began = time.perf_counter()
    rows = await read(books)
    assert time.perf_counter() - began < 15  # about 3 s, reading the rows again included
    numbers = [one["identification"] for one in rows]
    assert len(numbers) == 50_017 and numbers == sorted(numbers)


async def test_a_third_party_of_the_books_may_be_nearly_nothing(books: Books) -> None:
    """Other doors and files may leave out what this one would not."""
    party = ThirdParty(identification="77777", id_type="13", person=PersonKind.PERSON)
    submission = Submission(draft=SaveThirdParty(party=party), origin=books.job({}).origin)
    await books.groups.record(books.company, submission)
    back = await read_one(books, 77777)
    assert (back["name"], back["address"], back["country"], back["city"]) == ("", "", "", 0)
    assert codes(await export(books, back)) == [(1, "name", "required")]
