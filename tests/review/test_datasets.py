"""Datasets: what comes out is what was said and judged, the same each time, in any tool."""

from __future__ import annotations

import io
import json
import re
import threading
import tracemalloc
from hashlib import sha256
from uuid import uuid4
from zipfile import ZipFile

import pandas as pd
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from chat.models import Feedback, Message, Preferences, Process
from review import digesting
from review.cells import safe_cell
from review.datasets import background, parquet
from review.datasets.making import COEFFICIENTS, Making
from review.datasets.selecting import Selection
from review.management.commands.seed_conversations import people
from review.models import Dataset, Judgement, Mark, Reading
from review.seeds import Seeds, store
from search.indexing import take_in
from tests.admin.conftest import add, gives_a_reason

pytestmark = pytest.mark.django_db

LIST = "/admin/chat/conversation/"
ALL = list(Dataset.Format.values)


@pytest.fixture
def question(queue):
    """The first question of each kind and scope."""

    def find(kind, scope="conversation"):
        asked = queue.rubric.questions.filter(kind=kind, scope=scope).first()
        return asked or queue.rubric.questions.create(
            kind=kind, scope=scope, text=f"{kind} of {scope}"
        )

    return find


@pytest.fixture
def judge(queue):
    """Saves a judgement: ``{question: value}`` or ``{(question, message): value}``."""

    def save(conversation, person, values, *, verdict=False):
        item, _ = queue.items.get_or_create(conversation=conversation, defaults={"position": 1})
        marks = []
        for about, value in values.items():
            asked, message = about if isinstance(about, tuple) else (about, None)
            marks.append(Mark(question=asked, message=message, value=value))
        kept = Judgement.keep(item, person, marks, needs_lead=False, verdict=verdict)
        assert kept.save_for_good()

    return save


def make(lena, tmp_path, **fields):
    """The zip of a dataset by its files' names, its manifest, and the bytes."""
    fields = {"name": uuid4().hex, "formats": ALL, "maker": lena, "reason": "to learn"} | fields
    dataset = Dataset.objects.create(**fields)
    making = Making(dataset, lena)
    target = tmp_path / "out.zip"
    manifest = making.write(target, making.selection.count(), lambda _: None)
    with ZipFile(target) as zipped:
        files = {name: zipped.read(name) for name in zipped.namelist()}
    assert json.loads(files["manifest.json"]) == manifest
    for each in manifest["files"]:
        assert sha256(files[each["name"]]).hexdigest() == each["sha256"]
    return files, manifest, target.read_bytes()


def allow(*people):
    for person in people:
        Preferences.objects.change(person, may_improve=True)


def lines(files, name):
    return [json.loads(line) for line in files[name].splitlines()]


