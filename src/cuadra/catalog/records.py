"""The records a company sets up, one frozen struct each: the shape shared by file, database and memory.

The same structs are read from a company file (`catalog.company_file`), written to the tables of the same names in
`books`, and kept in memory as a `Catalog` (`catalog.snapshot`). They hold no behaviour. What a company file has
besides them is in `catalog.company_records`.

Ids are small integers, unique per company and kind. A company file chooses them, because programs written for a
vendor's account carry that account's ids in their configuration.
"""

from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every catalog record: immutable, keywords only, unknown members refused."""


class Nature(StrEnum):
    """The side on which an account normally grows."""

    DEBIT = "debit"
    CREDIT = "credit"


class DueKind(StrEnum):
    """What an open item on an account means: somebody owes us, or we owe somebody."""

    RECEIVABLE = "receivable"
    PAYABLE = "payable"


class Account(Record, frozen=True, kw_only=True):
    """A node of the chart.

    `code` is the company's own (PUC: 1, 2, 4, 6 or 8 digits); its parent is the longest other code it starts with.
    Only accounts with `movement` take lines. The flags say what a line on the account must carry.
    """

    code: str
    name: str
    nature: Nature
    movement: bool = False
    needs_third_party: bool = False
    needs_cost_centre: bool = False
    due: DueKind | None = None
    tax: bool = False
    inventory: bool = False
    fixed_asset: bool = False
    tax_difference: bool = False
    active: bool = True
    id: int = 0


class AccountGroup(Record, frozen=True, kw_only=True):
    """A product classification and the accounts its sales, stock and returns are posted to."""

    id: int
    name: str
    income_account: str
    returns_account: str | None = None
    inventory_account: str | None = None
    cost_account: str | None = None
    purchase_account: str | None = None
    active: bool = True
    code: str | None = None


class TaxKind(StrEnum):
    """The families of taxes, named as the law names them."""

    IVA = "IVA"
    RETEFUENTE = "Retefuente"
    RETEIVA = "ReteIVA"
    RETEICA = "ReteICA"
    AUTORRETENCION = "Autorretencion"
    RETENCION = "Retencion"  # in Argentina, by a customer; what it is of, its name says
    IMPOCONSUMO = "Impoconsumo"
    AD_VALOREM = "AdValorem"
    PERCEPCION_IVA = "PercepcionIVA"
    PERCEPCION_IIBB = "PercepcionIIBB"


class Tax(Record, frozen=True, kw_only=True):
    """A tax or withholding.

    `percentage` is per hundred, except for ReteICA where it is per mille (9.66 means 0.966 %). `sales_account` takes
    it on sales (IVA generated, withholdings suffered), `purchase_account` on purchases; `contra_account` is the other
    side of a self-withholding.
    """

    id: int
    name: str
    kind: TaxKind
    percentage: Decimal
    sales_account: str
    purchase_account: str | None = None
    contra_account: str | None = None
    active: bool = True


class PriceList(Record, frozen=True, kw_only=True):
    """One of up to twelve sale prices a product may carry, by position."""

    id: int
    name: str
    position: int
    active: bool = True


class Warehouse(Record, frozen=True, kw_only=True):
    """A place where stock is kept."""

    id: int
    name: str
    active: bool = True


class Seller(Record, frozen=True, kw_only=True):
    """A user of the company who sells or collects."""

    id: int
    username: str
    first_name: str
    last_name: str
    email: str
    identification: str
    active: bool = True


class CostCentre(Record, frozen=True, kw_only=True):
    """A cost centre; a subcentre names its parent by id. Some programs print an `abbreviation`."""

    id: int
    code: str
    name: str
    parent: int | None = None
    active: bool = True
    abbreviation: str | None = None


class DimensionKind(StrEnum):
    """What a line can be told apart by, besides its account, third party and cost centre."""

    OPERATION_CENTRE = "operation_centre"
    PROJECT = "project"
    ACTIVITY = "activity"
    SECOND_COST_CENTRE = "second_cost_centre"


class Dimension(Record, frozen=True, kw_only=True):
    """A named dimension of lines: one operation centre, project, activity or second cost centre.

    Ids and codes are unique within their kind. Only an operation centre has a place, with the codes of
    `Address`: ISO country, DANE department and municipality.
    """

    kind: DimensionKind
    id: int
    code: str
    name: str
    active: bool = True
    country_code: str | None = None
    state_code: str | None = None
    city_code: str | None = None


class DocumentSide(StrEnum):
    """On which side of trade a payment type is used."""

    SALES = "sales"
    PURCHASES = "purchases"
    BOTH = "both"


class PaymentType(Record, frozen=True, kw_only=True):
    """A means of payment and the account it moves. With `due_date` the amount becomes a due."""

    id: int
    name: str
    side: DocumentSide
    account: str
    due_date: bool = False
    active: bool = True


class FixedAsset(Record, frozen=True, kw_only=True):
    """A fixed asset that lines on fixed-asset accounts refer to.

    Purchases name it by its `code`, and debit its `account`; one without an account cannot be bought.
    """

    id: int
    name: str
    group: str
    active: bool = True
    code: str | None = None
    account: str | None = None


class VoucherKind(StrEnum):
    """The kinds of vouchers of the design's crosswalk."""

    SALES_INVOICE = "sales_invoice"
    CREDIT_NOTE = "credit_note"
    DEBIT_NOTE = "debit_note"
    PURCHASE = "purchase"
    SUPPORT_DOCUMENT = "support_document"
    CASH_RECEIPT = "cash_receipt"
    PAYMENT_RECEIPT = "payment_receipt"
    JOURNAL = "journal"
    QUOTATION = "quotation"
    SALES_ORDER = "sales_order"
    PURCHASE_ORDER = "purchase_order"


