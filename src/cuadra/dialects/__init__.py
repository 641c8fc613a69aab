"""One folder per vendor's API. The only place where a vendor's word may appear. They never import each other."""
