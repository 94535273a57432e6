"""Whether a request came by https: one header tells, and only the one that the operator names."""

import pytest

from tests.browser.application import Application
from tests.security.people import request

BEHIND = {"PUBLIC_URL": "https://127.0.0.1", "CLIENT_ADDRESS_HEADER": "X-Real-IP"}


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