def test_every_format_holds_what_was_said_and_judged(
    alice, lena, rita, raj, talk, queue, question, judge, tmp_path
):
    allow(alice)
    scale, note = question("scale"), question("note")
    better = question("better", "answer")
    said = talk(question="=1+1", answer="Three.", system_prompt="Be exact.")
    answer = said.leaf
    add(said, "user", "Really?", answer, minute=2)
    judge(said, rita, {scale: 2, note: "wrong"})
    judge(said, raj, {scale: 4, (better, answer): "Two."})
    plain = talk("Kept", answer="The moon.")
    judge(plain, rita, {scale: 5})
    judge(plain, raj, {scale: 3})
    judge(plain, lena, {scale: 4}, verdict=True)
    talk("Not judged")

    files, manifest, _ = make(lena, tmp_path, queue=queue, test_share=0)
    wanted = {
        str(said.pk): [
            {"role": "system", "content": "Be exact."},
            {"role": "user", "content": "=1+1"},
            {"role": "assistant", "content": "Two."},
        ],
        str(plain.pk): [
            {"role": "user", "content": "Why are there two tides a day?"},
            {"role": "assistant", "content": "The moon."},
        ],
    }
    in_order = [wanted[key] for key in sorted(wanted)]
    assert [each["messages"] for each in lines(files, "train.openai.jsonl")] == in_order
    told = lines(files, "train.sharegpt.jsonl")
    assert [each["id"] for each in told] == sorted(wanted)
    speakers = {"system": "system", "user": "human", "assistant": "gpt"}
    assert [each["conversations"] for each in told] == [
        [{"from": speakers[turn["role"]], "value": turn["content"]} for turn in turns]
        for turns in in_order
    ]
    assert lines(files, "train.pairs.jsonl") == [
        {
            "prompt": wanted[str(said.pk)][:2],
            "chosen": [{"role": "assistant", "content": "Two."}],
            "rejected": [{"role": "assistant", "content": "Three."}],
            "source": "corrected",
        }
    ]
    table = pq.read_table(io.BytesIO(files["train.conversations.parquet"])).to_pylist()
    assert {row["conversation"]: row["messages"] for row in table} == wanted
    rows = {row["conversation"]: row for row in table}
    scales = {
        key: [json.loads(each["value"]) for each in row["judged"] if each["kind"] == "scale"]
        for key, row in rows.items()
    }
    assert scales == {str(said.pk): [3.0], str(plain.pk): [4]}
    assert (rows[str(said.pk)]["agreement"], rows[str(plain.pk)]["agreement"]) == (0.0, 1.0)
    cells = pd.read_csv(io.BytesIO(files["train.conversations.csv"]))
    assert [json.loads(each) for each in cells["messages"]] == in_order
    assert [json.loads(each) for each in cells["judged"]] == [
        rows[key]["judged"] for key in cells["conversation"]
    ]
    frame = pd.read_json(io.BytesIO(files["train.openai.jsonl"]), lines=True)
    assert list(frame["messages"]) == in_order
    assert manifest["conversations"] == {"train": 2, "test": 0}
    agreed = next(each for each in manifest["agreement"] if each["question"] == scale.text)
    assert (agreed["queue"], agreed["percent"], agreed["units"]) == (queue.name, 0.0, 2)
    assert set(agreed["intervals"]) == set(COEFFICIENTS)
    exported = Reading.objects.filter(page=Reading.Page.EXPORT, reader=lena, reason="to learn")
    assert {each.conversation for each in exported} == {said.pk, plain.pk}
    assert set(exported.values_list("owner", flat=True)) == {alice.pk}
    digesting.catch_up()
    _, of_all, _ = make(lena, tmp_path, formats=["csv"], test_share=0)
    assert of_all["agreement"] == manifest["agreement"]
    _, of_none, _ = make(lena, tmp_path, formats=["csv"], query="reviewed=no")
    assert of_none["agreement"] == []


def test_versions_make_pairs_by_ratings_and_reviewers_have_the_last_word(
    alice, lena, rita, talk, queue, question, judge, tmp_path
):
    allow(alice)
    scale = question("scale", "answer")
    said = talk(answer="First.")
    first, asked = said.leaf, said.leaf.parent
    second = add(said, "assistant", "Second.", asked, minute=2)
    add(said, "assistant", "Half", asked, minute=3, status="failed")
    Feedback.objects.give(alice, first, verdict="bad")
    Feedback.objects.give(alice, second, verdict="good")
    options = {"queue": queue, "formats": ["pairs"], "test_share": 0}

    judge(said, rita, {question("scale"): 3})
    [pair] = lines(make(lena, tmp_path, **options)[0], "train.pairs.jsonl")
    assert (pair["chosen"][0]["content"], pair["source"]) == ("Second.", "rated")
    judge(said, lena, {(scale, first): 5, (scale, second): 2}, verdict=True)
    [pair] = lines(make(lena, tmp_path, **options)[0], "train.pairs.jsonl")
    assert (pair["chosen"][0]["content"], pair["source"]) == ("First.", "judged")


@pytest.mark.parametrize(("status", "answer"), [("failed", ""), ("stopped", "Half")])
def test_no_pair_is_made_after_an_answer_that_is_not_whole(
    status, answer, alice, lena, talk, tmp_path
):
    allow(alice)
    said = talk(answer=answer, status=status)
    asked = add(said, "user", "Again?", said.leaf, minute=2)
    for minute, verdict in ((3, "bad"), (4, "good")):
        version = add(said, "assistant", verdict, asked, minute=minute)
        Feedback.objects.give(alice, version, verdict=verdict)
    digesting.catch_up()
    files, _, _ = make(lena, tmp_path, formats=["pairs"], test_share=0)
    assert lines(files, "train.pairs.jsonl") == []
    Message.objects.filter(pk=said.leaf.pk).update(status="complete", text="The moon.")
    files, _, _ = make(lena, tmp_path, formats=["pairs"], test_share=0)
    [pair] = lines(files, "train.pairs.jsonl")
    assert [turn["content"] for turn in pair["prompt"]][1:] == ["The moon.", "Again?"]


