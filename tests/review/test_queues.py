"""The pages of queues: they come, whatever became of a queue, and cost the same for any size."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from chat.models import Conversation
from review.models import Item, Judgement, Mark, Queue
from tests.admin.conftest import gives_a_reason

LIST = "/admin/review/queue/"


def test_a_queue_whose_conversations_were_erased_has_its_page(queue, talk, lena):
    queue.fill([talk().pk])
    Conversation.objects.all().delete()
    lead = gives_a_reason(lena)
    for address in (LIST, f"{LIST}{queue.pk}/change/"):
        assert "0 of 0" in lead.get(address).content.decode()


def judge(item: Item, reviewer: User) -> None:
    """Save a judgement of all the scales of a conversation."""
    judgement = Judgement.objects.create(item=item, reviewer=reviewer, saved_at=timezone.now())
    scales = item.queue.rubric.questions.filter(kind="scale")
    Mark.objects.bulk_create(Mark(judgement=judgement, question=each, value=3) for each in scales)


@pytest.mark.parametrize("name", ["queue_changelist", "queue_change", "item_verdict"])
def test_the_number_of_queries_grows_neither_with_queues_nor_with_what_was_judged(
    queue, talk, lena, rita, raj, name
):
    lead = gives_a_reason(lena)

    def queries() -> int:
        about = {"queue_change": [queue.pk], "item_verdict": [queue.items.first().pk]}
        address = reverse(f"admin:review_{name}", args=about.get(name, []))
        with CaptureQueriesContext(connection) as seen:
            assert lead.get(address).status_code == 200
        return len(seen)

    queue.fill([talk().pk])
    judge(queue.items.get(), rita)
    few = queries()
    for number in range(10):
        more = Queue.objects.create(name=f"{number}", rubric=queue.rubric, target=2, maker=lena)
        more.fill([talk().pk])
    Item.objects.filter(position=1).exclude(queue=queue).update(queue=queue, differs=True)
    for item in queue.items.all():
        judge(item, raj)
    assert queries() == few <= 40
