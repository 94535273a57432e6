"""Queues and judgements: nobody gets what another has, nothing counts twice, nobody peeks."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from accounts.roles import Role
from chat.models import Conversation, Hold, Message, Process
from review import digesting, judging
from review.models import Dataset, Item, Judgement, Mark, Question, Queue, Rubric, Skip
from review.seeds import Seeds, store
from tests.admin.conftest import add, gives_a_reason
from tests.review.conftest import of_role
from tests.review.first_rubric import first_rubric


def ask(kind: str, position: int = 0) -> Question:
    return list(Question.objects.filter(kind=kind).order_by("position"))[position]


def marks(correct: int = 2, helpful: int = 3, **more: object) -> dict[str, object]:
    return {f"q{ask('scale').pk}": correct, f"q{ask('scale', 1).pk}": helpful} | more


def page(item: Item, name: str = "judge") -> str:
    return f"/admin/review/item/{item.pk}/{name}/"


def take(person: User, queue: Queue) -> str:
    """Where the reviewer who asks for the next conversation is led."""
    return str(gives_a_reason(person).post(f"/admin/review/queue/{queue.pk}/next/")["Location"])


@pytest.fixture
def items(queue: Queue, talk) -> list[Item]:
    """Three conversations in the queue."""
    queue.fill([talk(f"Talk {number}").pk for number in range(3)])
    return list(queue.items.all())


def test_each_gets_another_conversation_and_the_same_again_until_it_is_done(
    queue, items, rita, raj
):
    assert take(rita, queue) == page(items[0])
    assert take(raj, queue) == page(items[1])
    assert take(rita, queue) == page(items[0])
    answer = gives_a_reason(rita).post(page(items[0]), marks())
    assert answer["Location"] == page(items[2])
    assert take(raj, queue) == page(items[1])


def test_nobody_judges_a_conversation_that_another_has_now(queue, items, rita, raj):
    take(rita, queue)
    assert gives_a_reason(raj).get(page(items[0])).status_code == 302
    assert gives_a_reason(raj).post(page(items[0], "hold"), {"hold": uuid4()}).status_code == 409


@pytest.mark.parametrize("number", ["none", uuid4(), "9" * 5000, "\uff11"])
def test_what_is_no_number_of_a_conversation_in_a_queue_is_not_there(rita, number):
    asked = gives_a_reason(rita).get(f"/admin/review/item/{number}/change/", follow=True)
    assert asked.status_code == 404


def test_what_is_left_or_held_too_long_is_free_again(queue, items, rita, raj):
    own, hold = gives_a_reason(rita), uuid4()
    take(rita, queue)
    assert own.post(page(items[0], "hold"), {"hold": hold}).status_code == 204
    own.post(page(items[0], "leave"), {"hold": uuid4()})  # an older page of hers
    assert take(raj, queue) == page(items[1])
    own.post(page(items[0], "leave"), {"hold": hold})
    Item.objects.filter(pk=items[1].pk).update(held_until=timezone.now() - timedelta(seconds=1))
    assert take(of_role_in(queue, "ron"), queue) == page(items[0])
    assert take(of_role_in(queue, "rosa"), queue) == page(items[1])


def of_role_in(queue: Queue, name: str) -> User:
    person = of_role(name, Role.REVIEWER)
    queue.reviewers.add(person)
    return person


def test_what_is_skipped_does_not_come_back_to_the_same_reviewer(queue, items, rita, raj):
    take(rita, queue)
    assert gives_a_reason(rita).post(page(items[0], "skip"))["Location"] == page(items[1])
    assert take(raj, queue) == page(items[0])
    assert Skip.objects.get().reviewer == rita


def test_what_its_person_deleted_is_offered_to_nobody_and_waits_for_nobody(
    queue, items, rita, raj, lena
):
    for person, rate in ((rita, 4), (raj, 2)):
        gives_a_reason(person).post(page(items[1]), marks(rate))
    deleted = Conversation.objects.filter(review_items__in=[items[0], items[1]])
    for found in deleted:
        Hold.objects.create(conversation=found, subject="x", reason="a court’s order")
    deleted.update(deleted_at=timezone.now())
    items[2].let_go(raj)
    assert take(rita, queue) == page(items[2])
    Item.objects.of(queue).filter(pk=items[0].pk).update(reviews=1)
    assert not Item.objects.hidden_from(rita).exists()
    items[0].skip(rita)
    items[0].skip(raj)
    shown = gives_a_reason(lena).get(f"/admin/review/queue/{queue.pk}/change/").context
    assert (shown["disputed_count"], shown["stuck_count"], shown["wanted"]) == (0, 0, 2)
    assert (shown["queue"].reviews_done, shown["queue"].disputed) == (0, 0)


@pytest.mark.parametrize(("is_blind", "offered"), [(True, {2}), (False, {0, 2})])
def test_a_lead_offers_again_what_everybody_has_passed_by(
    queue, items, rita, raj, lena, is_blind, offered
):
    Queue.objects.filter(pk=queue.pk).update(is_blind=is_blind)
    gives_a_reason(raj).post(page(items[0]), marks())  # and rita passes by
    for item, people in ((items[0], [rita]), (items[1], [rita]), (items[2], [rita, raj])):
        for person in people:
            item.skip(person)
    lead = gives_a_reason(lena)
    at = f"/admin/review/queue/{queue.pk}/"
    assert lead.get(f"{at}change/").context["stuck_count"] == 2  # raj is left for the second
    told = lead.post(f"{at}offer/", follow=True)
    assert f"{len(offered)} conversation" in str(next(iter(told.context["messages"])))
    left = {number for number, item in enumerate(items) if not item.skips.exists()}
    assert left == offered
    assert told.context["stuck_count"] == 2 - len(offered)
    again = lead.post(f"{at}offer/", follow=True)
    assert [str(each) for each in again.context["messages"]] == ["These want another reviewer."]


def test_a_queue_ends_when_each_has_its_reviews(queue, items, rita, raj, carol):
    Item.objects.exclude(pk=items[0].pk).delete()
    for person in (rita, raj):
        assert take(person, queue) == page(items[0])
        gives_a_reason(person).post(page(items[0]), marks())
    late = of_role_in(queue, "late")
    assert take(late, queue) == f"/admin/review/queue/{queue.pk}/change/"
    Queue.objects.filter(pk=queue.pk).update(target=3, is_open=False)
    assert take(late, queue) == f"/admin/review/queue/{queue.pk}/change/"


def test_nothing_is_stored_of_a_review_that_no_queue_wants(queue, items, rita, raj):
    full, shut = items[0], items[1]
    Queue.objects.filter(pk=queue.pk).update(target=1)
    gives_a_reason(raj).post(page(full), marks())
    assert gives_a_reason(rita).post(page(full), marks())["Location"].endswith("/change/")
    assert gives_a_reason(raj).get(page(full)).status_code == 200  # their own stays to be read
    assert not Item.objects.left_for(rita, full.conversation).exists()
    gives_a_reason(rita).post(page(shut, "draft"), marks())
    gives_a_reason(raj).post(page(shut, "draft"), marks())
    assert Item.objects.left_for(rita, shut.conversation).get() == shut
    Queue.objects.filter(pk=queue.pk).update(is_open=False)
    assert gives_a_reason(rita).post(page(shut), marks())["Location"].endswith("/change/")
    assert [each.reviewer for each in Judgement.objects.saved()] == [raj]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_never_get_the_same_conversation(alice, lena):
    rubric = Rubric.objects.create(name="Rush")
    queue = Queue.objects.create(name="Rush", rubric=rubric, target=1, maker=lena)
    talks = [Conversation(id=uuid4(), owner=alice) for _ in range(24)]
    Conversation.objects.bulk_create(talks)
    queue.fill([talk.pk for talk in talks])
    people = [User.objects.create_user(f"r{number}") for number in range(6)]

    def work(person: User) -> list[int]:
        taken = []
        try:
            while (item := queue.take_next(person)) is not None:
                taken.append(item.pk)
                Judgement.objects.create(item=item, reviewer=person).save_for_good()
        finally:
            connection.close()
        return taken

    with ThreadPoolExecutor(len(people)) as pool:
        taken = [item for items in pool.map(work, people) for item in items]
    assert sorted(taken) == sorted(queue.items.values_list("pk", flat=True))


def test_the_versions_of_an_answer_have_one_number(queue, talk):
    conversation = talk()
    asked, first = conversation.messages.in_order()
    add(conversation, "assistant", "Another.", asked, minute=2)
    more = add(conversation, "user", "And?", first, minute=3)
    add(conversation, "assistant", "Well.", more, minute=4)
    answers = list(conversation.messages.in_order().filter(role="assistant"))
    asked_of = [field for field in judging.fields(queue.rubric, answers) if field.message]
    assert [field.number for field in asked_of] == [1, 1, 2]


def test_a_draft_survives_and_counts_for_nothing(queue, items, rita):
    own = gives_a_reason(rita)
    better = ask("better")
    answer = items[0].conversation.messages.get(role="assistant")
    name = f"q{better.pk}-{answer.pk}"
    draft = marks(4) | {name: "The **moon** does.", f"q{ask('labels').pk}": ["unsafe", "junk"]}
    assert own.post(page(items[0], "draft"), draft).status_code == 204
    shown = own.get(page(items[0])).content.decode()
    assert "The **moon** does.</textarea>" in shown
    assert shown.count(" checked") == 3
    assert not Judgement.objects.saved().exists()
    assert Mark.objects.get(question=ask("labels")).value == ["unsafe"]
    assert Mark.objects.get(question=better).message == answer


def test_sending_twice_stores_once_and_what_is_saved_stays(queue, items, rita):
    own = gives_a_reason(rita)
    own.post(page(items[0]), marks(2))
    own.post(page(items[0]), marks(5))
    own.post(page(items[0], "draft"), marks(5))
    assert Judgement.objects.saved().count() == 1
    assert Mark.objects.get(question=ask("scale")).value == 2
    assert Item.objects.get(pk=items[0].pk).reviews == 1


@pytest.mark.parametrize("value", ["", "0", "6", "1.5", "x", "٣"])
def test_a_judgement_has_to_be_whole_unless_a_lead_is_wanted(queue, items, rita, value):
    own = gives_a_reason(rita)
    refused = own.post(page(items[0]), marks(value))
    assert refused.status_code == 422
    assert "Please answer: Correct" in refused.content.decode()
    assert not Judgement.objects.saved().exists()
    own.post(page(items[0]), marks(value) | {"needs_lead": "on"})
    assert Item.objects.get(pk=items[0].pk).needs_lead


def asks(queue: Queue, kind: str, scope: str) -> Question:
    """One question more, which must be answered."""
    return queue.rubric.questions.create(
        text="Sources", kind=kind, scope=scope, labels="named\nmade up", position=9
    )


@pytest.mark.parametrize(
    ("kind", "scope", "said", "stored"),
    [
        ("scale", "conversation", {"": "4"}, 4),
        ("scale", "answer", {"": "4"}, 4),
        ("labels", "conversation", {"": ["named"]}, ["named"]),
        ("labels", "answer", {"-none": "1"}, []),
        ("note", "conversation", {"": "None."}, "None."),
        ("better", "answer", {"": "Better."}, "Better."),
    ],
)
def test_what_must_be_answered_is_asked_for_and_nothing_that_was_typed_is_lost(
    queue, items, rita, kind, scope, said, stored
):
    asked = asks(queue, kind, scope)
    answer = items[0].conversation.messages.get(role="assistant")
    name = f"q{asked.pk}-{answer.pk}" if scope == "answer" else f"q{asked.pk}"
    own = gives_a_reason(rita)
    note = {f"q{ask('note').pk}": "kept words"}
    refused = own.post(page(items[0]), marks() | note)
    assert refused.status_code == 422
    shown = refused.content.decode()
    told = "Sources (answer 1)" if scope == "answer" else "Sources"
    assert f"Please answer: {told}</li>" in shown
    assert shown.count("please answer</small>") == 1
    assert "kept words</textarea>" in shown
    assert ("none of these" in shown) == (kind == "labels")
    assert not Judgement.objects.saved().exists()
    answered = {f"{name}{end}": value for end, value in said.items()}
    assert own.post(page(items[0]), marks() | note | answered)["Location"] == page(items[1])
    assert Mark.objects.get(question=asked).value == stored


def test_what_is_too_long_is_told_and_kept_whole(queue, items, rita, monkeypatch):
    monkeypatch.setattr(judging, "MOST_TEXT", 30)
    note = f"q{ask('note').pk}"
    written = "This is what I think of it, at length."
    desk = gives_a_reason(rita)
    told = desk.post(page(items[0]), marks() | {note: written}).content.decode()
    assert "Longer than 30 characters: “" in told
    assert written in told
    assert not Judgement.objects.saved().exists()
    assert desk.post(page(items[0]), marks() | {note: written[:30]}).status_code == 302
    assert Judgement.objects.saved().exists()


def test_the_answer_that_still_wants_a_mark_is_shown_whatever_branch_it_is_on(
    queue, talk, rita, items
):
    asked = asks(queue, "scale", "answer")
    conversation = items[0].conversation
    first = conversation.messages.get(role="assistant")
    hidden = add(conversation, "assistant", "On a branch of its own.", first.parent, minute=2)
    Conversation.objects.filter(pk=conversation.pk).update(leaf=first)
    own = gives_a_reason(rita)
    branch = "On a branch of its own."
    assert branch not in own.get(page(items[0])).content.decode()
    refused = own.post(page(items[0]), marks() | {f"q{asked.pk}-{first.pk}": 3})
    assert branch in refused.content.decode()
    own.post(page(items[0]), marks() | {f"q{asked.pk}-{each.pk}": 3 for each in (first, hidden)})
    assert Judgement.objects.saved().count() == 1


def test_who_only_calls_for_a_lead_has_rated_nothing(queue, items, rita, raj):
    """Neither where scales are missing nor where nothing had to be answered."""
    Question.objects.filter(kind="scale").update(is_required=False)
    calls = {"needs_lead": "on"}
    gives_a_reason(rita).post(page(items[0]), calls)
    assert not Mark.objects.exists()
    assert Judgement.objects.saved().get().needs_lead
    gives_a_reason(raj).post(page(items[0]), calls | {f"q{ask('scale').pk}": "3"})
    assert Mark.objects.get(question=ask("labels")).value == []
    Question.objects.filter(kind="scale").update(is_required=True)
    gives_a_reason(raj).post(page(items[2]), calls | {f"q{ask('scale').pk}": "3"})
    assert [mark.value for mark in Mark.objects.filter(judgement__item=items[2])] == [3]


def test_others_are_hidden_until_ones_own_is_saved(queue, items, rita, raj):
    note = f"q{ask('note').pk}"
    gives_a_reason(rita).post(page(items[0]), marks() | {note: "rita’s secret"})
    own = gives_a_reason(raj)
    transcript = f"/admin/chat/conversation/{items[0].conversation_id}/change/"
    before = own.get(page(items[0])).content.decode()
    assert "One other review of this conversation is hidden" in before
    assert "secret" not in before + own.get(transcript).content.decode()
    own.post(page(items[0]), marks())
    assert "secret" in own.get(transcript).content.decode()


def test_a_lead_who_judges_too_knows_of_no_other_review_while_theirs_is_wanted(
    queue, items, rita, raj, lena
):
    """Not beside it, not by filters nor in numbers, not for the last word; then all of it."""
    Queue.objects.update(target=3)
    queue.reviewers.add(lena)
    for person, correct in ((rita, 1), (raj, 5)):
        more = {f"q{ask('note').pk}": "a secret", f"q{ask('labels').pk}": ["unsafe"]}
        gives_a_reason(person).post(page(items[0]), marks(correct) | more)
    digesting.refresh()
    lead = gives_a_reason(lena)
    transcript = f"/admin/chat/conversation/{items[0].conversation_id}/change/"
    lists = [f"/admin/chat/conversation/?{each}" for each in ("label=unsafe", "reviewed=yes")]
    board = f"/admin/review/queue/{queue.pk}/change/"
    new = "/admin/review/queue/add/?label=unsafe"
    agreement = [{"question": "Correct?", "units": 1, "percent": 0.5}]
    Dataset.objects.create(
        name="Mine", queue=queue, maker=lena, manifest={"agreement": agreement, "files": []}
    )
    dataset = f"/admin/review/dataset/{Dataset.objects.get().pk}/change/"

    def knows() -> list[bool]:
        said = "secret" in lead.get(transcript).content.decode()
        found = [bool(lead.get(address).context["found"].rows) for address in lists]
        counted = lead.get(new).context["count"] > 0
        told = lead.get(board)
        report = told.context["report"]
        units = any(each.units for each in report.agreements)
        drifts = {each.reviewer for each in report.drifts} >= {"rita", "raj"}
        waits = page(items[0], "verdict") in told.content.decode()
        waiting = told.context["disputed_count"] > 0
        noted = "Judged twice" in lead.get(dataset).content.decode()
        numbers = [counted, units, drifts, waiting, noted]
        return [said, *found, waits, *numbers, makes_a_queue_of_it()]

    def makes_a_queue_of_it() -> bool:
        made = {"name": "Unsafe", "rubric": queue.rubric_id, "reviewers": [lena.pk], "target": 1}
        made |= {"size": 5, "order": "random", "reason": "x", "query": "label=unsafe"}
        lead.post(new, made)
        return Queue.objects.filter(name="Unsafe").delete()[0] > 0

    assert knows() == [False] * 10
    for way in (lead.get, lambda at: lead.post(at, marks(3) | {"verdict": "1"})):
        assert way(page(items[0], "verdict"))["Location"] == page(items[0])
    assert "secret" not in lead.get(page(items[0])).content.decode()
    assert not Judgement.objects.verdicts().exists()
    lead.post(page(items[0]), marks())
    assert knows() == [True] * 10
    assert "secret" in lead.get(page(items[0], "verdict")).content.decode()


@pytest.mark.parametrize("way", ["passed by", "judged by enough", "closed", "not blind"])
def test_a_lead_whose_review_is_not_wanted_any_more_may_settle(queue, items, rita, raj, lena, way):
    queue.reviewers.add(lena)
    gives_a_reason(rita).post(page(items[0]), marks() | {f"q{ask('note').pk}": "a secret"})
    lead = gives_a_reason(lena)
    assert lead.get(page(items[0], "verdict")).status_code == 302
    match way:
        case "passed by":
            lead.post(page(items[0], "skip"))
        case "judged by enough":
            gives_a_reason(raj).post(page(items[0]), marks())
        case "closed":
            Queue.objects.update(is_open=False)
        case _:
            Queue.objects.update(is_blind=False)
    assert "a secret" in lead.get(page(items[0], "verdict")).content.decode()


def test_what_is_not_blind_hides_nothing(queue, items, rita, raj):
    Queue.objects.update(is_blind=False)
    gives_a_reason(rita).post(page(items[0]), marks() | {f"q{ask('note').pk}": "an open word"})
    assert "an open word" in gives_a_reason(raj).get(page(items[0])).content.decode()


def test_a_lead_settles_what_reviewers_differ_about(queue, items, rita, raj, lena):
    gives_a_reason(rita).post(page(items[0]), marks(1))
    gives_a_reason(raj).post(page(items[0]), marks(5))
    for person in (rita, raj):
        gives_a_reason(person).post(page(items[1]), marks(3))
    assert list(Item.objects.disputed()) == [items[0]]
    lead = gives_a_reason(lena)
    assert 'class="differs"' in lead.get(page(items[0], "verdict")).content.decode()
    lead.post(page(items[0], "verdict"), marks(4) | {"verdict": "1"})
    assert not Item.objects.disputed().exists()
    verdict = Judgement.objects.verdicts().get()
    assert (verdict.reviewer, verdict.marks.get(question=ask("scale")).value) == (lena, 4)
    assert Item.objects.get(pk=items[0].pk).reviews == 2
    report = lead.get(f"/admin/review/queue/{queue.pk}/change/").context["report"]
    assert [each.units for each in report.agreements[:2]] == [2, 2]  # the verdict is no review
    assert [(each.reviewer, each.above) for each in report.drifts] == [("raj", 1), ("rita", -1)]


def test_a_lead_goes_from_one_that_waits_to_the_next_and_may_pass_one_over(queue, items, lena):
    Item.objects.update(differs=True, reviews=2)
    lead = gives_a_reason(lena)
    first, second, third = (page(item, "verdict") for item in items)
    assert f'href="{third}" data-key="KeyS"' in lead.get(second).content.decode()
    said = marks(4) | {"verdict": "1"}
    assert [lead.post(at, said)["Location"] for at in (second, third)] == [third, first]
    alone = lead.get(first).content.decode()
    assert "KeyS" not in alone
    assert "Save the verdict" in alone
    assert lead.post(first, said)["Location"] == f"/admin/review/queue/{queue.pk}/change/"


def test_a_lead_has_a_conversation_judged_that_no_filter_found(queue, items, talk, lena, rita):
    found = talk("Found by reading")
    at = f"/admin/chat/conversation/{found.pk}/"
    lead = gives_a_reason(lena)
    shown = lead.get(f"{at}change/?in=").content.decode()
    assert f'action="{at}queue/?in="' in shown
    assert "Have it judged" not in gives_a_reason(rita).get(at, follow=True).content.decode()
    assert gives_a_reason(rita).post(f"{at}queue/", {"queue": queue.pk}).status_code == 403
    for _ in range(2):  # a second time changes nothing
        answer = lead.post(f"{at}queue/?in=", {"queue": queue.pk})
        assert answer["Location"] == f"{at}change/?in="
    assert [item.is_by_hand for item in queue.items.all()] == [False] * 3 + [True]
    added = queue.items.get(conversation=found)
    assert added.position == 4
    assert "Have it judged" not in lead.get(f"{at}change/").content.decode()
    told = lead.get(f"/admin/review/queue/{queue.pk}/change/").content.decode()
    assert "1 put in by hand" in told
    Item.objects.exclude(pk=added.pk).delete()
    assert take(rita, queue) == page(added)


@pytest.mark.parametrize("is_open", [True, False])
def test_nothing_is_put_into_a_queue_that_is_over_or_out_of_one_that_is_deleted(
    queue, talk, lena, is_open
):
    found = talk()
    if is_open:
        Conversation.objects.filter(pk=found.pk).update(deleted_at=timezone.now())
        Hold.objects.create(conversation=found, subject="x", reason="a court’s order")
    else:
        Queue.objects.update(is_open=False)
    at = f"/admin/chat/conversation/{found.pk}/"
    lead = gives_a_reason(lena)
    assert "Have it judged" not in lead.get(f"{at}change/").content.decode()
    lead.post(f"{at}queue/", {"queue": queue.pk})
    lead.post(f"{at}queue/", {"queue": "x"})
    assert not queue.items.exists()


def test_a_queue_is_made_of_a_filter_or_of_a_sample_that_can_be_drawn_again(talk, lena, rita):
    for number in range(12):
        talk(f"Talk {number}", status="failed" if number % 2 else "complete")
    digesting.refresh()
    form = {"name": "Sample", "rubric": first_rubric().pk, "reviewers": [rita.pk]}
    form |= {"target": 2, "reason": "a test", "size": 4, "order": "random", "seed": 7}
    form |= {"query": "outcome=failed"}
    lead = gives_a_reason(lena)
    for _ in range(2):
        assert lead.post("/admin/review/queue/add/", form).status_code == 302
    first, second = (
        list(queue.items.values_list("conversation", flat=True)) for queue in Queue.objects.all()
    )
    assert first == second
    assert len(first) == 4
    assert set(Conversation.objects.filter(pk__in=first, digest__outcomes="|failed|")) == set(
        Conversation.objects.filter(pk__in=first)
    )
    nothing = lead.post("/admin/review/queue/add/", form | {"query": "outcome=length"})
    assert "finds no conversation" in nothing.content.decode()
    assert Queue.objects.count() == 2


def test_a_rubric_in_use_stays_and_its_next_version_may_change(queue, lena, client):
    client.force_login(lena)
    rubric = queue.rubric
    change = f"/admin/review/rubric/{rubric.pk}/change/"
    assert 'name="_save"' not in client.get(change).content.decode()
    assert client.post(change, {"name": "Other"}).status_code == 403
    answer = client.post(f"/admin/review/rubric/{rubric.pk}/next/")
    copy = Rubric.objects.get(version=2)
    assert answer["Location"] == f"/admin/review/rubric/{copy.pk}/change/"
    assert 'name="_save"' in client.get(answer["Location"]).content.decode()
    told = [list(each.questions.values_list("text", "kind", "scope")) for each in (rubric, copy)]
    assert told[0] == told[1]


def test_a_reviewer_judges_in_the_own_queues_only(queue, items, lena):
    stranger = gives_a_reason(of_role("sid", Role.REVIEWER))
    for name in ("judge", "draft", "hold", "leave", "skip"):
        assert stranger.post(page(items[0], name)).status_code == 404
    assert stranger.get(page(items[0], "verdict")).status_code == 403
    assert stranger.get(f"/admin/review/queue/{queue.pk}/change/").status_code == 404
    assert "Low-rated" not in stranger.get("/admin/review/queue/").content.decode()
    assert not Judgement.objects.exists()


def test_the_seed_decides_the_conversations(db):

    process = Process.objects.create(host="seeds")
    person = User.objects.create_user("someone")
    until = datetime(2026, 3, 1, tzinfo=UTC)
    texts = []
    for seed in (1, 1, 2):
        Conversation.objects.all().delete()
        for batch in Seeds(seed, [person.pk], until, process).batches(30, 20):
            store(batch)
        texts.append(list(Message.objects.in_order().values_list("pk", "text", "created_at")))
    assert texts[0] == texts[1] != texts[2]
    assert Conversation.objects.count() == 30
    assert {"failed", "complete"} <= set(Message.objects.values_list("status", flat=True))
    assert all(each.depth == each.parent.depth + 1 for each in Message.objects.exclude(parent=None))
    assert all(each.leaf for each in Conversation.objects.select_related("leaf"))
