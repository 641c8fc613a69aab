"""What a company sets up before it trades: its chart, taxes, voucher types, third parties, products.

Nothing here knows a commercial document or a vendor's API.
"""
