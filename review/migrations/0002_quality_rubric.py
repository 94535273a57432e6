"""A rubric to begin with."""

from django.db import migrations

LABELS = ["invented fact", "out of date", "unsafe", "refused without need", "wrong language"]
QUESTIONS = [
    {"text": "Correct", "kind": "scale", "hint": "1 wrong – 5 right"},
    {"text": "Helpful", "kind": "scale", "hint": "1 useless – 5 just what was needed"},
    {"text": "Labels", "kind": "labels", "labels": "\n".join(LABELS), "is_required": False},
    {"text": "Better answer", "kind": "better", "scope": "answer", "is_required": False},
    {"text": "Note", "kind": "note", "is_required": False},
]


def make(apps, schema_editor):
    using = schema_editor.connection.alias
    rubric, made = apps.get_model("review", "Rubric").objects.using(using).get_or_create(
        name="Quality", version=1
    )
    if made:
        question_model = apps.get_model("review", "Question")
        question_model.objects.using(using).bulk_create(
            question_model(rubric=rubric, position=at, **fields)
            for at, fields in enumerate(QUESTIONS, start=1)
        )


class Migration(migrations.Migration):
    dependencies = [("review", "0001_first")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
