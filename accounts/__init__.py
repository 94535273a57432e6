"""Who may come in: sign-in, sign-out, passwords, and the one-time link of the owner."""
