"""Who may read in the administration, and that nobody may write there."""

import pytest
from django.contrib.auth.models import Permission, User
from django.core.serializers import serialize
from django.test import Client
from django.urls import reverse

from chat.models import Conversation, Message, Run
from tests.admin.conftest import gives_a_reason

STORED = (Conversation, Message, Run)
LISTS = ["conversation", "run", "modelserver"]
LIST = "/admin/chat/conversation/"


def transcript(conversation: Conversation) -> str:
    return f"{LIST}{conversation.pk}/change/"


def rows() -> str:
    """Everything that is stored of the chat."""
    stored = [row for model in STORED for row in model.objects.order_by("pk")]
    return str(serialize("json", stored))


def test_a_stranger_is_sent_to_the_one_sign_in_page_and_back(db, client):
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0] == "/sign-in/?next=/admin/"
    assert "Sign in – H2O Chat" in answer.content.decode()


@pytest.mark.django_db
def test_the_admins_own_sign_in_page_is_not_there(client):
    assert client.get("/admin/login/")["Location"].startswith("/sign-in/")
    answer = client.post("/admin/login/", {"username": "carol", "password": "x"})
    assert answer["Location"].startswith("/sign-in/")


def test_the_owner_who_comes_by_the_sign_in_address_is_let_in(admin):
    assert admin.get("/admin/login/")["Location"] == "/admin/"


@pytest.mark.parametrize("address", ["/admin/", LIST, "/admin/chat/run/", "/admin/auth/user/"])
def test_a_person_who_is_not_staff_is_refused(alice, client, address):
    client.force_login(alice)
    answer = client.get(address, follow=True)
    assert answer.status_code == 403
    assert "This is not for you" in answer.content.decode()


@pytest.mark.parametrize("name", LISTS)
def test_staff_without_the_permission_to_view_is_refused(db, client, talk, name):
    talk()
    client.force_login(User.objects.create_user("stan", is_staff=True))
    assert client.get(f"/admin/chat/{name}/").status_code == 403


def test_staff_without_the_permission_to_view_reads_no_transcript_and_no_request(client, talk):
    conversation = talk()
    client.force_login(User.objects.create_user("stan", is_staff=True))
    request = reverse("admin:chat_run_request", args=[Run.objects.get().pk])
    assert client.get(transcript(conversation)).status_code == 403
    assert client.get(request).status_code == 403


def test_the_permission_to_change_gives_nothing_here(client, talk):
    conversation = talk()
    stan = User.objects.create_user("stan", is_staff=True)
    stan.user_permissions.set(Permission.objects.filter(codename="change_conversation"))
    client.force_login(stan)
    assert client.get(transcript(conversation)).status_code == 403


def test_a_reviewer_reads(reviewer, talk):
    conversation = talk()
    client = gives_a_reason(reviewer)
    assert client.get(LIST).status_code == 200
    assert client.get(transcript(conversation)).status_code == 200


@pytest.mark.parametrize("name", LISTS)
def test_nobody_adds(admin, name):
    assert admin.get(f"/admin/chat/{name}/add/").status_code == 403
    assert admin.post(f"/admin/chat/{name}/add/", {"title": "x"}).status_code == 403


def test_nobody_changes_or_deletes(admin, talk):
    conversation = talk()
    run = Run.objects.get()
    before = rows()
    data = {"title": "Altered", "post": "yes", "_save": "Save", "outcome": "failed"}
    for address in (f"conversation/{conversation.pk}", f"run/{run.pk}"):
        for page in ("change", "delete"):
            assert admin.post(f"/admin/chat/{address}/{page}/", data).status_code in (403, 405)
    assert rows() == before


@pytest.mark.parametrize("name", ["conversation", "run"])
def test_no_list_has_an_action_that_writes(admin, talk, name):
    talk()
    before = rows()
    data = {"action": "delete_selected", "_selected_action": list(Run.objects.values_list("pk"))}
    admin.post(f"/admin/chat/{name}/", {**data, "post": "yes"})
    assert rows() == before
    assert 'name="action"' not in admin.get(f"/admin/chat/{name}/").content.decode()


def test_who_has_conversations_cannot_be_deleted_with_them(admin, talk, alice):
    talk()
    before = rows()
    page = f"/admin/auth/user/{alice.pk}/delete/"
    assert "conversation" in admin.get(page).content.decode()
    assert admin.post(page, {"post": "yes"}).status_code == 403
    selected = {"action": "delete_selected", "_selected_action": [alice.pk], "post": "yes"}
    admin.post("/admin/auth/user/", selected)
    assert User.objects.filter(pk=alice.pk).exists()
    assert rows() == before


def test_the_owner_adds_people(admin):
    password = "a long walk by the sea"
    data = {"username": "dora", "usable_password": "true"}
    data |= {"password1": password, "password2": password}
    admin.post("/admin/auth/user/add/", data)
    newcomer = Client()
    assert newcomer.login(username="dora", password=password)
    assert newcomer.get("/admin/", follow=True).status_code == 403
