"""One person of each role, and one of each thing that a person can have."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date
from random import randrange
from typing import Any
from uuid import uuid4

from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from asgiref.sync import async_to_sync
from django.contrib.auth.models import Group, User
from django.core import mail
from django.http import HttpRequest
from django.test import Client

from accounts import roles
from accounts.models import Invitation
from accounts.roles import Role
from chat.models import (
    Conversation,
    Hold,
    Limit,
    Message,
    ModelAccess,
    ModelServer,
    Preset,
    Process,
    Prompt,
    Run,
    Share,
)
from review.datasets import background
from review.models import Dataset, Erasure, Figure, Queue, Reading, Rubric, Rule, SavedFilter
from tests.canary_words import METRICS_TOKEN
from tests.review.first_rubric import first_rubric
from tests.security.passkeys import credential

OUT, MEMBER, REVIEWER, AUDITOR, LEAD, OWNER = COLUMNS = (
    "out",
    "member",
    "reviewer",
    "auditor",
    "lead",
    "owner",
)
PASSWORD = "long walks in the rain"
CANARY = "canary-of-somebody"  # begins what is in everything that a person wrote

Fields = dict[str, Any]


def canary(owner: User) -> str:
    """What is in everything that this person wrote, and in nothing else."""
    return f"{CANARY}-{owner.pk:06}"


def person(role: str, name: str = "") -> User:
    """Somebody of this role."""
    is_owner = role == OWNER
    named = name or f"{role}-{uuid4().hex[:8]}"
    made = User.objects.create_user(named, is_superuser=is_owner, is_staff=is_owner)
    if role in (REVIEWER, AUDITOR, LEAD):
        roles.give(made, Role(role))
    return made


def answer(owner: User, status: str = "complete") -> Message:
    """The answer in a new conversation of this person's, with the run that wrote it."""
    secret = canary(owner)
    talk = Conversation.objects.create(id=uuid4(), owner=owner, title=f"About {secret}")
    turn = _message(talk, "user", f"What of {secret}?")
    reply = _message(talk, "assistant", f"All of {secret}.", parent=turn, status=status)
    Run.objects.create(
        id=uuid4(),
        message=reply,
        process=Process.objects.create(host="here"),
        model="scripted",
        outcome=status,
        last_seq=3,
    )
    Conversation.objects.filter(pk=talk.pk).update(leaf=reply)
    return reply


def _message(talk: Conversation, role: str, text: str, **more: Any) -> Message:
    fields = {"id": uuid4(), "conversation": talk, "role": role, "text": text}
    return Message.objects.create(**fields | {"status": "complete"} | more)


def _conversation(owner: User) -> Fields:
    reply = answer(owner)
    return {"pk": reply.conversation_id, "message": reply.pk, "title": "Other"}


def _run(owner: User) -> Fields:
    return {"pk": answer(owner).runs.get().pk}


def _temporary(owner: User) -> Fields:
    talk = answer(owner).conversation
    Conversation.objects.filter(pk=talk.pk).update(temporary=True)
    return {"pk": talk.pk, "page": "shown"}


def _share(owner: User) -> Fields:
    shared = answer(owner).conversation
    token = Share.make(shared, [])
    return {"pk": shared.shares.get().pk, "token": token}


def _invitation(owner: User) -> Fields:
    invitation = Invitation(made_by=owner)
    invitation.renew_token()
    invitation.save()
    return {"pk": invitation.pk, "post": "yes"}


def _browser(owner: User) -> Fields:
    Client().force_login(owner)
    return {"number": owner.browsers.latest("began_at").number}


def _item(owner: User) -> Fields:
    """A conversation in a queue that this person judges."""
    queue = Queue.objects.create(name="Low-rated", rubric=first_rubric(), maker=person(LEAD))
    queue.reviewers.add(owner)
    queue.fill([answer(person(MEMBER)).conversation_id])
    return {"pk": queue.items.get().pk, "reviewers": owner.pk, "queue": queue.pk}


def _filter(owner: User) -> Fields:
    return {"pk": SavedFilter.objects.create(name=canary(owner), query="q=x", maker=owner).pk}


def _rubric(_: User) -> Fields:
    return {"pk": Rubric.objects.create(name=f"Rubric {uuid4().hex[:8]}").pk}


def _reading(owner: User) -> Fields:
    conversation = answer(owner).conversation
    Reading.objects.note(person(LEAD), Reading.Page.LIST, canary(owner), [conversation])
    return {"pk": Reading.objects.latest("pk").pk}


def _hold(owner: User) -> Fields:
    held = answer(owner).conversation
    return {"pk": Hold.objects.create(conversation=held, subject=str(held.pk), reason="r").pk}


def _erasure(owner: User) -> Fields:
    answer(owner).conversation.delete()
    return {"pk": Erasure.objects.latest("pk").pk}


def _figure(owner: User) -> Fields:
    day = date(2000, 1, 1)
    return {"pk": Figure.objects.get_or_create(day=day, owner=owner, model="m")[0].pk}


def _dataset(owner: User) -> Fields:
    """One that this person has taken out."""
    made = Dataset.objects.create(name=uuid4().hex, maker=owner, taker=owner, manifest={})
    background.file_of(made).parent.mkdir(exist_ok=True)
    background.file_of(made).write_bytes(b"a zip")
    return {"pk": made.pk}


