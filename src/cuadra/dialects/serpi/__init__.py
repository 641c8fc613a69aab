"""SERPI ERP's API for accounting documents, answered by our books."""
