"""Conversations to review, and people who may and may not."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client

from chat.models import Conversation, Message, Process, Run

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

Say = Callable[..., Conversation]


def gives_a_reason(person: User) -> Client:
    """A browser in which this person is signed in and has said why they read."""
    client = Client()
    client.force_login(person)
    session = client.session
    session["reading_reason"] = "quality review"
    session.save()
    return client


@pytest.fixture(autouse=True)
def quick_hashes(settings) -> None:
    """Passwords are hashed in no time: how slow the real way is is Django's to test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def reviewer(db) -> User:
    """Staff that may read the chat's lists, and nothing else."""
    person = User.objects.create_user("rita", is_staff=True)
    wanted = ["view_conversation", "view_run", "view_modelserver"]
    person.user_permissions.set(Permission.objects.filter(codename__in=wanted))
    return person


@pytest.fixture
def admin(carol: User) -> Client:
    """A browser in which the owner is signed in."""
    return gives_a_reason(carol)


@pytest.fixture
def process(db) -> Process:
    return Process.objects.create(host="test")


def add(
    conversation: Conversation,
    role: str,
    text: str,
    parent: Message | None = None,
    *,
    minute: int = 0,
    **extra: str,
) -> Message:
    """A message that was said so many minutes after noon."""
    status = extra.pop("status", "complete")
    message = Message.objects.create(
        id=uuid4(),
        conversation=conversation,
        role=role,
        text=text,
        parent=parent,
        status=status,
        **extra,
    )
    moment = NOON + timedelta(minutes=minute)
    Message.objects.filter(pk=message.pk).update(created_at=moment)
    message.created_at = moment
    return message


@pytest.fixture
def talk(alice: User, process: Process) -> Say:
    """Makes a conversation of one question and one answer."""

    def make(
        title: str = "Tides",
        *,
        owner: User | None = None,
        question: str = "Why are there two tides a day?",
        answer: str = "Because the **moon** pulls.",
        model: str = "danube",
        status: str = "complete",
        error: str = "",
        **fields: object,
    ) -> Conversation:
        conversation = Conversation.objects.create(
            id=uuid4(), owner=owner or alice, title=title, **fields
        )
        asked = add(conversation, "user", question)
        said = add(
            conversation,
            "assistant",
            answer,
            asked,
            minute=1,
            status=status,
            error=error,
            model=model,
        )
        Run.objects.create(
            id=uuid4(),
            message=said,
            process=process,
            server="lab",
            model=model,
            outcome="" if status == "streaming" else status,
            error=error,
            parameters={"temperature": 0.4},
            request={"model": model, "messages": [{"role": "user", "content": question}]},
            prompt_tokens=12,
            completion_tokens=34,
            first_token_ms=412,
            tokens_per_second=58.25,
        )
        conversation.leaf = said
        conversation.save(update_fields=["leaf"])
        return conversation

    return make
