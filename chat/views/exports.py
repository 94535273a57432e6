"""Conversations as files: one, some, or all of a person's own."""

from collections.abc import Iterator
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from chat.models import Conversation
from chat.taking.writing import FORMATS, Format
from chat.taking.zipping import archive, file_name
from chat.views.common import own_conversation, uuid_or_404
from h2oweb.sending import in_pieces

ZIP = "application/zip"


@login_required
@never_cache
@require_GET
def one(request: HttpRequest, pk: UUID) -> StreamingHttpResponse:
    """One conversation in the ``?format=`` that is asked for."""
    way = _format(request.GET.get("format"))
    mine = own_conversation(request, pk)
    if mine.temporary:
        raise Http404
    return _download(way.write(mine), file_name(mine, way), way.content_type)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def many(request: HttpRequest) -> StreamingHttpResponse:
    """A zip of each posted ``conversation``, or, by GET, of all."""
    way = _format(request.GET.get("format"))
    mine = Conversation.objects.owned_by(request.user).kept()
    if request.method == "POST":
        named = map(uuid_or_404, request.POST.getlist("conversation"))
        mine = mine.among([pk for pk in named if pk is not None])
    ids = list(mine.order_by("created_at", "id").values_list("pk", flat=True))
    name = f"conversations {timezone.localdate().isoformat()}.zip"
    return _download(archive(ids, way), name, ZIP)


def _format(name: str | None) -> Format:
    try:
        return FORMATS[name or "json"]
    except KeyError as error:
        raise Http404 from error


def _download(pieces: Iterator[bytes], name: str, content_type: str) -> StreamingHttpResponse:
    """A file to keep, made in this request's own thread while it is sent."""
    response = StreamingHttpResponse(in_pieces(pieces), content_type=content_type)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response
