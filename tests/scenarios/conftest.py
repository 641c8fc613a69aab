"""Stories are told through the door a client uses, on the books of the demo company."""

from tests.dialects.colppy.conftest import colppy
from tests.dialects.siigo.conftest import siigo

__all__ = ["colppy", "siigo"]
