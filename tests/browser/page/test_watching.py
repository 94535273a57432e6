"""What a page tells of an answer that nobody looks at, and how still it stands while one comes."""

import threading

from playwright.sync_api import expect

from chat.models import Preferences
from tests.browser.chat import Chat
from tests.browser.looking import expect_soon
from tests.scripted_model import finish, text

STUB = """
window.told = []; window.asked = 0; window.focused = 0;
window.focus = () => { focused += 1; };
window.Notification = class extends EventTarget {
  static permission = "default";
  static requestPermission = async () => {
    asked += 1;
    return (Notification.permission = "granted");
  };
  constructor(title, options) { super(); told.push({ title, body: options.body, alert: this }); }
  close() { this.closed = true; }
};
"""
FORBIDDEN = """
const { permission } = Notification;
window.Notification = class {
  static permission = permission;
  constructor() { throw new TypeError("Illegal constructor."); }
};
"""
SHOWN = "async () => (await registration.getNotifications()).map(({ title }) => title)"
PRESS = """async () => {
  const [notification] = await registration.getNotifications();
  dispatchEvent(new NotificationEvent("notificationclick", { notification }));
}"""
HIDE = "is => Object.defineProperty(document, 'hidden', {value: is, configurable: true})"
SHIFTS = """() => {
  window.shifts = [];
  const note = (list) => shifts.push(...list.getEntries().map((each) => each.value));
  new PerformanceObserver(note).observe({ type: "layout-shift", buffered: false });
}"""
COUNT_READINGS = """() => {
  window.readings = 0;
  const clone = Node.prototype.cloneNode;
  Node.prototype.cloneNode = function (deep) {
    if (this.matches?.("message-text.said")) readings += 1;
    return clone.call(this, deep);
  };
}"""
LONG = "\n\n".join(
    f"Paragraph {n} with **some** words.\n\n```python\nprint({n})\n```" for n in range(12)
)


def test_a_hidden_tab_tells_once_and_only_if_it_was_asked_to(open_page, server, alice, model):
    page = open_page("/account/", person=alice)
    page.add_init_script(STUB)
    page.goto(server.url)
    chat = Chat(page)
    page.evaluate(HIDE, True)
    chat.say("Unasked")
    chat.wait_for_status("complete")
    assert page.evaluate("[asked, told.length]") == [0, 0]

    page.evaluate(HIDE, False)
    page.get_by_role("button", name="Settings", exact=True).click()
    page.get_by_role("tab", name="Habits").click()
    page.get_by_label("tell me, while I look at something else").check()
    expect(page.locator(".habits .saved")).to_have_text("Saved")
    page.keyboard.press("Escape")
    assert page.evaluate("asked") == 1
    chat.say("Seen")
    expect(chat.answers).to_have_count(2)
    chat.wait_for_status("complete")
    assert page.evaluate("told.length") == 0

    page.evaluate(HIDE, True)
    model.says("It is done.")
    chat.say("Unseen")
    expect(chat.answers).to_have_count(3)
    chat.wait_for_status("complete")
    assert page.evaluate("told.map(({ title, body }) => [title, body])") == [
        ["The answer in “Unasked” is done", "It is done."]
    ]
    page.evaluate("told[0].alert.dispatchEvent(new Event('click'))")
    assert page.evaluate("[focused, told[0].alert.closed]") == [1, True]


def test_a_hidden_tab_tells_of_an_answer_in_a_conversation_that_was_left(
    open_page, server, alice, model
):
    page = open_page("/account/", person=alice)
    with server.database() as alias:
        Preferences.objects.using(alias).create(person_id=alice.pk, notify=True)
    page.add_init_script(STUB)
    page.goto(server.url)
    chat = Chat(page)
    page.evaluate("Notification.permission = 'granted'")
    more = threading.Event()
    model.plays(text("One, two,"), more, text(" three."), finish())
    chat.say("Count")
    chat.wait_for_text()
    page.get_by_role("button", name="New chat").click()
    expect(chat.turns).to_have_count(0)
    page.evaluate(HIDE, True)
    more.set()
    expect(page.get_by_role("navigation").get_by_role("img", name="New answer")).to_be_visible()
    titles = "told.map(({ title }) => title)"
    assert page.evaluate(titles) == ["The answer in “Count” is done"]
    page.evaluate("told[0].alert.dispatchEvent(new Event('click'))")
    expect(chat.answer).to_contain_text("One, two, three.")


def test_where_a_page_may_not_notify_a_worker_does(open_page, server, alice, model):
    page = open_page("/account/", person=alice, permissions=["notifications"])
    with server.database() as alias:
        Preferences.objects.using(alias).create(person_id=alice.pk, notify=True)
    page.add_init_script(FORBIDDEN)
    page.goto(server.url)
    chat = Chat(page)
    more = threading.Event()
    model.plays(text("One, two,"), more, text(" three."), finish())
    chat.say("Count")
    chat.wait_for_text()
    page.get_by_role("button", name="New chat").click()
    expect(chat.turns).to_have_count(0)
    page.evaluate(HIDE, True)
    with page.context.expect_event("serviceworker") as started:
        more.set()
    worker = started.value
    expect_soon(page, lambda: worker.evaluate(SHOWN) == ["The answer in “Count” is done"])
    worker.evaluate(PRESS)
    expect(chat.answer).to_contain_text("One, two, three.")


def test_an_answer_is_gone_through_once_at_its_end(page, model):
    chat = Chat(page)
    page.evaluate(COUNT_READINGS)
    model.says("It is done.")
    chat.say("Hello")
    chat.wait_for_status("complete")
    expect(page.locator(".announcer")).to_have_text("It is done.")
    assert page.evaluate("readings") == 1


def test_nothing_jumps_while_an_answer_is_written(page, model):
    chat = Chat(page)
    chat.say("Short")
    chat.wait_for_status("complete")
    page.evaluate(SHIFTS)
    model.says(LONG, piece=20, pause=0.01)
    chat.say("Long")
    expect(chat.answers).to_have_count(2)
    chat.wait_for_status("complete")
    assert sum(page.evaluate("shifts")) < 0.02
