"""The transcript: what people saw, where it came from, and nothing to change it with."""

import json
import re
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chat.models import Conversation, Run, RunEvent
from review.models import Item, Queue, Reading
from tests.admin.conftest import Say, add


def address(conversation: Conversation, message: object = None) -> str:
    query = f"?message={message}" if message else ""
    return f"/admin/chat/conversation/{conversation.pk}/change/{query}"


def read(client, conversation: Conversation, message: object = None) -> str:
    page = client.get(address(conversation, message))
    assert page.status_code == 200
    return str(page.content.decode())


def shown(page: str) -> list[str]:
    """The ids of the messages on the page, in order."""
    return re.findall(r'data-message="([^"]+)"', page)


@pytest.fixture
def branched(talk: Say) -> Conversation:
    """A question with two answers; the second was chosen and gone on from."""
    conversation = talk()
    question = conversation.messages.get(role="user")
    second = add(conversation, "assistant", "The second answer.", question, minute=2)
    last = add(conversation, "user", "Thanks.", second, minute=3)
    conversation.leaf = last
    conversation.save(update_fields=["leaf"])
    return conversation


def test_it_shows_each_message_of_the_chosen_branch_in_order(admin, branched):
    question, _, second, last = branched.messages.in_order()
    page = read(admin, branched)
    assert shown(page) == [str(message.pk) for message in (question, second, last)]
    assert "Because the **moon** pulls." not in page


def test_other_branches_are_told_of_and_each_version_has_a_link(admin, branched):
    question, first, second, _ = branched.messages.in_order()
    page = read(admin, branched)
    assert "2 branches" in page
    assert re.findall(r'href="\?message=([^#"]+)#', page) == [str(first.pk), str(second.pk)]
    assert shown(read(admin, branched, first.pk)) == [str(question.pk), str(first.pk)]


def test_a_conversation_without_branches_speaks_of_none(admin, talk):
    assert "branches" not in read(admin, talk())


def test_it_has_the_markup_of_the_chat_page_and_its_renderer(admin, talk):
    conversation = talk(answer="A <b>bold</b> & *quiet* answer")
    page = read(admin, conversation)
    assert "<message-text" in page
    assert "A &lt;b&gt;bold&lt;/b&gt; &amp; *quiet* answer" in page
    assert re.search(r'<script type="module" src="[^"]*chat/js/messages[^"]*\.js"', page)


def test_an_answer_that_is_being_written_is_shown_as_far_as_it_is(admin, talk):
    conversation = talk(answer="", status="streaming")
    run = Run.objects.get()
    for seq, text in enumerate(["The moon", " pulls"], start=2):
        RunEvent.objects.create(run=run, seq=seq, kind=RunEvent.Kind.TEXT, text=text)
    page = read(admin, conversation)
    assert "The moon pulls" in page
    assert "answering" in page


def test_each_answer_says_where_it_came_from(admin, talk):
    conversation = talk()
    Run.objects.update(duration_ms=1913)
    page = read(admin, conversation)
    for fact in (
        "danube",
        "lab",
        "412 ms",
        "whole after 1913 ms",
        "58.2",
        "34 tokens",
        "12 tokens read",
        "temperature 0.4",
    ):
        assert fact in page, fact


def test_what_was_left_out_and_tried_again_is_told(admin, talk):
    conversation = talk()
    plain = read(admin, conversation)
    assert "attempts" not in plain
    assert "earlier message left out" not in plain
    Run.objects.update(attempts=3, turns_cut=1)
    page = read(admin, conversation)
    assert "3 attempts" in page
    assert "1 earlier message left out" in page
    run = admin.get(f"/admin/chat/run/{Run.objects.get().pk}/change/").content.decode()
    told = dict(re.findall(r'field-(\w+)".*?class="readonly">(.*?)<', run, re.DOTALL))
    assert (told["attempts"], told["turns_cut"]) == ("3", "1")


def test_every_run_of_an_answer_is_told(admin, talk, process):
    conversation = talk(status="failed", error="The model server hung up.")
    Run.objects.update(error="It was too busy.")
    answer = conversation.messages.get(role="assistant")
    Run.objects.create(
        id=uuid4(),
        message=answer,
        process=process,
        model="second",
        outcome="failed",
        error="Again.",
    )
    page = read(admin, conversation)
    assert page.count('class="run"') == 2
    for error in ("The model server hung up.", "It was too busy.", "Again."):
        assert error in page, error


def test_the_request_as_sent_is_one_click_away_and_exact(admin, talk):
    page = read(admin, talk(question="Почему?"))
    link = re.search(r'<sent-request src="([^"]+)"', page)
    assert link
    answer = admin.get(link[1])
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert "Почему?" in answer.content.decode()
    assert json.loads(answer.content) == Run.objects.get().request


