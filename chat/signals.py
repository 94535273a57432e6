"""What other applications are told of; ``h2oweb.asgi`` rings the doorbell for changes."""

from django.dispatch import Signal

conversation_changed = Signal()  # conversation, changed (one of wire.events.Change)
erasing_begins = Signal()  # conversation; in the transaction that erases its first message
prompt_kept = Signal()  # conversation; in the transaction that stores its new system prompt
messages_brought = Signal()  # conversation; in each transaction that stores some from a file
