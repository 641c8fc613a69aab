"""Catalogs on their way through the database: what a file declares is what memory holds."""

from cuadra.catalog.company_file import load_built_in, load_company_file
from cuadra.catalog.records import DimensionKind
from cuadra.catalog.snapshot import load_catalog
from cuadra.database.pool import Database
from cuadra.trade.companies import load_company
from tests.factories import NOW

BARE = """\
company: {name: bare, legal_name: Bare S.A.S., identification: "901234567"}
chart: puc_co
"""


async def test_dimensions_and_cost_centres_come_back_as_the_file_says(database: Database) -> None:
    file = load_built_in("demo")
    await load_company(database, file, "", NOW)
    async with database.read("demo") as transaction:
        catalog = await load_catalog(transaction)
    assert set(catalog.dimensions) == set(DimensionKind)
    found = [one for kind in catalog.dimensions.values() for one in kind.values()]
    assert set(found) == set(file.dimensions)
    assert all(key == one.id for kind in catalog.dimensions.values() for key, one in kind.items())
    assert catalog.dimensions[DimensionKind.SECOND_COST_CENTRE] == {}
    assert catalog.cost_centres == {centre.id: centre for centre in file.cost_centres}


async def test_a_company_without_dimensions_has_none_of_any_kind(database: Database) -> None:
    await load_company(database, load_company_file(BARE), BARE, NOW)
    async with database.read("bare") as transaction:
        catalog = await load_catalog(transaction)
    assert catalog.dimensions == {kind: {} for kind in DimensionKind}