def _app(owner: User) -> Fields:
    """An app that tells this person codes."""
    if not Authenticator.objects.filter(user=owner, type=Authenticator.Type.TOTP).exists():
        TOTP.activate(owner, generate_totp_secret())
    return {"code": "000000"}


def _codes(owner: User) -> Fields:
    """Codes for whoever loses the app."""
    RecoveryCodes.activate(owner)
    return _app(owner)


def _passkey(owner: User) -> Fields:
    kept = {"name": canary(owner), "credential": credential()}
    kind = Authenticator.Type.WEBAUTHN
    return {"pk": Authenticator.objects.create(user=owner, type=kind, data=kept).pk}


def _password(owner: User) -> Fields:
    owner.set_password(PASSWORD)
    owner.save()
    return {"username": owner.username, "password": PASSWORD}


def _address(owner: User) -> Fields:
    owner.email = f"{owner.username}@example.org"
    owner.save()
    state = {"verified": True, "primary": True}
    EmailAddress.objects.get_or_create(user=owner, email=owner.email, defaults=state)
    return {"email": owner.email}


def belongings(owner: User) -> None:
    """One of each thing of which a person's own pages have a list."""
    for thing in ("conversation", "share", "preset", "prompt", "filter", "reading"):
        THINGS[thing](owner)


def _named(model: Any) -> Callable[[User], Fields]:
    def made(owner: User) -> Fields:
        return {"pk": model.objects.create(person=owner, name=canary(owner)).pk, "name": "n"}

    return made


def signed_in(owner: User | None) -> Client:
    """The browser of this person, who has just shown who they are, and said why they read."""
    client = Client(REMOTE_ADDR=f"198.51.{randrange(256)}.{randrange(256)}")
    if owner:
        client.force_login(owner)
        session = client.session
        session["reading_reason"] = "the table of who may do what"
        request = HttpRequest()
        request.session = session
        record_authentication(request, owner, "password", reauthenticated=True)
        session.save()
    return client


def whole(response: Any) -> bytes:
    """All that is sent, to its end."""

    async def pieces() -> list[bytes]:
        return [piece async for piece in response.streaming_content]

    if getattr(response, "is_async", False):
        return b"".join(async_to_sync(pieces)())
    return bytes(response.getvalue())


def unpacked(content: bytes) -> bytes:
    """What is in it, if it is an archive."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return content
    archive = zipfile.ZipFile(io.BytesIO(content))
    return b"".join(map(archive.read, archive.namelist()))


def _ask_for_a_password(client: Client, values: Fields) -> None:
    client.post("/password/forgotten/", {"email": values["email"]})


def _answer_with_the_code(client: Client, values: Fields) -> None:
    _ask_for_a_password(client, values)
    code = re.findall(r"[B-Z]{4}-[B-Z]{4}", str(mail.outbox[-1].body))[-1]
    client.post("/password/forgotten/code/", {"code": code})


#: What has been done before in the same browser, for a page that is there only then.
STEPS: dict[str, Callable[[Client, Fields], object]] = {
    "mail-asked": _ask_for_a_password,
    "mail-answered": _answer_with_the_code,
    "mail-of-an-address": lambda client, values: client.post(
        "/account/address/", {"email": values["new"], "action_add": "1"}
    ),
    "second-step": lambda client, values: client.post("/sign-in/", values),
}

#: What the values in an address and in a form are, for a thing of this person's.
THINGS: dict[str, Callable[[User], Fields]] = {
    "-": lambda owner: {},
    "answer": lambda owner: {"pk": answer(owner).pk, "verdict": "good"},
    "browser": _browser,
    "conversation": _conversation,
    "conversations": lambda owner: {
        "action": "pin",
        "conversation": answer(owner).conversation_id,
    },
    "figure": _figure,
    "app": _app,
    "codes": _codes,
    "passkey": _passkey,
    "password": _password,
    "address": _address,
    "mail": _address,
    "mail-asked": _address,
    "mail-answered": _address,
    "mail-of-an-address": lambda owner: _address(owner) | {"new": f"new-{owner.pk}@example.org"},
    "second-step": lambda owner: _password(owner) | _app(owner),
    "provider": lambda owner: {"provider_id": "oidc"},
    "token": lambda owner: {"headers": {"Authorization": f"Bearer {METRICS_TOKEN}"}},
    "people": lambda owner: {
        "query": {"app_label": "chat", "model_name": "limit", "field_name": "person"}
    },
    "dataset": _dataset,
    "filter": _filter,
    "group": lambda owner: {"pk": Group.objects.get_or_create(name="painters")[0].pk},
    "wrong": lambda owner: {"characters": "many"},
    "limit": lambda owner: {"pk": Limit.objects.create(person=owner).pk},
    "model": lambda owner: {"pk": ModelAccess.objects.get_or_create(model="m")[0].pk},
    "person": lambda owner: {"pk": owner.pk, "id": owner.pk},
    "invitation": _invitation,
    "preset": _named(Preset),
    "prompt": _named(Prompt),
    "item": _item,
    "queue": lambda owner: _item(owner) | {"pk": Queue.objects.latest("pk").pk},
    "reading": _reading,
    "rubric": _rubric,
    "hold": _hold,
    "rule": lambda owner: {"pk": Rule.objects.create(name=uuid4().hex, days=9_000).pk},
    "erasure": _erasure,
    "run": _run,
    "share": _share,
    "temporary": _temporary,
    "server": lambda owner: {
        "pk": ModelServer.objects.get_or_create(name="s", label="S", state="up")[0].pk
    },
}
