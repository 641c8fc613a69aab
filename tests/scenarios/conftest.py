"""Stories are told through the door a client uses, on the books of the demo company."""

from tests.dialects.siigo.conftest import demo_databases, siigo

__all__ = ["demo_databases", "siigo"]
