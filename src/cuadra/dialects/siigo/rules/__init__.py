"""What a request can be told wrong without looking at the books: missing members, lengths, formats, decimals.

Every function returns problems by the vendor's own paths, in the order of the body. What needs the
catalogs or the ledger is checked by `trade`, and both lists are answered together. One module for each
resource; `base` has what they are made of. Pure.
Source: the vendor's field tables and the literal errors recorded from its API.
"""
