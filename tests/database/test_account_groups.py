"""Account groups made while others read the catalogs: everybody sees them at once, and never too early."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from cuadra.catalog.records import Product, ProductKind
from cuadra.catalog.snapshot import Catalog, load_catalog
from cuadra.database.pool import Database
from cuadra.errors import Rejected
from cuadra.trade.books import Origin
from cuadra.trade.catalog_changes import ComponentDraft, SaveAccountGroup, SaveProduct
from cuadra.trade.group import record
from cuadra.trade.recording import Draft, Recorded, Submission, check, record_drafts
from tests.demo import NOW, DemoDatabases

NEW = SaveAccountGroup(code="REPU", name="Repuestos")


@pytest.fixture
async def databases(demo_databases: DemoDatabases) -> AsyncIterator[tuple[Database, Database]]:
    url = demo_databases.take()
    first, second = Database(url), Database(url)
    await first.open()
    await second.open()
    yield first, second
    await first.close()
    await second.close()
    demo_databases.give_back(url, changed=True)


def submissions(*drafts: Draft) -> list[Submission]:
    return [Submission(draft=draft, origin=Origin("test", "test")) for draft in drafts]


async def change_and_fail(database: Database) -> None:
    """Make the account group, read the catalogs, and roll back."""
    async with database.write("demo") as transaction:
        await record_drafts(transaction, submissions(NEW), NOW)
        await load_catalog(transaction)
        raise ZeroDivisionError


async def catalog_of(database: Database) -> Catalog:
    async with database.read("demo") as transaction:
        return await load_catalog(transaction)


async def test_another_process_sees_it_at_once(databases: tuple[Database, Database]) -> None:
    first, second = databases
    before = await catalog_of(second)
    (made,) = await record(first, "demo", submissions(NEW), NOW)
    assert isinstance(made, Recorded)
    after = await catalog_of(second)
    assert after.company.catalog_version == before.company.catalog_version + 1
    assert after.account_groups[made.value.id] == made.value
    assert await catalog_of(second) is after  # and keeps it


async def test_nobody_sees_it_before_it_is_committed(databases: tuple[Database, Database]) -> None:
    first, second = databases
    before = await catalog_of(second)
    async with first.write("demo") as transaction:
        await record_drafts(transaction, submissions(NEW), NOW)
        inside = await load_catalog(transaction)
        assert len(inside.account_groups) == len(before.account_groups) + 1
        assert await catalog_of(second) is before
    assert (await catalog_of(second)).account_groups == inside.account_groups


async def test_what_is_rolled_back_leaves_no_trace(databases: tuple[Database, Database]) -> None:
    """Not even where another change takes the version it would have had."""
    first, second = databases
    before = await catalog_of(first)
    with pytest.raises(ZeroDivisionError):
        await change_and_fail(first)
    assert await catalog_of(first) == before
    other = SaveAccountGroup(code="OTRO", name="Otro")
    await record(second, "demo", submissions(other), NOW)
    names = [group.name for group in (await catalog_of(first)).account_groups.values()]
    assert "Otro" in names
    assert "Repuestos" not in names


async def test_drafts_of_one_group_see_what_the_first_changed(
    databases: tuple[Database, Database],
) -> None:
    first, _ = databases
    product = Product(code="P-1", name="Repuesto", account_group=1257)
    combo = Product(code="C-1", name="Conjunto", account_group=1257, kind=ProductKind.COMBO)
    drafts = submissions(
        NEW,
        NEW,
        SaveAccountGroup(code="OTRO", name="Otro"),
        SaveAccountGroup(id=1257, code="REP2", name="Partes"),
        SaveProduct(product=product),
        SaveProduct(product=combo, components=[ComponentDraft(code="P-1", quantity=Decimal(2))]),
    )
    made, again, other, renamed, bought, held = await record(first, "demo", drafts, NOW)
    assert isinstance(made, Recorded) and isinstance(other, Recorded)
    assert (made.value.id, other.value.id) == (1257, 1258)
    assert isinstance(again, Rejected)
    assert [problem.code for problem in again.problems] == ["repeated"]
    assert isinstance(renamed, Recorded) and isinstance(bought, Recorded)
    assert (renamed.value.name, bought.value.account_group) == ("Partes", 1257)
    assert isinstance(held, Recorded)
    assert [part.product for part in held.value.components] == [bought.value.id]
    assert (await catalog_of(first)).account_groups[1257].name == "Partes"


async def test_a_refused_change_raises_no_version(databases: tuple[Database, Database]) -> None:
    first, _ = databases
    before = await catalog_of(first)
    taken = SaveAccountGroup(code="PROD", name="Otro")
    (refused,) = await record(first, "demo", submissions(taken), NOW)
    assert isinstance(refused, Rejected)
    assert await catalog_of(first) is before
    assert [p.code for p in await check(first, "demo", taken, NOW)] == ["repeated"]
    unknown = SaveAccountGroup(code="X", name="Otro", id=99)
    assert [p.code for p in await check(first, "demo", unknown, NOW)] == ["not_found"]
