"""Customers, suppliers and others: create, get, list, replace, delete."""

from cuadra.catalog.records import PersonKind, ThirdPartyKind
from cuadra.catalog.third_parties import ThirdPartyFilter, find_third_party, list_third_parties
from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.call import Call, list_body, not_found
from cuadra.dialects.siigo.errors import simple_failure
from cuadra.dialects.siigo.handlers.writing import record_or_fail
from cuadra.dialects.siigo.mapping.customers import (
    customer_from_third_party,
    third_party_from_customer,
)
from cuadra.dialects.siigo.rules.customers import customer_problems
from cuadra.trade.catalog_changes import DeleteThirdParty, SaveThirdParty

_KINDS = {kind.value: kind for kind in ThirdPartyKind}
_PERSONS = {person.value: person for person in PersonKind}


async def create_customer(call: Call, body: wire.CustomerIn) -> tuple[int, object]:
    """POST /v1/customers."""
    draft = SaveThirdParty(party=third_party_from_customer(body))
    problems = customer_problems(body, contacts_max=call.settings.contacts_max)
    recorded = await record_or_fail(call, draft, problems, wire.CustomerIn)
    return 201, customer_from_third_party(recorded.value, recorded.catalog.company.country)


async def get_customer(call: Call) -> tuple[int, object]:
    """GET /v1/customers/{id}."""
    async with call.database.read(call.credential) as transaction:
        party = await find_third_party(transaction, call.path_id)
        if party is None:
            raise not_found()
        return 200, customer_from_third_party(party, transaction.company.country)


async def list_customers(call: Call) -> tuple[int, object]:
    """GET /v1/customers."""
    obeyed = call.settings.customer_type_filter == "works"
    wanted = ThirdPartyFilter(
        identification=call.text("identification"),
        branch=call.number("branch_office"),
        kind=call.word("type", _KINDS) if obeyed else None,
        person=call.word("person_type", _PERSONS),
        active=call.flag("active"),
        created_start=call.instant("created_start"),
        created_end=call.instant("created_end"),
        updated_start=call.instant("updated_start"),
        updated_end=call.instant("updated_end"),
    )
    page = call.page
    async with call.database.read(call.credential) as transaction:
        total, parties = await list_third_parties(transaction, wanted, page)
        country = transaction.company.country
    customers = [customer_from_third_party(party, country) for party in parties]
    return 200, list_body(call, total, customers)


async def replace_customer(call: Call, body: wire.CustomerIn) -> tuple[int, object]:
    """PUT /v1/customers/{id}: a full replacement; a missing member becomes empty."""
    draft = SaveThirdParty(party=third_party_from_customer(body), guid=call.path_id)
    problems = customer_problems(body, contacts_max=call.settings.contacts_max)
    recorded = await record_or_fail(call, draft, problems, wire.CustomerIn)
    return 200, customer_from_third_party(recorded.value, recorded.catalog.company.country)


async def delete_customer(call: Call) -> tuple[int, object]:
    """DELETE /v1/customers/{id}; switched off where the setting says so, as in the vendor's test company."""
    if call.settings.customer_delete == "disabled":
        raise simple_failure(
            403, "disabled_functionality", "This functionality is temporarily disabled."
        )
    recorded = await record_or_fail(call, DeleteThirdParty(guid=call.path_id), [], None)
    return 200, wire.DeletedOut(str(recorded.value), True)
