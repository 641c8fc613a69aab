"""Wire to drafts and records to wire, one module for each resource. Pure: nothing here reads the database."""
