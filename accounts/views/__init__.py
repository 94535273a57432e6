"""The pages of accounts. Those that are allauth's own are named in ``accounts.urls``."""
