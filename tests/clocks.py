"""Places by the time of day that it is there."""

from django.utils import timezone


def zone_at(hour: int) -> str:
    """The name of a time zone in which it is this hour now."""
    ahead = (hour - timezone.now().hour + 12) % 24 - 12
    return f"Etc/GMT{-ahead:+d}" if ahead else "UTC"
