"""Transcript review: finding, reading and judging conversations, and an account of who did."""
