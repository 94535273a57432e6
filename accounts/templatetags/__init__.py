"""Filters about people."""
