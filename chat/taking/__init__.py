"""Taking conversations along: out to files, in from files."""
