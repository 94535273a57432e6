"""axe finds nothing to complain of, on any page, at the desk and on a phone, light and dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.chat import Chat

ANSWER = """Three things:

1. a list
2. `code`, and

```python
print("a block of it")
```

| a | table |
|---|-------|
| 1 | 2     |
"""
LOOKS = pytest.mark.parametrize(
    ("size", "theme"), [("desk", "light"), ("desk", "dark"), ("phone", "light"), ("phone", "dark")]
)


def complaints(page):
    """What axe says is wrong: the rule, and where."""
    return [
        f"{violation['id']}: {node['html'][:200]} {node.get('failureSummary', '')}"
        for violation in Axe().run(page).response["violations"]
        for node in violation["nodes"]
    ]


@LOOKS
def test_a_conversation(open_page, alice, model, size, theme):
    model.says(ANSWER, piece=50)
    chat = Chat(open_page(person=alice, size=size, theme=theme))
    assert complaints(chat.page) == []  # the empty page
    chat.say("Show me what you can write.")
    chat.wait_for_status("complete")
    chat.page.get_by_role("button", name="Copy code").or_(
        chat.page.get_by_role("button", name="Copy")
    ).first.wait_for()
    assert complaints(chat.page) == []


@LOOKS
def test_sign_in(open_page, size, theme):
    assert complaints(open_page("/", size=size, theme=theme)) == []


@LOOKS
def test_an_answer_that_failed(open_page, alice, model, size, theme):
    model.plays(b"", status=400)
    chat = Chat(open_page(person=alice, size=size, theme=theme))
    chat.say("Hello?")
    chat.wait_for_status("failed")
    assert complaints(chat.page) == []


def test_axe_is_at_work(open_page):
    page = open_page("/")
    page.evaluate("document.body.append(new Image())")
    assert any("image-alt" in complaint for complaint in complaints(page))
