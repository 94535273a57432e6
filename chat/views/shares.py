"""Shared conversations: making, listing and ending links, and the page that one opens."""

from datetime import date, datetime, time, timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from chat.content_policy import trusted_types
from chat.forms import ShareForm
from chat.models import Share
from chat.taking import sharing
from chat.views.common import message_of, own_conversation

MOST = 200  # links that one person may have at a time
LAST_DAY = date.max - timedelta(days=1)  # its end can be told by every clock on earth
HIDDEN = {
    "X-Robots-Tag": "noindex, nofollow, noarchive",
    "Referrer-Policy": "no-referrer",  # where a reader goes next learns nothing of the link
}


@never_cache
@require_GET
@trusted_types  # type: ignore[arg-type]  # its types know views without arguments only
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """What a link shows, to whom this site lets read it. There is nothing here to write with."""
    if settings.SHARE_LINKS == "off":
        raise Http404
    if settings.SHARE_LINKS == "members" and not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    share = Share.objects.opened_by(token).first()
    if share is None:
        raise Http404
    context = {"share": share, "thread": sharing.items(share)}
    response = render(request, "chat/shared.html", context)
    for name, value in HIDDEN.items():
        response.headers[name] = value
    return response


@login_required
@require_POST
def make(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Copy the branch of ``message``, or the one that is shown, and tell the link."""
    mine = own_conversation(request, pk)
    if settings.SHARE_LINKS == "off" or mine.temporary:
        raise Http404
    form = ShareForm(request.POST)
    if not form.is_valid():
        return _refused(str(next(iter(form.errors.values()))[0]))
    if Share.objects.made_by(request.user).count() >= MOST:
        return _refused(_("You have {count} links. End one that is not needed.").format(count=MOST))
    messages = sharing.copy(mine, message_of(mine, request.POST.get("message")))
    if not messages:
        return _refused(_("There is nothing to share yet."))
    token = Share.make(
        mine,
        messages,
        author=_name(request) if form.cleaned_data["named"] else "",
        ends_at=_end_of(form.cleaned_data["ends"]),
    )
    address = request.build_absolute_uri(reverse("chat:shared", args=[token]))
    return JsonResponse({"address": address})


@login_required
@never_cache
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """A person's own links, as a part of the page."""
    return render(request, "chat/_shares.html", {"shares": Share.objects.made_by(request.user)})


@login_required
@require_POST
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End a link: the copy is erased."""
    share = Share.objects.made_by(request.user).among([pk]).first()
    if share is None:
        raise Http404
    share.delete()
    return HttpResponse(status=204)


def _end_of(day: date | None) -> datetime | None:
    """The last moment of this day where the person is."""
    return timezone.make_aware(datetime.combine(min(day, LAST_DAY), time.max)) if day else None


def _name(request: HttpRequest) -> str:
    assert request.user.is_authenticated
    return request.user.get_full_name() or request.user.get_username()


def _refused(detail: str) -> JsonResponse:
    return JsonResponse({"detail": detail}, status=400)
