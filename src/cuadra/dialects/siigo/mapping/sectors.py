"""What freight and health documents carry besides: fields to records and back. Pure."""

from typing import Any

from msgspec import UNSET

from cuadra.dialects.siigo import wire
from cuadra.dialects.siigo.mapping.base import by_word, given, plain
from cuadra.dialects.siigo.rules.base import day_from_text
from cuadra.dialects.siigo.rules.sectors import code_text, given_members
from cuadra.trade.documents import Health, Transport

# Our name of each member, and the vendor's.
_TRANSPORT = {
    "file_number": "file_number",
    "consignment": "shipment_number",
    "quantity": "transported_quantity",
    "unit": "measurement_unit",
    "freight": "freight_value",
    "purchase_order": "purchase_order",
}
_SERVICES = {"additional": "AdditionalService", "shipment": "Shipment"}
_OPERATIONS = {code: code for code in ("SS-CUFE", "SS-SinAporte", "SS-Recaudo")}
_HEALTH_AMOUNTS = {
    "copayment": "copayment",
    "moderating_fee": "coinsurance",
    "shared_payments": "cost_sharing",
    "recovery_fee": "recovery_charge",
}


def transport_from_fields(fields: wire.TransportFields | None) -> Transport | None:
    """The load a freight item tells of; nothing when no member has anything to say."""
    sent = {} if fields is None else given_members(fields)
    sent = {name: value for name, value in sent.items() if value != ""}
    if not sent:
        return None
    members: dict[str, Any] = {
        ours: sent[theirs] for ours, theirs in _TRANSPORT.items() if theirs in sent
    }
    if sent.get("measurement_unit"):
        members["unit"] = sent["measurement_unit"].upper()
    if sent.get("service_type"):
        members["service"] = by_word(_SERVICES, sent["service_type"], "")
    return Transport(**members)


def transport_to_fields(transport: Transport | None) -> Any:
    """The load as the vendor shows it."""
    if transport is None:
        return UNSET
    fields = {theirs: given(getattr(transport, ours)) for ours, theirs in _TRANSPORT.items()}
    if transport.freight is not None:
        fields["freight_value"] = plain(transport.freight)
    service = UNSET if transport.service is None else _SERVICES[transport.service]
    return wire.TransportFields(**fields, service_type=service)


def health_from_fields(fields: wire.HealthFields | None) -> Health | None:
    """What a document of the health sector tells."""
    if fields is None:
        return None
    sent = given_members(fields)
    amounts = {ours: sent.get(theirs) for ours, theirs in _HEALTH_AMOUNTS.items()}
    return Health(
        operation=by_word(_OPERATIONS, sent.get("operation_type"), ""),
        period_start=day_from_text(sent.get("period_start")),
        period_end=day_from_text(sent.get("period_end")),
        payment_method=code_text(sent, "payment_method"),
        plan=code_text(sent, "service_plan"),
        policy=sent.get("policy_number"),
        contract=sent.get("contract_number"),
        **amounts,
    )


def health_to_fields(health: Health | None) -> Any:
    """The members of the health sector as the vendor shows them."""
    if health is None:
        return UNSET
    amounts = {
        theirs: UNSET if getattr(health, ours) is None else plain(getattr(health, ours))
        for ours, theirs in _HEALTH_AMOUNTS.items()
    }
    return wire.HealthFields(
        operation_type=health.operation,
        period_start=UNSET if health.period_start is None else health.period_start.isoformat(),
        period_end=UNSET if health.period_end is None else health.period_end.isoformat(),
        payment_method=given(health.payment_method),
        service_plan=given(health.plan),
        policy_number=given(health.policy),
        contract_number=given(health.contract),
        **amounts,
    )
