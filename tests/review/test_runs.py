"""The lists of runs and of model servers."""

import re

from django.utils import timezone

from chat.models import ModelServer, Run

LIST = "/admin/chat/run/"


def models(client, query: str = "") -> list[str]:
    """The models of the list's runs."""
    page = client.get(LIST + query)
    assert page.status_code == 200
    return sorted(run.model for run in page.context["cl"].result_list)


def test_a_run_says_who_asked_what_of_which_model_and_how_it_went(admin, talk):
    talk()
    page = admin.get(LIST).content.decode()
    row = re.search(r"<tbody>.*?</tr>", page, re.DOTALL)
    assert row
    for fact in ("alice", "Tides", "danube", "complete", "0.41 s", "58.2", ">34<"):
        assert fact in row[0], fact


def test_runs_are_found_by_model_outcome_and_words(admin, talk, settings):
    settings.REDACTION_ON_DISPLAY = False  # while it is on, titles are not searched
    talk()
    talk("Moon", model="other", status="failed", error="The model server hung up.")
    assert models(admin) == ["danube", "other"]
    assert models(admin, "?model=other") == ["other"]
    assert models(admin, "?outcome__exact=complete") == ["danube"]
    assert models(admin, "?q=hung") == ["other"]
    assert models(admin, "?q=moon") == ["other"]


def test_a_search_of_a_thousand_words_is_answered(admin, talk, settings):
    settings.REDACTION_ON_DISPLAY = False  # while it is on, titles are not searched
    talk()
    assert models(admin, "?q=" + "tides+" * 1_500) == ["danube"]


def test_runs_of_what_was_deleted_or_temporary_are_not_shown(admin, talk):
    talk()
    talk(model="deleted", deleted_at=timezone.now())
    talk(model="temporary", temporary=True)
    assert models(admin) == ["danube"]
    for run in Run.objects.exclude(model="danube"):
        assert admin.get(f"{LIST}{run.pk}/request/").status_code == 404


def test_a_live_run_is_called_answering(admin, talk):
    talk(status="streaming")
    assert "answering" in admin.get(LIST).content.decode()


def test_a_model_server_says_how_it_is_and_what_it_has(admin):
    catalogue = [{"name": "danube", "label": "Danube", "context": 8192}]
    ModelServer.objects.create(name="lab", label="The lab", state="up", catalogue=catalogue)
    ModelServer.objects.create(name="off", label="Off", state="down", detail="No route to it.")
    page = admin.get("/admin/chat/modelserver/").content.decode()
    for fact in ("The lab", "danube", "answers", "does not answer", "No route to it."):
        assert fact in page, fact
    assert "8192" in admin.get("/admin/chat/modelserver/lab/change/").content.decode()
