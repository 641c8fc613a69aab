"""Third parties, products and account groups made, replaced and deleted: the drafts of the catalogs.

They share the write transaction of the company's group with vouchers, and so obey the same order: a
customer made by one draft exists for the next. Unlike vouchers they write at once.
"""

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from cuadra.catalog.products import (
    COMPONENTS_MAX,
    StoredProduct,
    delete_product,
    find_product,
    find_products_by_code,
    product_is_component,
    product_is_used,
    replace_product,
    replace_product_extra,
    validate_product,
)
from cuadra.catalog.records import (
    AccountGroup,
    Component,
    Product,
    ProductKind,
    ThirdParty,
)
from cuadra.catalog.store import (
    insert_account_group,
    insert_products,
    insert_third_parties,
    rename_account_group,
)
from cuadra.catalog.third_parties import (
    PartyName,
    PartyReference,
    StoredThirdParty,
    delete_third_party,
    find_party_references,
    find_third_party,
    replace_extra,
    replace_third_party,
    third_party_is_used,
    validate_third_party,
)
from cuadra.catalog.third_party_numbers import made_identification
from cuadra.database.ids import new_id
from cuadra.database.pool import Transaction
from cuadra.errors import Problem, Rejected, inactive, required, unknown
from cuadra.trade.books import Books, Origin


class SaveThirdParty(msgspec.Struct, kw_only=True):
    """Make a third party, or with `guid` replace all of an existing one.

    What dialects keep with it stays, but for those that `extra` names. One without an identification is
    given one. `seen` is the third party as the draft was made from it: refused when it has changed since.
    """

    party: ThirdParty
    guid: UUID | None = None
    extra: dict[str, Any] | None = None
    seen: StoredThirdParty | None = None


class DeleteThirdParty(msgspec.Struct, kw_only=True):
    """Delete a third party that nothing in the books names."""

    guid: UUID


class ComponentDraft(msgspec.Struct, kw_only=True):
    """How much of another product, by its code, one unit of a combo is to hold."""

    code: str | None = None
    quantity: Decimal | None = None


class SaveProduct(msgspec.Struct, kw_only=True):
    """Make a product, or with `guid` replace all of an existing one. Only a combo has components.

    `extra` and `seen` are as those of a third party.
    """

    product: Product
    guid: UUID | None = None
    components: list[ComponentDraft] = []
    extra: dict[str, Any] | None = None
    seen: StoredProduct | None = None


class GroupAccounts(msgspec.Struct, frozen=True, kw_only=True):
    """What tells one account group from another, for those who name accounts and no group."""

    income: str
    inventory: str | None = None
    cost: str | None = None


class SaveAccountGroup(msgspec.Struct, kw_only=True):
    """Make an account group, or with `id` rename an existing one.

    A new one posts like the first active one, but for the accounts that are given.
    """

    code: str
    name: str
    id: int | None = None
    accounts: GroupAccounts | None = None


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
    current = await find_third_party(transaction, draft.guid) if draft.guid else None
    if draft.guid is not None and current is None:
        return list(not_found().problems)
    if draft.seen is not None and draft.seen != current:
        return [Problem("busy", "id", "somebody else changed the third party meanwhile")]
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
        assert current.guid is not None
        party = _identified(draft.party, current.id, current.guid)
        if not (current.branch == party.branch and _may_become(current, party)):
            await _require_unused_party(transaction, current, "identification", "not_editable")
        await replace_third_party(transaction, party, books.now)
        books.add_event("third_party.updated", str(party.guid), origin)
    else:
        party = _identified(draft.party, await _take_id(transaction, "third_party"), new_id())
        await insert_third_parties(transaction, [party], books.now)
        books.add_event("third_party.created", str(party.guid), origin)
    if draft.extra:
        await replace_extra(transaction, party.id, draft.extra)
    assert party.guid is not None
    stored = await find_third_party(transaction, party.guid)
    assert stored is not None
    books.parties[PartyName(party.identification, party.branch)] = PartyReference(
        party.id, party.guid, party.identification, party.branch, party.active, bool(party.contacts)
    )
    return stored


def _identified(party: ThirdParty, id: int, guid: UUID) -> ThirdParty:  # noqa: A002
    """A third party with its ids; without an identification it goes by one that is made of them."""
    identification = party.identification or made_identification(guid)
    return msgspec.structs.replace(party, id=id, guid=guid, identification=identification)


