"""What each operation does: a request to a draft or a filter, one call into trade, and the answer back."""
