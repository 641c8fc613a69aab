"""Siigo Nube: its requests, answers, errors and catalogs, answered by our books."""