def test_only_what_may_be_used_agreed_on_whole_and_new_is_taken(
    alice, bob, lena, rita, raj, talk, queue, question, judge, tmp_path, settings
):
    scale = question("scale")
    allow(alice)
    disputed, agreed, twin = talk("Disputed", answer="A"), talk("Agreed"), talk("Twin")
    broken, refused = talk("Broken", status="failed"), talk("Bob's", owner=bob)
    for each in (disputed, agreed, twin, broken, refused):
        judge(each, rita, {scale: 4})
        judge(each, raj, {scale: 1 if each == disputed else 4})
    options = {"queue": queue, "formats": ["sharegpt"], "test_share": 0}

    files, manifest, _ = make(lena, tmp_path, **options, least_agreement=100)
    assert [each["id"] for each in lines(files, "train.sharegpt.jsonl")] == [
        min(str(agreed.pk), str(twin.pk))
    ]
    assert manifest["left_out"] == {
        "no whole answer": 1,
        "not allowed": 1,
        "same words": 1,
        "too little agreement": 1,
    }
    settings.CONSENT_IS_ASSUMED = True
    assert make(lena, tmp_path, **options)[1]["left_out"]["not allowed"] == 1
    assumed = make(lena, tmp_path, **options, only_said=False)[1]
    assert (assumed["left_out"]["not allowed"], assumed["consent"]) == (0, "assumed")
    Preferences.objects.change(bob, may_improve=False)
    assert make(lena, tmp_path, **options, only_said=False)[1]["left_out"]["not allowed"] == 1


def test_personal_data_is_masked_unless_a_lead_wants_it(
    alice, lena, rita, talk, queue, question, judge, tmp_path
):
    allow(alice)
    alice.first_name, alice.last_name = "Алиса", "Селезнёва"
    alice.save()
    private = "Я Алиса Селезнева, a.s@example.org; жду Громозеку."
    said = talk("About a.s@example.org", question=private, answer="Карта 4111 1111 1111 1111.")
    judge(said, rita, {question("scale"): 4, question("note"): "mail a.s@example.org"})
    masked, _, _ = make(lena, tmp_path, queue=queue, names="Громозека\n", test_share=0)
    text = b"".join(masked[name] for name in masked if name.endswith(("jsonl", "csv"))).decode()
    assert "Я [name], [mail]; жду [name]." in text
    assert "About [mail]" in text
    assert "mail [mail]" in text
    assert not any(told in text for told in ("example.org", "4111", "Громоз", "Селезн"))
    whole, manifest, _ = make(lena, tmp_path, queue=queue, is_redacted=False, test_share=0)
    assert private in whole["train.openai.jsonl"].decode()
    assert manifest["masking"] is None


def seed(count, number):
    """So many made-up conversations more, whose people allow their use."""
    owners = people()
    process = Process.objects.create(host="seeds")
    for batch in Seeds(number, owners, timezone.now(), process).batches(count, 500):
        store(batch)
    for owner in owners:
        Preferences.objects.update_or_create(person_id=owner, defaults={"may_improve": True})
    digesting.refresh()


def test_what_was_judged_gives_the_same_bytes_and_the_names_that_are_masked_are_hashed(
    alice, lena, rita, raj, talk, queue, question, judge, tmp_path, settings
):
    settings.REDACTION_REGIONS = ("DE",)
    allow(alice)
    labels = queue.rubric.questions.get(kind="labels")
    better = question("better", "answer")
    for number in range(6):
        said = talk(f"Talk {number}", answer=f"Nobody asked Nemo {number} times.")
        judge(said, rita, {question("scale"): 1 + number % 5, labels: ["unsafe", "out of date"]})
        judge(said, raj, {question("scale"): 3, labels: ["out of date"][: number % 2]})
        judge(said, lena, {(better, said.leaf): f"Ask {number}."}, verdict=True)

    def again(names):
        Dataset.objects.all().delete()
        return make(lena, tmp_path, name="judged", queue=queue, names=names)[1:]

    manifest, once = again("Nemo\n Ned \n")
    assert again("Nemo\nNed")[1] == once
    hashed = {"names_sha256": sha256(b"Nemo\nNed").hexdigest(), "regions": ["DE"]}
    assert manifest["masking"] == hashed
    assert {each["units"] for each in manifest["agreement"][:1]} == {6}
    assert again("Nemo")[0]["masking"] != hashed


