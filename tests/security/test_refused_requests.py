"""What strangers send and is refused fills no log."""

import pytest

from tests.security.people import request


@pytest.mark.parametrize(
    ("path", "headers", "status", "told"),
    [
        ("/", {"Host": "evil.example"}, 400, "ERROR django.security.DisallowedHost: "),
        ("/sign-in/", {"Origin": "http://evil.example"}, 403, "WARNING django.security.csrf: "),
        ("/no/where/", {}, 404, "WARNING django.request: Not Found"),
    ],
)
def test_a_refused_request_is_one_line_of_the_log(site, path, headers, status, told):
    said = len(site.log().encode())
    fields = {"login": "a"} if status == 403 else None
    assert request(site, path, fields=fields, headers=headers).status == status
    lines = [line for line in site.log(said).splitlines() if "access" not in line]
    assert [told in line for line in lines].count(True) == 1, lines
    assert len(site.log(said).splitlines()) <= 3, site.log(said)