def _may_become(current: ThirdParty, party: ThirdParty) -> bool:
    """Whether a third party with movements may be called so: an identification that was made names nobody."""
    assert current.guid is not None
    return current.identification in (party.identification, made_identification(current.guid))


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
    current = await find_product(transaction, draft.guid) if draft.guid else None
    if draft.guid is not None and current is None:
        return list(not_found().problems)
    if draft.seen is not None and draft.seen != current:
        return [Problem("busy", "id", "somebody else changed the product meanwhile")]
    problems = validate_product(draft.product, books.catalog)
    code = draft.product.code
    holder = books.products.get(code) or (await find_products_by_code(transaction, [code])).get(
        code
    )
    if code and holder is not None and holder.guid != draft.guid:
        message = f"the product {code} exists already"
        problems.insert(0, Problem("repeated", "code", message, code))
    problems += _validate_components(draft, await _find_components(draft, transaction))
    combo = draft.product.kind is ProductKind.COMBO
    if combo and current is not None and await product_is_component(transaction, current.id):
        message = f"the product {current.code} is part of a combo"
        problems.append(Problem("not_editable", "kind", message))
    return problems


async def _find_components(
    draft: SaveProduct, transaction: Transaction
) -> dict[str, StoredProduct]:
    codes = {component.code for component in draft.components if component.code}
    return await find_products_by_code(transaction, codes)


def _validate_components(draft: SaveProduct, known: Mapping[str, StoredProduct]) -> list[Problem]:
    """A combo has components, each once, active, and no combo; nothing else has any."""
    if draft.product.kind is not ProductKind.COMBO:
        message = "only a combo has components"
        return [Problem("product_setting", "components", message)] if draft.components else []
    if not draft.components:
        return [required("components")]
    codes = [component.code for component in draft.components]
    if len(codes) > COMPONENTS_MAX or len(set(codes)) < len(codes):
        message = f"a combo has at most {COMPONENTS_MAX} components, each once"
        return [Problem("array", "components", message)]
    problems = []
    for index, component in enumerate(draft.components):
        path = f"components[{index}]"
        problems += _validate_component(f"{path}.code", component, draft.guid, known)
        if component.quantity is None:
            problems.append(required(f"{path}.quantity"))
        elif component.quantity <= 0:
            message = "a quantity is greater than zero"
            problems.append(Problem("value", f"{path}.quantity", message, component.quantity))
    return problems


def _validate_component(
    field: str, component: ComponentDraft, combo: UUID | None, known: Mapping[str, StoredProduct]
) -> list[Problem]:
    if not component.code:
        return [required(field)]
    product = known.get(component.code)
    if product is None:
        return [unknown(field, component.code)]
    if not product.active:
        return [inactive(field, component.code)]
    if product.kind is ProductKind.COMBO or product.guid == combo:
        message = f"{component.code} is a combo, or becomes one"
        return [Problem("product_setting", field, message, component.code)]
    return []


async def _with_components(draft: SaveProduct, transaction: Transaction) -> Product:
    """The product of a draft without problems, its components by their ids."""
    known = await _find_components(draft, transaction)
    components = tuple(
        Component(product=known[component.code or ""].id, quantity=component.quantity or Decimal(0))
        for component in draft.components
    )
    return msgspec.structs.replace(draft.product, components=components)


async def save_product(
    draft: SaveProduct, books: Books, transaction: Transaction, origin: Origin
) -> StoredProduct:
    """Write a product and return it as stored. Raises `Rejected`."""
    if problems := await validate_product_save(draft, books, transaction):
        raise Rejected(problems)
    current = await find_product(transaction, draft.guid) if draft.guid else None
    product = await _with_components(draft, transaction)
    if current is not None:
        product = msgspec.structs.replace(product, id=current.id, guid=current.guid)
        await _require_editable(transaction, current, product)
        await replace_product(transaction, product, books.now)
        books.add_event("product.updated", str(product.guid), origin)
    else:
        product = msgspec.structs.replace(
            product, id=await _take_id(transaction, "product"), guid=new_id()
        )
        await insert_products(transaction, [product], books.now)
        books.add_event("product.created", str(product.guid), origin)
    if draft.extra:
        await replace_product_extra(transaction, product.id, draft.extra)
    assert product.guid is not None
    stored = await find_product(transaction, product.guid)
    assert stored is not None
    books.products[stored.code] = books.products_by_id[stored.id] = stored
    return stored