def test_the_same_settings_give_the_same_bytes(lena, tmp_path):
    seed(150, 7)
    options = {"name": "all", "is_unique": False, "test_share": 20}

    def again(number):
        Dataset.objects.all().delete()
        return make(lena, tmp_path, **options, seed=number)

    files, manifest, once = again(3)
    assert again(3)[2] == once
    kept = manifest["conversations"]
    assert 0.1 < kept["test"] / sum(kept.values()) < 0.3
    sides = [
        {each["id"] for each in lines(files, f"{name}.sharegpt.jsonl")}
        for name in ("train", "test")
    ]
    assert not sides[0] & sides[1]
    assert sum(map(len, sides)) == sum(kept.values()) > 100
    other = again(4)[0]
    assert {each["id"] for each in lines(other, "test.sharegpt.jsonl")} != sides[1]


@pytest.mark.django_db(transaction=True)
def test_a_dataset_of_a_filter_has_what_the_filter_finds_then_and_nothing_else(
    alice, bob, lena, talk, settings, tmp_path
):
    """Kept in the list, chosen in the form, taken out in the admin, loaded back."""
    settings.DATA_DIR = tmp_path
    allow(alice)
    found = {talk("Tides and moons").pk, talk("Tides", status="stopped", answer="Half").pk}
    whole = {pk for pk in found if Message.objects.filter(conversation=pk, status="complete")[1:]}
    talk("Bread", question="How long does it rise?", answer="Two hours.")
    talk("Tides of the other model", model="gpt")
    talk("Tides of who forbids it", owner=bob)
    while take_in(100):
        pass
    digesting.refresh()
    lead = gives_a_reason(lena)
    query = "q=tides&model=danube"
    rows = lead.get(f"{LIST}?{query}").context["found"].rows
    assert len({row.conversation.pk for row in rows}) == 3
    lead.post(reverse("admin:review_filter_keep"), {"name": "Danube on tides", "query": query})
    page = lead.get(reverse("admin:review_dataset_add")).content.decode()
    [(source, _)] = re.findall(r'value="(filter:\d+)"[^>]*>\s*(Danube on tides)', page)
    described = {"name": "Of a filter", "source": source, "formats": ["sharegpt"], "seed": 1}
    described |= {"least_agreement": 0, "test_share": 0, "reason": "to learn"}
    made = lead.post(reverse("admin:review_dataset_add"), described)["Location"]
    dataset = Dataset.objects.get()
    assert (dataset.query, dataset.queue) == (query, None)
    late = talk("Tides that came later")
    found.add(late.pk)
    whole.add(late.pk)
    while take_in(100):
        pass
    lead.post(reverse("admin:review_dataset_take", args=[dataset.pk]))
    for thread in threading.enumerate():
        if thread.name.endswith("(_take)"):
            thread.join()
    with ZipFile(background.file_of(dataset)) as zipped:
        files = {name: zipped.read(name) for name in zipped.namelist()}
    manifest = json.loads(files["manifest.json"])
    assert {each["id"] for each in lines(files, "train.sharegpt.jsonl")} == {
        str(pk) for pk in whole
    }
    assert (manifest["filter"], manifest["queue"]) == (query, None)
    assert manifest["conversations"] == {"train": 2, "test": 0}
    assert manifest["left_out"] == {"no whole answer": 1, "not allowed": 1}
    exported = Reading.objects.filter(page=Reading.Page.EXPORT, reader=lena, reason="to learn")
    assert {each.conversation for each in exported} == whole
    shown = lead.get(made).content.decode()
    assert "Search: tides" in shown
    assert "Model: danube" in shown
    assert "Search: tides" in lead.get(reverse("admin:review_dataset_changelist")).content.decode()


def test_memory_does_not_grow_with_the_conversations(lena, tmp_path, monkeypatch):
    monkeypatch.setattr(parquet, "AT_ONCE", 100)
    dataset = Dataset.objects.create(name="all", formats=ALL, maker=lena, is_redacted=False)

    def peak():
        making = Making(dataset, lena)
        tracemalloc.start()
        making.write(tmp_path / "out.zip", making.selection.count(), lambda _: None)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    seed(200, 1)
    peak()  # what is read once and kept
    few = peak()
    seed(500, 2)
    assert peak() < few + 1_000_000  # a kilobyte or two of each of them would be more


