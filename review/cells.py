"""Cells of tables that spreadsheets open."""

from __future__ import annotations

RUN = ("=", "+", "-", "@", "\t", "\r", "\n")


def safe_cell(value: object) -> object:
    """The value, so that no spreadsheet takes a text for a formula (CWE-1236).

    A text that begins like one gets an apostrophe before it, which makes it text.
    """
    return f"'{value}" if isinstance(value, str) and value.lstrip(" ").startswith(RUN) else value
