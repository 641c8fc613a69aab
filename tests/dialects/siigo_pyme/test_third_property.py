"""Random legal third parties: written, they come back unchanged, and nothing moves when they are sent again."""

import asyncio
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from cuadra.catalog.nit import compute_check_digit
from cuadra.catalog.tables import list_cities, list_fiscal_responsibilities
from cuadra.dialects.siigo_pyme.mapping.thirds import PERSON
from tests.books_check import find_contradictions
from tests.demo import DemoDatabases
from tests.dialects.siigo_pyme.movements import opened, sent
from tests.dialects.siigo_pyme.thirds import Row, read, written
from tests.dialects.siigo_pyme.values import TEXT

WORD = TEXT.filter(lambda text: text != "0" and len(text) <= 20)
WORDS = st.lists(WORD, min_size=1, max_size=3).map(" ".join)
CITIES = [int(city.code) for city in list_cities()]
RESPONSIBILITIES = [one.code for one in list_fiscal_responsibilities()]
PLACES = (
    st.fixed_dictionaries({"city": st.sampled_from(CITIES)}, optional={"country": st.just(1)})
    | st.fixed_dictionaries({"country": st.sampled_from(["US", "ES", "BR"]), "city": WORDS.filter(lambda w: not w.isdigit())})
)  # fmt: skip
PHONE = st.integers(1, 10**11 - 1)
FREE: dict[str, st.SearchStrategy[Any]] = {
    "foreign_identification_number": WORDS,
    "tax_identification_code": WORDS,
    "contact_name": WORDS,
    "postal_code": st.text("123456789", min_size=6, max_size=6),
    "active": st.sampled_from("AI"),
    "phone_1": PHONE,
    "phone_2": PHONE,
    "phone_3": PHONE,
    "phone_4": PHONE,
    "cell_phone": PHONE,
    "fax": PHONE,
    "po_box": PHONE,
    "gender": st.sampled_from("FME"),
    "birthday_year": st.integers(1900, 2020),
    "birthday_month": st.integers(1, 12),
    "birthday_day": st.integers(1, 31),
    "email": st.just("correo@example.com"),
    "classification": st.sampled_from("CPO"),
    "salesperson": st.sampled_from((629, 35071)),
    "collector": st.just(629),
    "observation": WORDS,
    "commercial_name": WORDS,
    "fiscal_responsibility": st.lists(
        st.sampled_from(RESPONSIBILITIES), min_size=1, max_size=3, unique=True
    ).map(";".join),
    "taxes": st.sampled_from(("01", "04", "ZA", "ZZ")),
    "unheard_of": WORDS | st.integers(1, 10**9),
}


@st.composite
def thirds(draw: st.DrawFn) -> Row:
    """One third party: a company, or a person by names, surnames or both in one."""
    row: Row = {
        "identification": draw(st.integers(10**6, 998 * 10**9)),
        "branch": draw(st.integers(0, 999)),
    }
    if draw(st.booleans()):
        row["verification_digit"] = int(compute_check_digit(str(row["identification"])))
    row |= draw(
        st.fixed_dictionaries({"name": WORDS, "legal_name": st.just("S")})
        | st.fixed_dictionaries({"name": WORDS, "legal_name": st.just("N")})
        | st.fixed_dictionaries(
            {"first_name": WORDS},
            optional={"middle_name": WORDS, "first_surname": WORDS, "second_surname": WORDS,
                      "name": WORDS, "identification_type": st.sampled_from(("C", "E", "P", "47"))},
        )
    )  # fmt: skip
    row |= draw(st.fixed_dictionaries({}, optional=FREE))
    if "postal_code" in row or draw(st.booleans()):
        row |= draw(PLACES) | draw(st.fixed_dictionaries({}, optional={"address": WORDS}))
    return row


def test_what_is_written_comes_back(demo_databases: DemoDatabases) -> None:
    """Through the handlers, on untouched books for every list."""

    @settings(
        max_examples=30,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink),
    )
    @given(st.lists(thirds(), min_size=1, max_size=6, unique_by=key))
    def check(found: list[Row]) -> None:
        url = demo_databases.take()
        try:
            asyncio.run(round_trip(url, found))
            assert find_contradictions(url) == {}
        finally:
            demo_databases.give_back(url, changed=True)

    check()


def key(row: Row) -> tuple[int, int]:
    """Identification and branch of a row."""
    return row["identification"], row["branch"]


async def round_trip(url: str, rows: list[Row]) -> None:
    """Each goes in, comes back as it was, and goes in again as it came."""
    async with opened(url) as books:
        await written(books, *rows)
        back = {key(one): one for one in await read(books)}
        expected = [with_parts(one) for one in rows]
        assert [sent(back[key(one)], one) for one in expected] == expected
        await written(books, *back.values())
        assert {key(one): one for one in await read(books)} == back


def with_parts(row: Row) -> Row:
    """A row; of a name that is said in parts, those it leaves out are nothing."""
    return dict.fromkeys(PERSON, "") | row if row.keys() & set(PERSON) else row