def test_memory_does_not_grow_with_what_a_search_finds(lena, monkeypatch):
    ids = [uuid4() for _ in range(50_000)]
    found = lambda *_: (ids[at : at + 1000] for at in [*range(0, len(ids), 1000), 0])  # noqa: E731
    monkeypatch.setattr("review.listing.conversations_with", found)
    tracemalloc.start()
    selection = Selection(Dataset(query="q=tides"))
    read = sum(len(batch) for batch in selection.batches())
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (selection.count(), read) == (len(ids), 0)  # of which nobody has any
    assert most < 1_000_000  # their bytes alone are nearly that
    selection.close()


def test_a_search_finds_each_once_by_its_words_or_its_title_however_many(
    alice, lena, talk, monkeypatch, tmp_path
):
    monkeypatch.setattr("search.find.AT_ONCE", 3)
    monkeypatch.setattr("review.datasets.aside.BATCH", 3)
    allow(alice)
    wanted = {talk(f"Moon {n}", question="Why?", answer=f"No {n}.").pk for n in range(8)}
    wanted |= {talk("Sea", question=f"The moon {n}?", answer=f"A moon {n}.").pk for n in range(8)}
    talk("Bread", question="How?", answer="So.")
    while take_in(100):
        pass
    digesting.refresh()
    files, manifest, once = make(lena, tmp_path, query="q=moon", name="moons", test_share=0)
    told = [each["id"] for each in lines(files, "train.sharegpt.jsonl")]
    assert told == sorted(map(str, wanted))
    assert manifest["left_out"] == {"not allowed": 0}
    Dataset.objects.all().delete()
    assert make(lena, tmp_path, query="q=moon", name="moons", test_share=0)[2] == once


def test_the_command_writes_what_the_admin_describes(lena, rita, tmp_path, capsys):
    seed(20, 7)
    Dataset.objects.create(name="Of the seeds", formats=["csv"], maker=lena)
    target = tmp_path / "seeds.zip"
    options = {"lead": "lena", "to": str(target)}
    for name, lead in (("No such", "lena"), ("Of the seeds", "rita"), ("Of the seeds", "nobody")):
        with pytest.raises(CommandError):
            call_command("export_dataset", name, lead=lead)
    call_command("export_dataset", "Of the seeds", **options)
    assert ZipFile(target).namelist() == [
        "train.conversations.csv",
        "test.conversations.csv",
        "manifest.json",
    ]
    assert "to train on" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("  @SUM(1)", "'  @SUM(1)"),
        ("\tx", "'\tx"),
        ("-1", "'-1"),
        ("a=1", "a=1"),
        (-1, -1),
        (None, None),
    ],
)
def test_no_cell_runs(value, cell):
    assert safe_cell(value) == cell


@pytest.mark.django_db(transaction=True)
def test_a_lead_takes_a_dataset_out_in_the_admin_and_only_they_get_the_file(
    alice, lena, carol, talk, queue, question, judge, settings, tmp_path
):
    settings.DATA_DIR = tmp_path
    allow(alice)
    said = talk()
    judge(said, carol, {question("scale"): 4})
    client = gives_a_reason(lena)
    described = {"name": "First", "source": f"queue:{queue.pk}", "formats": ALL, "seed": 1}
    described |= {"least_agreement": 0, "test_share": 0, "is_redacted": "on", "reason": "to learn"}
    page = client.post(reverse("admin:review_dataset_add"), described)["Location"]
    dataset = Dataset.objects.get()
    at = {
        name: reverse(f"admin:review_dataset_{name}", args=[dataset.pk])
        for name in ("take", "file", "progress", "drop")
    }
    assert client.get(at["file"]).status_code == 404
    with CaptureQueriesContext(connection) as asked:
        client.post(at["take"])
    assert not any("COUNT(" in each["sql"] for each in asked)  # which the thread does
    for thread in threading.enumerate():
        if thread.name.endswith("(_take)"):
            thread.join()
    assert client.get(at["progress"]).json() == {"done": 1, "total": 1, "is_under_way": False}
    assert "train.openai.jsonl" in client.get(page).content.decode()
    file = background.file_of(dataset)
    with ZipFile(file) as zipped:
        assert json.loads(zipped.read("manifest.json"))["conversations"]["train"] == 1
    assert client.get(at["file"])["Content-Type"] == "application/zip"
    assert gives_a_reason(carol).get(at["file"]).status_code == 404
    client.post(at["drop"])
    assert not file.exists()
    assert Reading.objects.get(page="export").conversation == said.pk
    assert Reading.objects.get(page="file").conversation == said.pk


