"""That nobody has changed a transcript behind the application's back."""
