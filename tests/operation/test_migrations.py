"""Old servers go on working on the newer schema: migrations only add, and say so here if not."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models.fields import NOT_PROVIDED

APPS = ("accounts", "chat", "review", "search")

#: What nobody who runs on the schema of before can notice.
ADDING = (
    migrations.CreateModel,
    migrations.AddIndex,
    migrations.RemoveIndex,
    migrations.AlterModelOptions,
)

SQL, PYTHON, MARK = "Raw SQL operation", "Raw Python operation", "review_mark_once"
SAME = "it is the same rule, said as two, which all databases know"

#: What does more than that, and why the version before can live with it.
REASONS = {
    ("chat.0010_walks_in_the_tree", SQL): "it fills a column that the version before does not know",
    ("review.0002_quality_rubric", PYTHON): "it adds a rubric, as a person may",
    ("review.0007_one_mark_each", f"Remove constraint {MARK} from model mark"): SAME,
    ("review.0007_one_mark_each", f"Create constraint {MARK}_a_message on model mark"): SAME,
    ("review.0007_one_mark_each", f"Create constraint {MARK}_a_conversation on model mark"): SAME,
    ("review.0017_digests_by_hint", SQL): "it fills a table that the version before does not know",
    ("search.0002_full_text_index", PYTHON): "it makes an index, which follows by itself",
    ("search.0003_beginnings_on_sqlite", PYTHON): "it makes another index of the same words",
    ("search.0004_whose_entries", PYTHON): "it makes another index of the same words",
}


def breaches(operation: Operation, app: str, before: ProjectState) -> Iterator[str]:
    """What of an operation the version before it may stumble over."""
    match operation:
        case migrations.AddField(field=field):
            if not (field.many_to_many or field.null or field.db_default is not NOT_PROVIDED):
                yield f"{operation.name} has no default in the database"
            if field.unique and not field.null:
                yield f"{operation.name} is unique, and all old rows have the same"
        case migrations.AlterField(field=field):
            known = before.models[app, operation.model_name_lower].fields[operation.name]
            yield from (f"{operation.name} {why}" for why in narrower(known, field))
        case _ if not isinstance(operation, ADDING):
            yield operation.describe()


def narrower(old: models.Field[Any, Any], new: models.Field[Any, Any]) -> Iterator[str]:
    """What was right in a column and is not any more."""
    if old.get_internal_type() != new.get_internal_type() or old.db_column != new.db_column:
        yield "is another column"
    if pointed_at(old) != pointed_at(new):
        yield "points elsewhere"
    if new.max_length is not None and new.max_length < (old.max_length or new.max_length + 1):
        yield "is shorter"
    if old.null and not new.null:
        yield "has to be there"
    if new.unique and not old.unique:
        yield "has to be unique"
    if old.db_default is not NOT_PROVIDED and new.db_default is NOT_PROVIDED and not new.null:
        yield "has no default in the database any more"


def pointed_at(field: models.Field[Any, Any]) -> str:
    return str(field.remote_field.model).lower() if field.remote_field else ""


@cache
def found() -> dict[str, list[str]]:
    """What there is of these in each migration after the first one of its application."""
    loader = MigrationLoader(None)
    state, told = ProjectState(), {}
    for app, name in loader.graph._generate_plan(loader.graph.leaf_nodes(), at_end=True):
        migration = loader.graph.nodes[app, name]
        is_later = app in APPS and any(other == app for other, _ in migration.dependencies)
        why: list[str] = []
        for operation in migration.operations:
            if is_later:
                why += breaches(operation, app, state)
            operation.state_forwards(app, state)
        if is_later:
            told[f"{app}.{name}"] = why
    return told


def test_migrations_only_add_or_have_a_reason():
    assert {name.split(".")[0] for name in found()} == set(APPS)
    breaching = {(name, each) for name, why in found().items() for each in why}
    assert not breaching - set(REASONS)
    assert not set(REASONS) - breaching, "a reason for nothing"


def notes() -> ProjectState:
    """One model, before an operation on it."""
    text = models.CharField(max_length=20, db_default="", null=True)
    fields: list[tuple[str, models.Field[Any, Any]]]
    fields = [("id", models.BigAutoField(primary_key=True)), ("text", text)]
    state = ProjectState()
    migrations.CreateModel("Note", fields).state_forwards("chat", state)
    return state


@pytest.mark.parametrize(
    "operation",
    [
        migrations.AddField("note", "bare", models.TextField()),
        migrations.AddField("note", "bare", models.TextField(default="")),
        migrations.AddField("note", "bare", models.IntegerField(db_default=0, unique=True)),
        migrations.AlterField("note", "text", models.CharField(max_length=19, null=True)),
        migrations.AlterField("note", "text", models.CharField(max_length=20, db_default="")),
        migrations.AlterField("note", "text", models.CharField(max_length=20)),
        migrations.AlterField("note", "text", models.IntegerField(null=True)),
        migrations.RemoveField("note", "text"),
        migrations.RenameField("note", "text", "words"),
        migrations.DeleteModel("note"),
        migrations.RenameModel("note", "word"),
        migrations.AlterModelTable("note", "notes"),
        migrations.AlterUniqueTogether("note", {("text",)}),
        migrations.AddConstraint(
            "note", models.UniqueConstraint(fields=["text"], name="note_once")
        ),
        migrations.RunSQL("DELETE FROM chat_note"),
        migrations.RunPython(migrations.RunPython.noop),
    ],
)
def test_what_old_code_stumbles_over_is_a_breach(operation):
    assert list(breaches(operation, "chat", notes()))


@pytest.mark.parametrize(
    "operation",
    [
        migrations.CreateModel("Word", [("id", models.BigAutoField(primary_key=True))]),
        migrations.AddField("note", "more", models.TextField(db_default="")),
        migrations.AddField("note", "more", models.TextField(null=True)),
        migrations.AlterField("note", "text", models.CharField(max_length=21, null=True)),
        migrations.AlterField(
            "note", "text", models.CharField(max_length=20, null=True, verbose_name="words")
        ),
        migrations.AddIndex("note", models.Index(fields=["text"], name="note_text")),
    ],
)
def test_what_only_adds_is_none(operation):
    assert not list(breaches(operation, "chat", notes()))