class DiscountType(StrEnum):
    """Whether an item's discount is a percentage of its price or an amount."""

    PERCENTAGE = "percentage"
    VALUE = "value"


class GlobalDiscount(Record, frozen=True, kw_only=True):
    """A discount on a whole document, and the account that bears it."""

    id: int
    name: str
    account: str
    active: bool = True


class ElectronicType(StrEnum):
    """What a voucher type is to the tax authority."""

    NONE = "none"
    INVOICE = "invoice"
    CONTINGENCY = "contingency"
    EXPORT = "export"
    CREDIT_NOTE = "credit_note"


class CrosswalkName(Record, frozen=True, kw_only=True):
    """What one dialect calls a voucher type: its type, code and prefix, as values only."""

    type: str
    code: str = ""
    prefix: str = ""


class VoucherType(Record, frozen=True, kw_only=True):
    """A numbered series of vouchers and what it allows.

    `next_number` is where its numbering starts. `due_prefix` heads the dues its vouchers open (`FV-1`). `names` maps
    a dialect to the crosswalk name there.
    """

    id: int
    kind: VoucherKind
    code: str
    name: str
    description: str = ""
    due_prefix: str = ""
    prefix: str = ""
    active: bool = True
    automatic_number: bool = True
    next_number: int = 1
    cost_centre: bool = False
    cost_centre_mandatory: bool = False
    cost_centre_default: int | None = None
    seller_by_item: bool = False
    discount_type: DiscountType = DiscountType.PERCENTAGE
    decimals: bool = True
    advance_payment: bool = False
    reteiva: bool = False
    reteica: bool = False
    self_withholding: bool = False
    self_withholding_limit: Decimal = Decimal(0)
    consumption_tax: bool = False
    document_support: bool = False
    electronic_type: ElectronicType = ElectronicType.NONE
    cargo_transportation: bool = False
    healthcare_company: bool = False
    customer_by_item: bool = False
    global_discounts: tuple[GlobalDiscount, ...] = ()
    names: dict[str, CrosswalkName] = {}


class ThirdPartyKind(StrEnum):
    """What a third party mostly is to the company."""

    CUSTOMER = "customer"
    SUPPLIER = "supplier"
    OTHER = "other"


class PersonKind(StrEnum):
    """A natural person or a legal one."""

    PERSON = "person"
    COMPANY = "company"


class Address(Record, frozen=True, kw_only=True):
    """A postal address. Codes: ISO country, DANE department (2 digits) and municipality (5 digits)."""

    address: str
    country_code: str
    state_code: str
    city_code: str
    postal_code: str | None = None


class Phone(Record, frozen=True, kw_only=True):
    """A telephone number as its owner wrote it."""

    number: str | None = None
    indicative: str | None = None
    extension: str | None = None


class Contact(Record, frozen=True, kw_only=True):
    """A person to write to at a third party."""

    first_name: str
    last_name: str = ""
    email: str = ""
    phone: Phone | None = None


class ThirdParty(Record, frozen=True, kw_only=True):
    """A customer, supplier or other; identified by identification + branch.

    `name` is one element for a legal person, given names and surnames for a natural one. A
    `check_digit` of None is computed for NITs when it is read, never stored.
    """

    identification: str
    branch: int = 0
    kind: ThirdPartyKind = ThirdPartyKind.CUSTOMER
    person: PersonKind = PersonKind.PERSON
    id_type: str = "13"
    check_digit: str | None = None
    name: tuple[str, ...] = ()
    commercial_name: str | None = None
    active: bool = True
    vat_responsible: bool = False
    fiscal_responsibilities: tuple[str, ...] = ("R-99-PN",)
    address: Address | None = None
    phones: tuple[Phone, ...] = ()
    contacts: tuple[Contact, ...] = ()
    comments: str | None = None
    seller: int | None = None
    collector: int | None = None
    id: int = 0
    guid: UUID | None = None


class ProductKind(StrEnum):
    """Goods, a service, goods for the company's own use, or several products sold as one."""

    PRODUCT = "product"
    SERVICE = "service"
    CONSUMER_GOOD = "consumer_good"
    COMBO = "combo"


class TaxClassification(StrEnum):
    """How IVA treats a product: taxed, exempt (zero rate) or excluded (outside the tax)."""

    TAXED = "taxed"
    EXEMPT = "exempt"
    EXCLUDED = "excluded"


class ProductTax(Record, frozen=True, kw_only=True):
    """A tax a product usually bears; drinks with added sugar also give volume and rate."""

    tax: int
    milliliters: Decimal | None = None
    rate: Decimal | None = None


class Price(Record, frozen=True, kw_only=True):
    """One sale price: its currency, the position of its price list, and the amount."""

    currency: str
    position: int
    value: Decimal


class Component(Record, frozen=True, kw_only=True):
    """How much of another product, by its small id, one unit of a combo holds."""

    product: int
    quantity: Decimal


class Product(Record, frozen=True, kw_only=True):
    """A good or service the company sells or buys, identified by its code."""

    code: str
    name: str
    account_group: int
    kind: ProductKind = ProductKind.PRODUCT
    stock_control: bool = False
    active: bool = True
    tax_classification: TaxClassification = TaxClassification.TAXED
    tax_included: bool = False
    tax_consumption_value: Decimal | None = None
    taxes: tuple[ProductTax, ...] = ()
    prices: tuple[Price, ...] = ()
    unit: str = "94"
    unit_label: str | None = None
    reference: str | None = None
    description: str | None = None
    barcode: str | None = None
    brand: str | None = None
    tariff: str | None = None
    model: str | None = None
    components: tuple[Component, ...] = ()
    id: int = 0
    guid: UUID | None = None