def test_on_a_judging_page_the_queue_is_the_reason_for_the_request_too(
    queue, talk, rita, lena, client
):
    """Who came by the queue gave none; what is not in it needs one all the same."""
    queue.fill([talk().pk])
    queue.reviewers.add(lena)
    Queue.objects.create(name="Other", rubric=queue.rubric, maker=lena).fill([talk().pk])
    mine, other = Item.objects.order_by("queue_id")
    client.force_login(rita)
    page = client.get(f"/admin/review/item/{mine.pk}/judge/").content.decode()
    (address,) = re.findall(r'<sent-request src="([^"]+)"', page)
    assert f'href="{address}"' in page
    assert "tides" in client.get(address).content.decode()
    noted = Reading.objects.get(page="request")
    assert (noted.reader, noted.conversation) == (rita, mine.conversation_id)
    assert noted.reason == queue.reason == "a test"
    plain = address.split("?")[0]
    for asked in (
        plain,
        f"{plain}?item={other.pk}",
        f"{plain}?item=x",
        f"{plain}?item={9**40}",
        f"{plain}?item={'9' * 5000}",
    ):
        assert "/reason/" in client.get(asked)["Location"]
    of_other = Run.objects.get(message__conversation=other.conversation_id).pk
    for item in (mine, other):
        again = client.get(f"/admin/chat/run/{of_other}/request/?item={item.pk}")
        assert "/reason/" in again["Location"]
    client.force_login(lena)
    assert client.get(f"/admin/chat/run/{of_other}/request/?item={other.pk}").status_code == 200
    assert Reading.objects.filter(page="request").count() == 2


def test_a_request_with_half_a_character_is_still_shown(admin, talk):
    talk()
    Run.objects.update(request={"text": "half \ud83d"})
    answer = admin.get(f"/admin/chat/run/{Run.objects.get().pk}/request/")
    assert "half \\ud83d" in answer.content.decode()


def test_nothing_on_it_can_change_the_conversation(admin, branched):
    page = read(admin, branched)
    thread = page[page.index('<ol class="thread"') : page.index("</main>")]
    assert "<form" not in thread
    buttons = set(re.findall("<button[^>]*>", thread))  # a long text is folded, and no more
    assert buttons <= {'<button type="button" class="unfold" aria-expanded="false">'}
    assert "<input" not in thread
    assert "<textarea" not in thread


def test_an_empty_conversation_has_a_page(admin, alice):
    conversation = Conversation.objects.create(id=uuid4(), owner=alice)
    assert "Nothing was said" in read(admin, conversation)


@pytest.mark.parametrize("message", ["x", "", "1", uuid4()])
def test_a_message_that_is_not_there_is_not_found(admin, talk, message):
    assert admin.get(f"{address(talk())}?message={message}").status_code == 404


def test_a_message_of_another_conversation_is_not_found(admin, talk):
    other = talk("Other").messages.first()
    assert admin.get(address(talk(), other.pk)).status_code == 404


@pytest.mark.parametrize("pk", [uuid4(), "x", "1_2"])
def test_a_conversation_that_is_not_there_is_not_found(admin, pk):
    assert admin.get(f"/admin/chat/conversation/{pk}/change/").status_code == 404


def test_a_long_transcript_costs_no_more_queries_than_a_short_one(admin, talk):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            read(admin, conversation)
        return len(captured)

    conversation = talk()
    few = queries()
    last = conversation.messages.get(role="assistant")
    for minute in range(2, 102):
        last = add(conversation, ("user", "assistant")[minute % 2], "On.", last, minute=minute)
    conversation.leaf = last
    conversation.save(update_fields=["leaf"])
    assert len(shown(read(admin, conversation))) == 102
    assert queries() == few
    assert few <= 22


def test_the_requests_are_not_read_with_the_transcript(admin, talk):
    conversation = talk()
    with CaptureQueriesContext(connection) as captured:
        read(admin, conversation)
    about_runs = [query["sql"] for query in captured if 'FROM "chat_run"' in query["sql"]]
    assert any('"request"' not in sql for sql in about_runs)


def test_a_run_has_a_page_with_all_that_is_known_of_it(admin, talk):
    talk()
    page = admin.get(f"/admin/chat/run/{Run.objects.get().pk}/change/").content.decode()
    for fact in ("Tides", "alice", "danube", "lab", "0.41 s", "58.2", "temperature", "two tides"):
        assert fact in page, fact
    assert 'name="_save"' not in page
