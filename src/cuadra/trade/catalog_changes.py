"""Third parties and products made, replaced and deleted: the drafts of the catalogs.

They share the write transaction of the company's group with vouchers, and so obey the same order: a
customer made by one draft exists for the next. Unlike vouchers they write at once.
"""

from uuid import UUID

import msgspec

from cuadra.catalog.products import (
    StoredProduct,
    delete_product,
    find_product,
    find_products_by_code,
    product_is_used,
    replace_product,
    validate_product,
)
from cuadra.catalog.records import Product, ThirdParty
from cuadra.catalog.store import insert_products, insert_third_parties
from cuadra.catalog.third_parties import (
    PartyName,
    PartyReference,
    StoredThirdParty,
    delete_third_party,
    find_party_references,
    find_third_party,
    replace_third_party,
    third_party_is_used,
    validate_third_party,
)
from cuadra.database.ids import new_id
from cuadra.database.pool import Transaction
from cuadra.errors import Problem, Rejected
from cuadra.trade.books import Books, Origin


class SaveThirdParty(msgspec.Struct, kw_only=True):
    """Make a third party, or with `guid` replace all of an existing one."""

    party: ThirdParty
    guid: UUID | None = None


class DeleteThirdParty(msgspec.Struct, kw_only=True):
    """Delete a third party that nothing in the books names."""

    guid: UUID


class SaveProduct(msgspec.Struct, kw_only=True):
    """Make a product, or with `guid` replace all of an existing one."""

    product: Product
    guid: UUID | None = None


class DeleteProduct(msgspec.Struct, kw_only=True):
    """Delete a product that no line names."""

    guid: UUID


def not_found() -> Rejected:
    """The refusal when the thing a request is about does not exist."""
    return Rejected([Problem("not_found", "id", "there is no such record in this company")])


async def validate_third_party_save(
    draft: SaveThirdParty, books: Books, transaction: Transaction
) -> list[Problem]:
    """What is wrong with a third party to save, uniqueness included."""
    if draft.guid is not None and await find_third_party(transaction, draft.guid) is None:
        return list(not_found().problems)
    problems = validate_third_party(draft.party, books.catalog)
    name = PartyName(draft.party.identification, draft.party.branch)
    if not name.identification:
        return problems
    holder = books.parties.get(name)
    if holder is None:
        holder = (await find_party_references(transaction, [name])).get(name)
    if holder is not None and holder.guid != draft.guid:
        message = f"the third party {name.identification} branch {name.branch} exists already"
        problems.append(Problem("repeated", "identification", message, name.identification))
    return problems


async def save_third_party(
    draft: SaveThirdParty, books: Books, transaction: Transaction, origin: Origin
) -> StoredThirdParty:
    """Write a third party and return it as stored. Raises `Rejected`."""
    if problems := await validate_third_party_save(draft, books, transaction):
        raise Rejected(problems)
    current = await find_third_party(transaction, draft.guid) if draft.guid else None
    if current is not None:
        party = msgspec.structs.replace(draft.party, id=current.id, guid=current.guid)
        if (party.identification, party.branch) != (current.identification, current.branch):
            await _require_unused_party(transaction, current, "identification", "not_editable")
        await replace_third_party(transaction, party, books.now)
        books.add_event("third_party.updated", str(party.guid), origin)
    else:
        party = msgspec.structs.replace(
            draft.party, id=await _take_id(transaction, "third_party"), guid=new_id()
        )
        await insert_third_parties(transaction, [party], books.now)
        books.add_event("third_party.created", str(party.guid), origin)
    assert party.guid is not None
    stored = await find_third_party(transaction, party.guid)
    assert stored is not None
    books.parties[PartyName(party.identification, party.branch)] = PartyReference(
        party.id, party.guid, party.identification, party.branch, party.active, bool(party.contacts)
    )
    return stored


async def remove_third_party(
    draft: DeleteThirdParty, books: Books, transaction: Transaction, origin: Origin
) -> UUID:
    """Delete a third party. Raises `Rejected` when it does not exist or the books name it."""
    current = await find_third_party(transaction, draft.guid)
    if current is None:
        raise not_found()
    await _require_unused_party(transaction, current, "id", "in_use")
    await delete_third_party(transaction, current.id)
    books.parties.pop(PartyName(current.identification, current.branch), None)
    books.add_event("third_party.deleted", str(draft.guid), origin)
    return draft.guid


async def _require_unused_party(
    transaction: Transaction, party: StoredThirdParty, field: str, code: str
) -> None:
    if await third_party_is_used(transaction, party.id):
        message = f"the third party {party.identification} has movements"
        raise Rejected([Problem(code, field, message, party.identification)])


async def validate_product_save(
    draft: SaveProduct, books: Books, transaction: Transaction
) -> list[Problem]:
    """What is wrong with a product to save, uniqueness included."""
    if draft.guid is not None and await find_product(transaction, draft.guid) is None:
        return list(not_found().problems)
    problems = validate_product(draft.product, books.catalog)
    code = draft.product.code
    holder = books.products.get(code) or (await find_products_by_code(transaction, [code])).get(
        code
    )
    if code and holder is not None and holder.guid != draft.guid:
        message = f"the product {code} exists already"
        problems.insert(0, Problem("repeated", "code", message, code))
    return problems


async def save_product(
    draft: SaveProduct, books: Books, transaction: Transaction, origin: Origin
) -> StoredProduct:
    """Write a product and return it as stored. Raises `Rejected`."""
    if problems := await validate_product_save(draft, books, transaction):
        raise Rejected(problems)
    current = await find_product(transaction, draft.guid) if draft.guid else None
    if current is not None:
        product = msgspec.structs.replace(draft.product, id=current.id, guid=current.guid)
        await _require_editable(transaction, current, product)
        await replace_product(transaction, product, books.now)
        books.add_event("product.updated", str(product.guid), origin)
    else:
        product = msgspec.structs.replace(
            draft.product, id=await _take_id(transaction, "product"), guid=new_id()
        )
        await insert_products(transaction, [product], books.now)
        books.add_event("product.created", str(product.guid), origin)
    assert product.guid is not None
    stored = await find_product(transaction, product.guid)
    assert stored is not None
    books.products[stored.code] = books.products_by_id[stored.id] = stored
    return stored


async def _require_editable(
    transaction: Transaction, current: StoredProduct, product: Product
) -> None:
    """Once it has movements a product keeps its account group and whether it controls stock."""
    changed = [
        name
        for name in ("account_group", "stock_control")
        if getattr(current, name) != getattr(product, name)
    ]
    if changed and await product_is_used(transaction, current.id):
        message = f"the product {current.code} has movements"
        raise Rejected([Problem("not_editable", name, message) for name in changed])


async def remove_product(
    draft: DeleteProduct, books: Books, transaction: Transaction, origin: Origin
) -> UUID:
    """Delete a product. Raises `Rejected` when it does not exist or a line names it."""
    current = await find_product(transaction, draft.guid)
    if current is None:
        raise not_found()
    if await product_is_used(transaction, current.id):
        message = f"the product {current.code} has movements"
        raise Rejected([Problem("in_use", "id", message, current.code)])
    await delete_product(transaction, current.id)
    books.products.pop(current.code, None)
    books.add_event("product.deleted", str(draft.guid), origin)
    return draft.guid


async def _take_id(transaction: Transaction, kind: str) -> int:
    row = await transaction.row(
        "SELECT books.take_ids(%(company)s, %(kind)s, 1)", company=transaction.company.id, kind=kind
    )
    assert row is not None
    return int(row[0])