async def _require_editable(
    transaction: Transaction, current: StoredProduct, product: Product
) -> None:
    """Once it has movements a product keeps its account group, whether it controls stock, and what it holds."""
    frozen = ["account_group", "stock_control", "components"]
    if ProductKind.COMBO in (current.kind, product.kind):
        frozen.append("kind")
    changed = [name for name in frozen if getattr(current, name) != getattr(product, name)]
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
    if await product_is_component(transaction, current.id):
        message = f"the product {current.code} is part of a combo"
        raise Rejected([Problem("in_use", "id", message, current.code)])
    await delete_product(transaction, current.id)
    books.products.pop(current.code, None)
    books.add_event("product.deleted", str(draft.guid), origin)
    return draft.guid


def validate_account_group_save(draft: SaveAccountGroup, books: Books) -> list[Problem]:
    """What is wrong with an account group to save: no other has its code."""
    groups = books.catalog.account_groups
    if draft.id is not None and draft.id not in groups:
        return list(not_found().problems)
    if draft.code and any(
        group.code == draft.code and group.id != draft.id for group in groups.values()
    ):
        message = f"the account group {draft.code} exists already"
        return [Problem("repeated", "code", message, draft.code)]
    return _validate_group_accounts(draft.accounts, books) if draft.accounts else []


def _validate_group_accounts(accounts: GroupAccounts, books: Books) -> list[Problem]:
    """They take lines; goods are kept on an account for goods, and nothing is sold or used up on one."""
    problems = []
    for field in accounts.__struct_fields__:
        code = getattr(accounts, field)
        if code is None:
            continue
        account = books.catalog.accounts.get(code)
        if account is None:
            problems.append(unknown(f"{field}_account", code))
        elif not account.active:
            problems.append(inactive(f"{field}_account", code))
        elif (
            not account.movement
            or account.inventory != (field == "inventory")
            or (account.tax or account.fixed_asset or account.due is not None)
        ):
            message = f"the account {code} cannot be the {field} account of products"
            problems.append(Problem("account_setting", f"{field}_account", message, code))
    return problems


async def save_account_group(
    draft: SaveAccountGroup, books: Books, transaction: Transaction, origin: Origin
) -> AccountGroup:
    """Write an account group and return it. Raises `Rejected`."""
    if problems := validate_account_group_save(draft, books):
        raise Rejected(problems)
    groups = books.catalog.account_groups
    if draft.id is not None:
        group = msgspec.structs.replace(groups[draft.id], code=draft.code, name=draft.name)
        await rename_account_group(transaction, group)
        books.add_event("account_group.updated", str(group.id), origin)
        return group
    group = _new_group(draft, groups.values())
    await insert_account_group(transaction, group)
    books.add_event("account_group.created", str(group.id), origin)
    return group


def _new_group(draft: SaveAccountGroup, groups: Collection[AccountGroup]) -> AccountGroup:
    """The group a draft makes: as the first active one, but for what the draft says. Raises `Rejected`."""
    model = next((group for group in groups if group.active), None)
    id = 1 + max((group.id for group in groups), default=0)  # noqa: A001
    accounts = draft.accounts
    if accounts is None:
        if model is None:
            message = "the company has no active account group to take the accounts of"
            raise Rejected([Problem("company_setting", "code", message)])
        return msgspec.structs.replace(model, id=id, code=draft.code, name=draft.name)
    return AccountGroup(
        id=id,
        code=draft.code,
        name=draft.name,
        income_account=accounts.income,
        inventory_account=accounts.inventory,
        cost_account=accounts.cost,
        returns_account=model.returns_account if model else None,
        purchase_account=accounts.cost or (model.purchase_account if model else None),
    )


async def _take_id(transaction: Transaction, kind: str) -> int:
    row = await transaction.row(
        "SELECT books.take_ids(%(company)s, %(kind)s, 1)", company=transaction.company.id, kind=kind
    )
    assert row is not None
    return int(row[0])
