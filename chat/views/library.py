"""A person's presets and prompts: listed, kept, changed, let go of. JSON both ways."""

from typing import Any, ClassVar

import msgspec
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views import View

from chat.models.library import Named
from chat.views.common import refused
from chat.wire.settings import InvalidSettings, decode


class _Shelf(LoginRequiredMixin, View):
    """The things of one kind that a person keeps: ``as_view(model=Preset, kind=PresetValues)``."""

    model: ClassVar[Any] = None  # a model that is Named
    kind: ClassVar[type[msgspec.Struct]] = msgspec.Struct

    def keep(self, thing: Named) -> HttpResponse:
        """Take the values of the body and store the thing, or say why not."""
        try:
            for name, value in decode(self.request.body, self.kind).items():
                setattr(thing, name, value)
        except InvalidSettings as error:
            return refused(error)
        thing.name = thing.name.strip()
        if not thing.name:
            return _no(_("A name needs some text."))
        try:
            with transaction.atomic():
                thing.save()
        except IntegrityError:
            return _no(_("You have “%(name)s” already.") % {"name": thing.name})
        return JsonResponse(thing.values)


class Things(_Shelf):
    """All of them, and one more."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """The person's, by name."""
        things = self.model.objects.owned_by(request.user)
        return JsonResponse({"items": [thing.values for thing in things]})

    def post(self, request: HttpRequest) -> HttpResponse:
        """A new one."""
        if self.model.objects.owned_by(request.user).count() >= self.model.MOST:
            sentence = _("You can keep %(most)s of these. Delete one first.")
            return _no(sentence % {"most": self.model.MOST})
        return self.keep(self.model(person=request.user))


class Thing(_Shelf):
    """One of them."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Other values."""
        return self.keep(self.own(request, pk))

    def own(self, request: HttpRequest, pk: int) -> Any:
        """This person's own, or nothing."""
        thing = self.model.objects.owned_by(request.user).filter(pk=pk).first()
        if thing is None:
            raise Http404
        return thing


class Gone(Thing):
    """One of them, not wanted any more."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Delete it."""
        self.own(request, pk).delete()
        return HttpResponse(status=204)


def _no(detail: str) -> JsonResponse:
    return JsonResponse({"detail": detail, "field": "name"}, status=400)
