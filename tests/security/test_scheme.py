"""Whether a request came by https: one header tells, and only the one that the operator names."""

import pytest

from tests.browser.application import Application
from tests.security.people import request

BEHIND = {"PUBLIC_URL": "https://127.0.0.1", "CLIENT_ADDRESS_HEADER": "X-Real-IP"}


@pytest.mark.parametrize(
    ("path", "prefix"), [("", "__Host-"), ("/chat", "__Secure-")], ids=["host", "path"]
)
def test_no_other_site_can_set_the_cookies_that_tell_who_it_is(
    new_data_dir, tmp_path, django_db_blocker, path, prefix
):
    """https://www.rfc-editor.org/rfc/rfc6265bis, section 4.1.3: names that browsers guard."""
    behind = BEHIND | {"PUBLIC_URL": f"https://127.0.0.1{path}"}
    site = Application(new_data_dir(tmp_path / "data"), django_db_blocker, **behind)
    site.start()
    try:
        answer = request(site, f"{path}/sign-in/", headers={"X-Forwarded-Proto": "https"})
    finally:
        site.term()
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"{prefix}csrf-https=")
    assert f"; Path={path}/;" in cookie
    assert "; Secure" in cookie
    assert "Domain" not in cookie
    told = answer.headers["Strict-Transport-Security"]
    assert told == "max-age=31536000; includeSubDomains; preload"


@pytest.mark.parametrize(
    ("named", "believed"),
    [
        ({}, ["X-Forwarded-Proto"]),
        ({"SCHEME_HEADER": "X-Scheme"}, ["X-Scheme"]),
    ],
)
def test_only_the_named_header_tells_that_a_request_came_by_https(
    new_data_dir, tmp_path, django_db_blocker, named, believed
):
    site = Application(new_data_dir(tmp_path / "data"), django_db_blocker, **BEHIND, **named)
    site.start()
    try:
        told = {
            name: request(site, "/sign-in/", headers={name: "https"}).status
            for name in ("X-Forwarded-Proto", "X-Scheme", "X-Forwarded-Ssl", "Front-End-Https")
        }
    finally:
        site.term()
    assert [name for name, status in told.items() if status == 200] == believed
    assert set(told.values()) == {200, 301}
