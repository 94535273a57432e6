"""A saved review that is taken back: a draft again, counted no more, as long as that is fair."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from review.models import Judgement, Queue, Reading
from tests.admin.conftest import gives_a_reason
from tests.review.test_judging import ask, items, marks, page

__all__ = ["items"]

pytestmark = pytest.mark.django_db

FREE = "Your review is a draft again."


def judge(person, item, **more):
    gives_a_reason(person).post(page(item), marks(**more))


def told(person, item):
    """What the page says after the person takes their review back, and that page."""
    answer = gives_a_reason(person).post(page(item, "take_back"), follow=True)
    return [str(each) for each in answer.context["messages"]], answer


def test_what_is_taken_back_is_a_draft_and_counts_no_more(queue, items, rita, raj, lena):
    judge(rita, items[0], correct=4)
    judge(raj, items[0], correct=2, needs_lead="1")
    judge(raj, items[2], correct=5)
    item = queue.items.get(pk=items[0].pk)
    assert (item.reviews, item.differs, item.needs_lead) == (2, True, True)
    said, answer = told(raj, item)
    assert said == [FREE]
    assert answer.redirect_chain[-1][0] == page(item)
    [field] = [each for each in answer.context["fields"] if each.question == ask("scale")]
    assert field.value == 2
    assert answer.context["own"].needs_lead
    assert answer.context["others"] == []
    item.refresh_from_db()
    assert (item.reviews, item.differs, item.needs_lead) == (1, False, False)
    of_it = gives_a_reason(lena).get(f"/admin/review/queue/{queue.pk}/change/").context
    assert of_it["queue"].reviews_done == 2
    assert of_it["disputed_count"] == 0
    assert all(each.units == 0 for each in of_it["report"].agreements)
    [logged] = LogEntry.objects.all()
    assert (logged.user, logged.get_change_message()) == (raj, "Review taken back.")
    assert logged.get_edited_object() == item
    judge(raj, item, correct=4)
    item.refresh_from_db()
    assert (item.reviews, item.differs) == (2, False)


def test_the_last_review_is_taken_back_from_the_next_page_or_the_queue(queue, items, rita):
    judge(rita, items[0])
    judge(rita, items[1])
    at = reverse("admin:review_item_take_back", args=[items[1].pk])
    pages = [page(items[2]), page(items[1]), f"/admin/review/queue/{queue.pk}/change/"]
    for each in pages:
        assert at in gives_a_reason(rita).get(each).content.decode(), each
    assert told(rita, items[1])[0] == [FREE]
    assert told(rita, items[1])[0] == []  # once
    assert LogEntry.objects.count() == 1
    undo = reverse("admin:review_item_take_back", args=[items[0].pk])
    assert undo in gives_a_reason(rita).get(page(items[1])).content.decode()


@pytest.mark.parametrize("why", ["verdict", "closed", "dataset", "say of the conversation"])
def test_a_review_stays_once_something_is_built_on_it(queue, items, rita, raj, lena, why):
    item = items[0]
    judge(rita, item)
    judge(raj, item)
    if why == "verdict":
        gives_a_reason(lena).post(page(item, "verdict"), marks() | {"verdict": "1"})
    elif why == "closed":
        Queue.objects.update(is_open=False)
    elif why == "dataset":
        note(lena, item, Reading.Page.EXPORT)
    else:
        shown = gives_a_reason(raj).get(page(item)).content.decode()
        assert "This review stays" in shown
    assert why in told(raj, item)[0][0]
    assert Judgement.objects.reviews().saved().count() == 2
    assert not LogEntry.objects.exists()
    pages = (page(item), f"/admin/review/queue/{queue.pk}/change/")
    for each in pages:
        assert page(item, "take_back") not in gives_a_reason(raj).get(each).content.decode()


def note(person, item, kind):
    Reading.objects.note(person, kind, "", [item.conversation])


def test_only_what_could_be_compared_stays(queue, items, rita, raj):
    for kind in (Reading.Page.JUDGING, Reading.Page.EXPORT):
        note(raj, items[0], kind)  # before there was a review
    judge(raj, items[0])
    note(raj, items[0], Reading.Page.JUDGING)  # before there was another's
    note(raj, items[1], Reading.Page.TRANSCRIPT)
    judge(rita, items[0])
    note(raj, items[0], Reading.Page.LIST)
    note(rita, items[0], Reading.Page.TRANSCRIPT)
    assert told(raj, items[0])[0] == [FREE]
    assert told(rita, items[0])[0] == [FREE]


def test_where_nothing_is_blind_it_may_have_been_compared(queue, items, rita, raj):
    Queue.objects.update(is_blind=False)
    judge(rita, items[0])
    judge(raj, items[0])
    note(raj, items[0], Reading.Page.TRANSCRIPT)
    assert told(raj, items[0])[0] == [FREE]


def test_nobody_takes_back_what_another_judged(queue, items, rita, raj, lena):
    judge(rita, items[0])
    told(raj, items[0])
    assert gives_a_reason(lena).post(page(items[0], "take_back")).status_code == 404
    assert gives_a_reason(rita).get(page(items[0], "take_back")).status_code == 405
    assert Judgement.objects.saved().count() == 1


def test_a_verdict_that_comes_between_goes_first(queue, items, rita):
    judge(rita, items[0])
    review = Judgement.objects.saved().get()
    queue.items.filter(pk=items[0].pk).update(is_settled=True)
    assert not review.make_draft()
    assert Judgement.objects.saved().exists()
