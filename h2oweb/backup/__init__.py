"""Backups: one file with the database and what else cannot be made anew, checked both ways.

``making`` writes one while servers write on, ``restoring`` puts one into an empty place.
"""
