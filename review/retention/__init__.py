"""How long conversations stay, and what that comes to."""
