"""The pages: what is shown to whom."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from chat import limits
from chat.models import Conversation, Message, ModelServer, Process, Run
from chat.sidebar import MOST_PINNED, PAGE
from tests.clocks import zone_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def hers(alice):
    """A conversation of alice's with one edited turn and a failed answer."""
    conversation = Conversation.objects.create(id=uuid4(), owner=alice, title="Rust, gently")
    first = _message(conversation, None, "user", "First question")
    _message(conversation, first, "assistant", "First answer")
    edited = _message(conversation, None, "user", "Edited question")
    answer = _message(conversation, edited, "assistant", "Edited answer", status="failed")
    Conversation.objects.filter(pk=conversation.pk).update(leaf=answer)
    conversation.refresh_from_db()
    return conversation


def _message(conversation, parent, role, text, status="complete"):
    return Message.objects.create(
        id=uuid4(),
        conversation=conversation,
        parent=parent,
        role=role,
        text=text,
        status=status,
        created_at=timezone.now(),  # SQLite's own clock gives several the same millisecond
    )


def test_a_conversation_shows_its_chosen_branch(alice, hers, client):
    client.force_login(alice)
    page = client.get(reverse("chat:conversation", args=[hers.pk]))
    texts = [item.message.text for item in page.context["thread"]]
    assert texts == ["Edited question", "Edited answer"]
    assert page.context["thread"][0].versions == 2
    assert page.context["thread"][0].version == 2
    assert page.headers["Cache-Control"].startswith("max-age=0")
    assert "require-trusted-types-for 'script'" in page.headers["Content-Security-Policy"]


def test_choosing_a_version_is_remembered(alice, hers, client):
    client.force_login(alice)
    first = hers.messages.get(text="First question")
    chosen = client.post(reverse("chat:choose", args=[hers.pk]), {"message": first.pk})
    assert chosen.status_code == 204
    page = client.get(reverse("chat:conversation", args=[hers.pk]))
    texts = [item.message.text for item in page.context["thread"]]
    assert texts == ["First question", "First answer"]


def test_a_link_to_a_message_opens_its_branch(alice, hers, client):
    client.force_login(alice)
    first = hers.messages.get(text="First question")
    address = reverse("chat:conversation", args=[hers.pk])
    page = client.get(address, {"message": first.pk})
    assert page.context["thread"][0].message == first


def test_rename_and_delete(alice, hers, client):
    client.force_login(alice)
    rename = reverse("chat:rename", args=[hers.pk])
    assert client.post(rename, {"title": "Other"}).status_code == 204
    hers.refresh_from_db()
    assert (hers.title, hers.title_source) == ("Other", "person")
    for title in ("", "  ", "x" * 201):
        refused = client.post(rename, {"title": title})
        assert refused.status_code == 400
        assert refused.json()["detail"].endswith(".")
    assert client.post(reverse("chat:delete", args=[hers.pk])).status_code == 204
    assert client.get(reverse("chat:conversation", args=[hers.pk])).status_code == 404
    assert not client.get(reverse("chat:new")).context["conversations"]


READ = ["conversation", "context"]
ACTIONS = [*READ, "rename", "delete", "choose", "seen", "settings"]


@pytest.mark.parametrize("action", ACTIONS)
def test_bob_finds_nothing_of_alices(action, bob, hers, client):
    client.force_login(bob)
    address = reverse(f"chat:{action}", args=[hers.pk])
    call = client.get if action in READ else client.post
    assert call(address, {"title": "Mine", "message": hers.leaf_id}).status_code == 404
    hers.refresh_from_db()
    assert (hers.title, hers.deleted_at) == ("Rust, gently", None)


@pytest.mark.parametrize("name", ["new", "conversations", "models"])
def test_who_is_signed_out_is_sent_to_sign_in(name, client):
    answer = client.get(reverse(f"chat:{name}"))
    assert answer.status_code == 302
    assert answer.url.startswith(reverse("accounts:sign-in"))


def test_the_list_comes_page_by_page(alice, client):
    for number in range(120):
        Conversation.objects.create(id=uuid4(), owner=alice, title=f"Chat {number}")
    client.force_login(alice)
    page = client.get(reverse("chat:new"))
    titles = _titles(page)
    while page.context["more"]:
        page = client.get(reverse("chat:conversations"), {"after": page.context["more"]})
        titles += _titles(page)
    assert sorted(titles) == sorted(f"Chat {number}" for number in range(120))


def _titles(page):
    groups = page.context["conversations"]
    return [each.title for group in groups for each in group.conversations]


@pytest.mark.parametrize("after", ["nonsense", "6b03c5b8-c7c4-4359-8f41-cfeccf000000"])
def test_a_page_after_nothing_known_is_not_there(after, alice, client):
    client.force_login(alice)
    assert client.get(reverse("chat:conversations"), {"after": after}).status_code == 404


@pytest.mark.parametrize(
    ("outcome", "is_news"),
    [("", False), ("complete", True), ("failed", True), ("interrupted", True), ("stopped", False)],
)
def test_an_answer_is_news_from_its_end_until_it_is_seen(outcome, is_news, alice, hers, client):
    client.force_login(alice)
    here = Process.objects.create(id=uuid4())
    run = Run.objects.create(id=uuid4(), message=hers.leaf, process=here, outcome=outcome)
    Run.objects.filter(pk=run.pk).update(finished_at=timezone.now() if outcome else None)
    assert _news(client) == [], "of a conversation from before there were marks"
    Conversation.objects.update(seen_at=timezone.now() - timedelta(minutes=1))
    assert _news(client) == [hers] * is_news
    page = client.get(reverse("chat:conversation", args=[hers.pk])).content
    assert (b" data-unread" in page) == is_news
    assert client.post(reverse("chat:seen", args=[hers.pk])).status_code == 204
    assert _news(client) == []
    Conversation.objects.update(seen_at=timezone.now() - timedelta(minutes=1))
    Conversation.objects.filter(pk=hers.pk).took_part(hers.leaf)
    assert _news(client) == [], "for who has just said something"


