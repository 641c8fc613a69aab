"""Numbered migrations, applied in order; their sum is schema.sql."""
