"""Datasets: described by a lead, taken out beside the site's other work, and kept as a zip."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from asgiref.sync import sync_to_async
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.urls import path as address
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from accounts.roles import is_auditor, is_lead
from chat.admin.read_only import ReadOnlyAdmin
from review import finding
from review.access import is_kept_from, lead_only
from review.datasets import background, parquet
from review.models import Dataset, Item, Queue, Reading, SavedFilter

PIECE = 256 * 1024  # bytes that are sent at once
MOST_OFFERED = 200  # queues, filters or datasets


class NewDatasetForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a dataset is made of, and how. ``source`` is ``queue:`` or ``filter:`` and a number."""

    source = forms.ChoiceField(label=_("Conversations of"))
    formats = forms.MultipleChoiceField(
        label=_("Formats"), widget=forms.CheckboxSelectMultiple, initial=[Dataset.Format.OPENAI]
    )

    class Meta:
        model = Dataset
        fields = (
            "name",
            "source",
            "formats",
            "least_agreement",
            "test_share",
            "seed",
            "only_said",
            "is_unique",
            "is_redacted",
            "names",
            "reason",
        )
        widgets = {"names": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, person: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""
        queues = Queue.objects.all()[:MOST_OFFERED]
        filters = SavedFilter.objects.seen_by(person)[:MOST_OFFERED]
        self._sources: dict[str, Queue | SavedFilter] = {
            **{f"queue:{each.pk}": each for each in queues},
            **{f"filter:{each.pk}": each for each in filters},
        }
        self._offer("source", [(gettext("Queues"), "queue:"), (gettext("Filters"), "filter:")])
        offered = self.fields["formats"]
        assert isinstance(offered, forms.MultipleChoiceField)
        offered.choices = [
            (value, label)
            for value, label in Dataset.Format.choices
            if value != Dataset.Format.PARQUET or parquet.is_installed()
        ]
        if not settings.CONSENT_IS_ASSUMED:
            del self.fields["only_said"]

    def _offer(self, name: str, kinds: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (title, [(key, str(each)) for key, each in self._sources.items() if kind in key])
            for title, kind in kinds
        ]

    def make(self, maker: Any) -> Dataset:
        """Store it."""
        dataset: Dataset = self.save(commit=False)
        source = self._sources[self.cleaned_data["source"]]
        if isinstance(source, Queue):
            dataset.queue = source
        else:
            dataset.query = source.query
        dataset.formats = self.cleaned_data["formats"]
        dataset.maker = maker
        dataset.save()
        return dataset


@admin.register(Dataset)
class DatasetAdmin(ReadOnlyAdmin[Dataset]):
    """The datasets, and the page of each."""

    def get_urls(self) -> list[URLPattern]:
        """With the taking out."""
        wrap = self.admin_site.admin_view
        views: dict[str, Any] = {
            "take": require_POST(self.take),
            "drop": require_POST(self.drop),
            "progress": require_GET(self.progress),
            "file": require_GET(self.file),
        }
        own = [
            address(f"<int:pk>/{name}/", wrap(view), name=f"review_dataset_{name}")
            for name, view in views.items()
        ]
        return [*own, *super().get_urls()]

    def has_view_permission(self, request: HttpRequest, *_: Any) -> bool:
        """For leads, and auditors, who take nothing out."""
        return is_lead(request.user) or is_auditor(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """The same people."""
        return self.has_view_permission(request)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """All of them."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            "title": gettext("Datasets"),
            "datasets": [
                (dataset, finding.told_of(dataset.query))
                for dataset in Dataset.objects.select_related("queue", "maker")[:MOST_OFFERED]
            ],
            "leads": is_lead(request.user),
            "hidden": set(Item.objects.hidden_from(request.user).values_list("queue", flat=True)),
        }
        return self._page(request, "datasets", context)

    @lead_only
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A new one."""
        form = NewDatasetForm(request.user, request.POST or None, initial=_initial(request))
        if request.method == "POST" and form.is_valid():
            return _to(form.make(request.user))
        return self._page(request, "new_dataset", {"title": gettext("New dataset"), "form": form})

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> HttpResponse:
        """What it is made of, how its taking stands, and its manifest."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        dataset = self._dataset(object_id)
        context = {
            "title": dataset.name,
            "dataset": dataset,
            "narrowed": finding.told_of(dataset.query),
            "leads": is_lead(request.user),
            "is_idle": Dataset.objects.filter(pk=dataset.pk).idle().exists(),
            "has_file": _has_file(dataset, request),
            "is_hidden": is_kept_from(request.user, dataset),
        }
        return self._page(request, "dataset", context)

    def history_view(self, *_: Any, **__: Any) -> HttpResponse:
        """The account of reading is elsewhere."""
        raise Http404

    @lead_only
    def take(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Begin to take it out."""
        dataset = self._dataset(str(pk))
        assert isinstance(request.user, User)
        if is_kept_from(request.user, dataset):
            return _to(dataset)  # whose page says why
        if not background.start(dataset, request.user):
            messages.info(request, gettext("It is being taken out already."))
        return _to(dataset)

    @lead_only
    def drop(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Forget it and its file."""
        dataset = self._dataset(str(pk))
        background.drop(dataset)
        messages.success(request, gettext("“%s” and its file are gone.") % dataset.name)
        return HttpResponseRedirect(reverse("admin:review_dataset_changelist"))

    @lead_only
    def progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        """``{"done", "total", "is_under_way"}``."""
        dataset = self._dataset(str(pk))
        if is_kept_from(request.user, dataset):
            raise Http404
        told = {"done": dataset.done, "total": dataset.total}
        return JsonResponse(told | {"is_under_way": dataset.is_under_way})

    def file(self, request: HttpRequest, pk: int) -> StreamingHttpResponse:
        """The zip, for the lead under whose name the account has it, each time anew."""
        if not is_lead(request.user):
            raise PermissionDenied
        dataset = self._dataset(str(pk))
        if not _has_file(dataset, request) or is_kept_from(request.user, dataset):
            raise Http404
        Reading.objects.note_download(dataset)
        pieces = _pieces(background.file_of(dataset))
        answer = StreamingHttpResponse(pieces, content_type="application/zip")
        name = content_disposition_header(True, f"{dataset.name}.zip")
        answer.headers["Content-Disposition"] = name or ""
        answer.headers["Cache-Control"] = "no-store"
        return answer

    def _dataset(self, pk: str) -> Dataset:
        try:
            known = Dataset.objects.select_related("queue__rubric", "maker", "taker")
            return known.get(pk=int(pk))
        except (ValueError, OverflowError, Dataset.DoesNotExist) as error:
            raise Http404 from error

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, f"admin/review/{name}.html", frame | context)


def _initial(request: HttpRequest) -> dict[str, Any]:
    """``?queue=`` is the one whose page led here."""
    queue = request.GET.get("queue", "")
    return {"source": f"queue:{queue}"} if queue else {}


def _has_file(dataset: Dataset, request: HttpRequest) -> bool:
    is_own = dataset.taker_id == request.user.pk and dataset.manifest is not None
    return is_own and background.file_of(dataset).is_file()


def _to(dataset: Dataset) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:review_dataset_change", args=[dataset.pk]))


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    """A file's bytes, read away from the event loop."""
    with await sync_to_async(lambda: path.open("rb"))() as file:
        while piece := await sync_to_async(file.read)(PIECE):
            yield piece