def test_each_download_is_in_the_account_for_everybody_in_the_file(
    alice, bob, lena, talk, tmp_path, settings, monkeypatch
):
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr("review.models.reading.BATCH", 2)
    for person in (alice, bob):
        allow(person)
    talks = {talk(str(n), owner=(alice, bob)[n % 2], question=str(n)) for n in range(5)}
    digesting.refresh()
    dataset = Dataset.objects.create(name="All", formats=["openai"], reason="to learn", maker=lena)
    for _ in range(2):  # of which only the last has left the file
        dataset.begin(lena)
        making = Making(dataset, lena)
        background.file_of(dataset).parent.mkdir(exist_ok=True)
        dataset.finish(making.write(background.file_of(dataset), 5, dataset.tell))
    Reading.objects.note(lena, Reading.Page.EXPORT, "", [talk()], "Another")
    for times in (1, 2):
        answer = gives_a_reason(lena).get(reverse("admin:review_dataset_file", args=[dataset.pk]))
        assert answer.status_code == 200
        noted = Reading.objects.filter(page="file")
        told = [(each.conversation, each.owner) for each in noted]
        assert sorted(told, key=str) == sorted(times * [(t.pk, t.owner) for t in talks], key=str)
    assert {(each.reader, each.reason, each.detail, each.is_masked) for each in noted} == {
        (lena, "to learn", "All", True)
    }
    assert min(each.at for each in noted) >= Dataset.objects.get().finished_at


@pytest.fixture
def taken(alice, lena, rita, talk, queue, question, judge, settings, tmp_path):
    """Makes a dataset that rita's review is in and takes it out, then has lena judge too."""

    def take(**described):
        settings.DATA_DIR = tmp_path
        allow(alice)
        judge(talk(), rita, {question("scale"): 4})
        digesting.refresh()
        made = {"name": "Judged", "formats": ["csv"], "reason": "to learn", "maker": lena}
        dataset = Dataset.objects.create(**made, **described)
        dataset.begin(lena)
        file = background.file_of(dataset)
        file.parent.mkdir()
        dataset.finish(Making(dataset, lena).write(file, 1, dataset.tell))
        queue.reviewers.add(lena)
        return dataset

    return take


KEPT = "are kept from you"


@pytest.mark.parametrize("source", ["queue", "everything", "reviewed=yes", "reviewed=no"])
def test_who_judges_blind_learns_nothing_of_a_dataset_before(lena, taken, queue, source):
    of_queue = {"queue": queue} if source == "queue" else {}
    dataset = taken(**of_queue or {"query": source.removeprefix("everything")})
    lead = gives_a_reason(lena)
    at = {
        name: reverse(f"admin:review_dataset_{name}", args=[dataset.pk])
        for name in ("change", "take", "file", "progress")
    }
    page = lead.get(at["change"]).content.decode()
    assert KEPT in page
    assert "To train on" not in page
    assert "Take out" not in page
    assert "once you have judged" in lead.get("/admin/review/dataset/").content.decode()
    assert lead.get(at["file"]).status_code == lead.get(at["progress"]).status_code == 404
    begun_at = Dataset.objects.get().begun_at
    lead.post(at["take"])
    assert Dataset.objects.get().begun_at == begun_at
    with pytest.raises(CommandError):
        call_command("export_dataset", "Judged", lead="lena")
    queue.items.get().skip(lena)
    page = lead.get(at["change"]).content.decode()
    assert KEPT not in page
    assert "To train on" in page
    assert lead.get(at["file"]).status_code == 200


def test_a_dataset_without_what_is_to_be_judged_is_kept_from_nobody(lena, taken):
    dataset = taken(query="model=another")
    page = gives_a_reason(lena).get(reverse("admin:review_dataset_change", args=[dataset.pk]))
    assert KEPT not in page.content.decode()
