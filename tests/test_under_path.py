"""A site under a path of its host: what the application gets is the same from every proxy."""

import pytest

from h2oweb.under_path import UnderPath


async def served(path: str, came: str, kind: str = "http") -> dict[str, object]:
    """What an application under ``path`` is given for a request that came so."""
    seen: list[dict[str, object]] = []

    async def application(scope, receive, send):
        seen.append(scope)

    await UnderPath(application, path)({"type": kind, "path": came}, None, None)
    return seen[0]


@pytest.mark.parametrize("kind", ["http", "websocket"])
@pytest.mark.parametrize("came", ["/ws/chat/", "/chat/ws/chat/"])
async def test_a_proxy_may_take_the_path_off_or_leave_it(kind, came):
    scope = await served("/chat/", came, kind)
    assert (scope["path"], scope["root_path"]) == ("/chat/ws/chat/", "/chat")


async def test_a_name_that_only_begins_like_the_path_is_not_it():
    assert (await served("/chat", "/chats/"))["path"] == "/chat/chats/"


async def test_a_site_of_its_own_gets_what_came():
    assert await served("", "/chat/") == {"type": "http", "path": "/chat/"}


async def test_a_lifespan_has_no_path():
    assert await served("/chat", "", "lifespan") == {"type": "lifespan", "path": ""}
