"""Dimensions of a company file: what is read, and what is refused with its line."""

import pytest

from cuadra.catalog.company_file import CompanyFileError, load_built_in, load_company_file
from cuadra.catalog.records import Dimension, DimensionKind

HEAD = """\
company: {name: small, legal_name: Small S.A.S., identification: "901234567"}
chart: puc_co
dimensions:
"""
CALI = 'country_code: CO, state_code: "76", city_code: "76001"'


def dimensions(*written: str) -> tuple[Dimension, ...]:
    """The dimensions of a file with these."""
    return load_company_file(HEAD + "".join(f"  - {{{one}}}\n" for one in written)).dimensions


def test_a_kind_has_its_own_ids_and_codes() -> None:
    centre, project, activity, second = dimensions(
        f'kind: operation_centre, id: 1, code: "1", name: Main, {CALI}',
        'kind: project, id: 1, code: "1", name: New shop',
        'kind: activity, id: 1, code: "1", name: Retail, active: false',
        'kind: second_cost_centre, id: 1, code: "1", name: Other',
    )
    assert (centre.country_code, centre.state_code, centre.city_code) == ("CO", "76", "76001")
    assert (project.kind, project.country_code) == (DimensionKind.PROJECT, None)
    assert (activity.active, second.kind) == (False, DimensionKind.SECOND_COST_CENTRE)


@pytest.mark.parametrize(
    "place",
    [
        "country_code: CO",
        'country_code: CO, state_code: "76"',
        "country_code: AR, state_code: B, city_code: La Plata",
        "country_code: US, state_code: NY, city_code: New York",
    ],
)
def test_a_place_may_be_told_in_part(place: str) -> None:
    assert len(dimensions(f'kind: operation_centre, id: 1, code: "1", name: Main, {place}')) == 1


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("kind: centre, id: 1, code: A, name: N", "kind must be one of operation_centre, project"),
        ("kind: project, id: 0, code: A, name: N", "id must be from 1 to"),
        ("kind: project, id: 9, code: A, name: N", "id project 9 is repeated, first on line 4"),
        ("kind: project, id: 2, code: P, name: N", "code project P is repeated, first on line 4"),
        (f"kind: project, id: 2, code: A, name: N, {CALI}", "only an operation_centre has a city"),
        (
            "kind: operation_centre, id: 1, code: A, name: N, country_code: QQ",
            "country QQ does not exist",
        ),
        (
            'kind: operation_centre, id: 1, code: A, name: N, state_code: "76"',
            "state_code needs a country_code",
        ),
        (
            'kind: operation_centre, id: 1, code: A, name: N, country_code: CO, city_code: "76001"',
            "city_code needs a state_code",
        ),
        (
            'kind: operation_centre, id: 1, code: A, name: N, country_code: CO, state_code: "77"',
            "department 77 does not exist",
        ),
        (
            f"kind: operation_centre, id: 1, code: A, name: N, {CALI.replace('76001', '05001')}",
            "city 05001 is in department 05, not 76",
        ),
    ],
)
def test_what_is_refused(written: str, message: str) -> None:
    with pytest.raises(CompanyFileError) as caught:
        dimensions("kind: project, id: 9, code: P, name: New shop", written)
    assert f"company file:5: {message}" in str(caught.value)


def test_the_demo_has_what_the_vendors_examples_name() -> None:
    demo = load_built_in("demo")
    by_kind = {kind: [d for d in demo.dimensions if d.kind is kind] for kind in DimensionKind}
    main, *others = by_kind[DimensionKind.OPERATION_CENTRE]
    assert (main.id, main.name, main.city_code) == (1, "Principal", "76001")
    assert not all(centre.active for centre in others)
    assert len(by_kind[DimensionKind.PROJECT]) == len(by_kind[DimensionKind.ACTIVITY]) == 2
    assert {centre.id: centre.parent for centre in demo.cost_centres}[4] is not None
    accounts = {account.code: account for account in demo.accounts}
    assert accounts["52954501"].movement
    assert accounts["23359501"].due == "payable"
    names = {party.identification: " ".join(party.name) for party in demo.third_parties}
    assert names["1234567890"] == "ALEJANDRA LOPEZ LOPEZ"
    assert "123456789" in names
    assert max(party.branch for party in demo.third_parties) > 0


def test_the_template_has_one_operation_centre() -> None:
    (centre,) = load_built_in("template-co").dimensions
    assert (centre.kind, centre.id) == (DimensionKind.OPERATION_CENTRE, 1)
