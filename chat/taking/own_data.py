"""What the chat keeps of a person, for taking along and for erasing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator

from django.contrib.auth.models import User
from django.forms.models import model_to_dict
from django.utils.translation import gettext

from chat.models import Conversation, Hold, Preferences, Run
from chat.taking.writing import FORMATS
from chat.taking.zipping import file_name

LONGEST_END = 5.0  # seconds that what answers gets to end
LOOK_EVERY = 0.05
AT_ONCE = 50  # conversations deleted together

File = tuple[str, Iterable[bytes]]


class OwnData:
    """Conversations, and what a person wants of them."""

    def files(self, person: User) -> Iterator[File]:
        """Each conversation that is kept as JSON, and the preferences."""
        way = FORMATS["json"]
        wishes = model_to_dict(Preferences.objects.of(person))
        yield "preferences.json", [json.dumps(wishes, default=str, indent=1).encode()]
        mine = Conversation.objects.owned_by(person).kept()
        for pk in list(mine.values_list("pk", flat=True)):  # no query stays open behind a piece
            for conversation in mine.among([pk]):
                yield f"conversations/{file_name(conversation, way)}", way.write(conversation)

    def objection(self, person: User) -> str:
        """A hold."""
        if not Hold.objects.on_things_of(person).exists():
            return ""
        return gettext(
            "A legal hold keeps conversations of yours from being erased. While it stands, your"
            " account cannot be erased either. Whoever runs this server can tell you more."
        )

    def prepare_to_erase(self, person: User) -> None:
        """Stop what answers, and give it a moment to end."""
        mine = Run.objects.live_of(person)
        mine.request_stop()
        end = time.monotonic() + LONGEST_END
        while mine.exists() and time.monotonic() < end:
            time.sleep(LOOK_EVERY)

    def erase(self, person: User) -> None:
        """Delete all conversations, those that were deleted before too."""
        while some := Conversation.objects.all_of(person)[:AT_ONCE]:
            Conversation.objects.among(each.pk for each in some).delete()
