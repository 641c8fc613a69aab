"""Ids made by us, before the database sees what they name."""

from uuid import UUID

import uuid_utils


def new_id() -> UUID:
    """A new UUIDv7: unique, and ordered by the moment it was made."""
    return UUID(bytes=uuid_utils.uuid7().bytes)
