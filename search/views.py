"""The page's own question: what of mine has these words?"""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from search.find import BadPlace, search


@login_required
@never_cache
@require_GET
def results(request: HttpRequest) -> HttpResponse:
    """What is found of ``?q=``, from the beginning or behind ``?after=``, as a fragment."""
    try:
        page = search(request.user, request.GET.get("q", ""), request.GET.get("after", ""))
    except BadPlace as error:
        raise Http404 from error
    return render(request, "search/_results.html", {"page": page})
