"""What pages are told of, whoever did it; ``h2oweb.asgi`` rings the doorbell for it."""

from django.dispatch import Signal

conversation_changed = Signal()  # conversation, changed (one of wire.events.Change)
