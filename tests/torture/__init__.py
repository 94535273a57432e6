"""The kill matrix: the real server under random faults, every promise checked at the end."""