def _news(client):
    groups = client.get(reverse("chat:conversations")).context["conversations"]
    return [each for group in groups for each in group.conversations if each.is_unread]


def test_temporary_chats_are_not_listed(alice, client):
    Conversation.objects.create(id=uuid4(), owner=alice, title="Gone soon", temporary=True)
    client.force_login(alice)
    assert not client.get(reverse("chat:new")).context["conversations"]


def test_the_models_come_with_their_servers_state(alice, client):
    ModelServer.objects.create(
        name="a", label="A", state="up", catalogue=[{"name": "m", "context": 8192}]
    )
    ModelServer.objects.create(name="b", label="B", state="loading", detail="Fetching.", position=1)
    client.force_login(alice)
    ready, loading = client.get(reverse("chat:models")).json()["models"]
    assert (ready["name"], ready["label"], ready["context"]) == ("m", "m", 8192)
    assert (loading["label"], loading["state"], loading["detail"]) == ("B", "loading", "Fetching.")


@pytest.mark.parametrize("messages", [2, 60])
def test_a_page_takes_the_same_few_queries_whatever_its_length(
    messages, alice, client, django_assert_max_num_queries
):
    conversation = Conversation.objects.create(id=uuid4(), owner=alice)
    last = None
    for number in range(messages):
        role = "assistant" if number % 2 else "user"
        last = _message(conversation, last, role, f"Message {number}")
    client.force_login(alice)
    with django_assert_max_num_queries(17):
        client.get(reverse("chat:conversation", args=[conversation.pk]))


@pytest.mark.parametrize("many", [3, 500])
def test_the_list_takes_the_same_few_queries_whatever_its_length(
    many, alice, client, django_assert_num_queries
):
    Conversation.objects.bulk_create(
        Conversation(id=uuid4(), owner=alice, title=f"Chat {number}", pinned_at=pinned)
        for number in range(many)
        for pinned in (None, timezone.now())
    )
    client.force_login(alice)
    with django_assert_num_queries(5):
        page = client.get(reverse("chat:conversations"))
    shown = min(many, MOST_PINNED) + min(many, PAGE)
    assert page.content.count(b"<li data-conversation") == shown


def _listing(client, **query):
    """The list as the sidebar fetches it: labels, and titles under each."""
    page = client.get(reverse("chat:conversations"), query)
    groups = page.context["conversations"]
    return [(group.label, [each.title for each in group.conversations]) for group in groups]


def test_pinned_stand_first_and_archived_elsewhere(alice, bob, client):
    made = {
        title: Conversation.objects.create(
            id=uuid4(), owner=owner, title=title, active_at=timezone.now()
        )
        for title, owner in [("a", alice), ("b", alice), ("c", alice), ("theirs", bob)]
    }
    client.force_login(alice)

    def do(action, *titles):
        ids = [made[title].pk for title in titles]
        return client.post(reverse("chat:change", args=[action]), {"conversation": ids}).status_code

    assert do("pin", "a", "theirs") == 204
    assert _listing(client) == [("Pinned", ["a"]), ("Today", ["c", "b"])]
    assert do("archive", "a", "b") == 204
    assert _listing(client) == [("Today", ["c"])]
    assert _listing(client, archived="1") == [("Today", ["b", "a"])]
    assert do("bring-back", "a", "b") == 204
    assert do("delete", "b", "c") == 204
    assert _listing(client) == [("Today", ["a"])]
    assert do("restore", "c") == 204
    assert _listing(client) == [("Today", ["c", "a"])]
    Conversation.objects.filter(pk=made["b"].pk).update(
        deleted_at=timezone.now() - timedelta(minutes=11)
    )
    assert do("restore", "b") == 404
    assert do("restore", "theirs") == do("delete", "theirs") == do("explode", "a") == 404
    theirs = Conversation.objects.get(pk=made["theirs"].pk)
    assert (theirs.deleted_at, theirs.pinned_at, theirs.archived_at) == (None, None, None)


def test_no_more_than_some_are_changed_at_once(alice, client):
    client.force_login(alice)
    ids = [str(uuid4()) for _ in range(501)]
    refused = client.post(reverse("chat:change", args=["delete"]), {"conversation": ids})
    assert refused.status_code == 400
    assert refused.json()["detail"] == "At most 500 conversations at once."


def test_days_begin_when_they_do_where_the_reader_is(alice, client):
    past = timezone.now() - timedelta(minutes=65)
    Conversation.objects.create(id=uuid4(), owner=alice, title="Late", active_at=past)
    client.force_login(alice)
    for hour, label in [(0, "Yesterday"), (12, "Today")]:
        client.cookies["timezone"] = zone_at(hour)
        assert _listing(client) == [(label, ["Late"])]
    for strange in ("../../etc/passwd", "Europe", "Atlantis/Capital", ""):
        client.cookies["timezone"] = strange
        assert client.get(reverse("chat:conversations")).status_code == 200


def test_the_administration_and_limits_keep_the_servers_clock(admin_client):
    admin_client.cookies["timezone"] = "Pacific/Kiritimati"
    admin_client.get(reverse("chat:conversations"))
    assert timezone.get_current_timezone_name() == "Pacific/Kiritimati"
    began = limits.today()
    assert (began.utcoffset(), began.hour) == (timedelta(0), 0)
    admin_client.get(reverse("admin:index"))
    assert timezone.get_current_timezone_name() == "UTC"
