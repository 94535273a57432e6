"""What a list of the administration costs does not grow with what it lists."""

from uuid import uuid4

import pytest
from django.contrib import admin as site
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Invitation
from chat.models import Hold, Limit, ModelAccess, ModelServer
from review.models import Dataset, Erasure, Queue, Reading, Rubric, Rule
from tests.review.first_rubric import first_rubric

SOUGHT = "e1"  # begins every name, so that a search finds few among few and many among many


def new_name():
    return SOUGHT + uuid4().hex


def person():
    return User.objects.create_user(new_name())


def dataset(_):
    return Dataset.objects.create(name=new_name(), formats=["csv"], maker=person())


def erasure(_):
    times = dict.fromkeys(("begun_at", "active_at"), timezone.now())
    return Erasure.objects.create(
        conversation=uuid4(),
        owner=person(),
        cause=Erasure.Cause.values[0],
        rule_name=new_name(),
        links=2,
        signature="x",
        **times,
    )


def hold(talk):
    held = talk(owner=person())
    return Hold.objects.create(conversation=held, subject=held.pk, reason="r", maker_name="m")


def limit(_):
    return Limit.objects.create(person=person(), messages_a_day=5)


def model_access(_):
    access = ModelAccess.objects.create(model=new_name())
    access.groups.add(Group.objects.create(name=new_name()))
    return access


def model_server(_):
    named = {"name": new_name(), "label": "x", "state": "up"}
    return ModelServer.objects.create(checked_at=timezone.now(), **named)


def queue(talk):
    made = Queue.objects.create(name=new_name(), rubric=first_rubric(), maker=person())
    made.reviewers.add(person())
    made.items.create(conversation=talk(owner=person()), position=1)
    return made


def reading(_):
    about = {"owner": person(), "reader": person(), "conversation": uuid4()}
    return Reading.objects.create(reader_name=new_name(), page="transcript", reason="r", **about)


LISTS = {
    "accounts_invitation": lambda _: Invitation.objects.create(
        made_by=person(), used_by=person(), token_hash=uuid4().hex
    ),
    "auth_group": lambda _: Group.objects.create(name=new_name()),
    "auth_user": lambda _: person(),
    "chat_conversation": lambda talk: talk(owner=person()),
    "chat_hold": hold,
    "chat_limit": limit,
    "chat_modelaccess": model_access,
    "chat_modelserver": model_server,
    "chat_run": lambda talk: talk(owner=person()),
    "review_dataset": dataset,
    "review_erasure": erasure,
    "review_queue": queue,
    "review_reading": reading,
    "review_rubric": lambda _: Rubric.objects.create(name=new_name()),
    "review_rule": lambda _: Rule.objects.create(name=new_name(), days=9_000),
}


@pytest.mark.parametrize("name", LISTS)
def test_a_list_of_more_takes_no_more_queries(name, admin, talk):
    costs = []
    for more in (2, 0, 20, 0):  # the first look at anything finds nothing that is kept
        for _ in range(more):
            LISTS[name](talk)
        with CaptureQueriesContext(connection) as seen:
            assert admin.get(reverse(f"admin:{name}_changelist")).status_code == 200
        costs.append(len(seen))
    assert costs[3] <= costs[1], "\n".join(query["sql"][:300] for query in seen)


FILTERED = [
    name
    for model, lists in site.site._registry.items()
    if (name := f"{model._meta.app_label}_{model._meta.model_name}") in LISTS
    and (lists.list_filter or lists.search_fields)
]


@pytest.mark.parametrize("name", FILTERED)
def test_a_list_that_is_narrowed_in_any_way_takes_no_more_queries_for_more(name, admin, talk):
    at = reverse(f"admin:{name}_changelist")

    def costs():
        told = {}
        for way in ways:
            with CaptureQueriesContext(connection) as seen:
                assert admin.get(at + way).status_code == 200, way
            told[way] = len(seen)
        return told

    LISTS[name](talk)
    LISTS[name](talk)
    shown = admin.get(at).context["cl"]
    ways = [each["query_string"] for spec in shown.filter_specs for each in spec.choices(shown)]
    if shown.search_fields:
        ways.append(f"?q={SOUGHT}")
        assert len(admin.get(at + ways[-1]).context["cl"].result_list) > 1
    costs()  # the first look at anything finds nothing that is kept
    few = costs()
    for _ in range(12):
        LISTS[name](talk)
    costs()
    many = costs()
    assert {way: cost for way, cost in many.items() if cost > few[way]} == {}
    assert ways
