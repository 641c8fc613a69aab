"""What travels: requests and answers of SERPI ERP, member by member in the vendor's order.

Members are in camel case on documents, in snake case on the lists of centres, branches and taxes, and
in lower case without separators on third parties: the vendor never had one rule. Requests are read
leniently (a number may come as text, an identification as a number), answers are written exactly.
Nothing here validates.
"""

from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

Code = int | str


class Request(msgspec.Struct, kw_only=True):
    """Base of what clients send: every member may be missing, unknown ones are ignored."""


class Document(Request, rename="camel"):
    """Base of what is written in camel case."""


class DetailIn(Document, kw_only=True):
    """A line of a document to create."""

    cuenta: Code | None = None
    nit_tercero_det: Code | None = None
    naturaleza: str | None = None
    cruce_prefijo: Code | None = None
    cruce_numero: int | None = None
    fecha_vencimiento: str | None = None
    valor: Decimal | None = None
    base_impuesto: Decimal | None = None
    cuota: int | None = None
    detalle: Code | None = None
    id_subcentro_costo: int | None = None
    id_centro_operacion: int | None = None
    id_proyecto: int | None = None
    id_actividad: int | None = None
    id_sucursal: int | None = None


class DocumentIn(Document, kw_only=True):
    """A document to create."""

    categoria_documento: Code | None = None
    prefijo: Code | None = None
    numero_doc: int | None = None
    nit_tercero_enc: Code | None = None
    fecha_documento: str | None = None
    detalles: list[DetailIn] | None = None


class QueryIn(Document, kw_only=True):
    """Which documents are wanted."""

    tipos_documentos: list[int] | None = None
    numero_desde: int | None = None
    numero_hasta: int | None = None
    fecha_desde: str | None = None
    fecha_hasta: str | None = None


class DeleteIn(Document, kw_only=True):
    """Which documents of one type are to be deleted; all members are required."""

    id_tipo_documento: int | None = None
    numero_desde: int | None = None
    numero_hasta: int | None = None
    fecha_desde: str | None = None
    fecha_hasta: str | None = None


class ThirdPartyIn(Request, kw_only=True):
    """A third party to make or change. A member left out leaves what there is."""

    tipoidentidad: Code | None = None
    identificacion: Code | None = None
    dv: Code | None = None
    tipopersona: str | None = None
    tipotercero: str | None = None
    nombres: str | None = None
    apellidos: str | None = None
    razonsocial: str | None = None
    nombrecomercial: str | None = None
    direccion: str | None = None
    telefono: Code | None = None
    email: str | None = None
    codigopais: Code | None = None
    codigodepartamento: Code | None = None
    codigociudad: Code | None = None
    responsableiva: bool | None = None
    activo: bool | None = None


class DocumentTypeOut(msgspec.Struct, rename="camel"):
    """A type of documents; category and prefix together name it."""

    id: int
    categoria_documento: str
    prefijo: str
    descripcion: str


class DetailOut(msgspec.Struct, rename="camel"):
    """A line of a document. Amounts have five decimals."""

    cuenta: Code
    nit_tercero_det: str | None
    nombre_tercero_det: str | None
    naturaleza: str
    cruce_prefijo: str | None
    cruce_numero: int | None
    fecha_vencimiento: str | None
    valor: Decimal
    base_impuesto: Decimal
    cuota: int
    detalle: str | None
    id_subcentro_costo: int | None
    id_centro_operacion: int | None
    id_proyecto: int | None
    id_actividad: int | None
    id_sucursal: int | None


class DocumentOut(msgspec.Struct, rename="camel"):
    """A document as it stands in the books."""

    id: int
    categoria_documento: str
    prefijo: str
    numero_doc: int
    nit_tercero_enc: str | None
    nombre_tercero_enc: str | None
    fecha_documento: str
    detalles: list[DetailOut]


class TaxOut(msgspec.Struct):
    """A tax, with the accounts that take it on sales and on purchases."""

    id: int
    nombre: str
    tipo: str
    tarifa: Decimal
    cuenta: Code
    cuenta_compras: Code | None


class CostCentreOut(msgspec.Struct):
    """A cost centre, or a subcentre with the id of its centre."""

    id: int
    codigo: str
    abreviatura: str | None
    descripcion: str
    id_padre: int | None


class OperationCentreOut(msgspec.Struct):
    """An operation centre and where it is; department and city are numbers here (observed)."""

    id: int
    codigo: str
    abreviatura: str | None
    descripcion: str
    codigo_pais: str | None
    codigo_departamento: int | None
    codigo_ciudad: int | None


class BranchOut(msgspec.Struct):
    """A branch of a third party; department and city are text here (observed)."""

    id: int
    id_tercero: int | None
    nit_tercero: str
    codigo: int
    nombre: str
    direccion: str | None
    telefono: str | None
    codigo_pais: str | None
    codigo_departamento: str | None
    codigo_ciudad: str | None


class ThirdPartyOut(msgspec.Struct):
    """A third party."""

    id: int
    tipoidentidad: str
    identificacion: str
    dv: str | None
    tipopersona: str
    tipotercero: str
    nombres: str | None
    apellidos: str | None
    razonsocial: str | None
    nombrecomercial: str | None
    direccion: str | None
    telefono: str | None
    email: str | None
    codigopais: str | None
    codigodepartamento: str | None
    codigociudad: str | None
    responsableiva: bool
    activo: bool


class Envelope(msgspec.Struct):
    """What every answer is wrapped in; writes have no `result`, an empty read has neither it nor `errors`."""

    success: bool
    code: int
    errors: list[str] | None | UnsetType = UNSET
    message: str = ""
    result: list[msgspec.Raw] | None | UnsetType = UNSET
