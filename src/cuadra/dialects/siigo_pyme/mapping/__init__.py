"""Rows to drafts and what the books hold to rows; pure."""
