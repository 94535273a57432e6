"""OpenAI's export: what a person saw there is what they find here."""

from hypothesis import given
from hypothesis import strategies as st

from chat.taking import chatgpt


def node(name, parent, role=None, *parts, children=(), **message):
    content = {"content_type": "text", "parts": list(parts)}
    said = {"author": {"role": role}, "content": content, "metadata": {}} | message
    return {
        "id": name,
        "parent": parent,
        "children": list(children),
        "message": said if role else None,
    }


def export(*nodes, **fields):
    mapping = {each["id"]: each for each in nodes}
    return {"title": "Trip", "mapping": mapping, "create_time": 1700000000.5} | fields


SAMPLE = export(
    node("root", None, children=["system"]),
    node("system", "root", "system", "", children=["hidden"],
         metadata={"is_visually_hidden_from_conversation": True}),
    node("hidden", "system", "system", "Be brief.", children=["q1"]),
    node("q1", "hidden", "user", "Where to?", {"content_type": "image_asset_pointer"},
         children=["a1", "a2"], create_time=1700000001),
    node("a1", "q1", "assistant", "Rome.", create_time=1700000002,
         metadata={"model_slug": "gpt-4o"}),
    node("a2", "q1", "assistant", children=["call"], create_time=1700000003,
         content={"content_type": "thoughts", "thoughts": [{"summary": "Hm", "content": "Sea?"}]}),
    node("call", "a2", "assistant", "search()", recipient="browser", children=["tool"]),
    node("tool", "call", "tool", "found", children=["a3"]),
    node("a3", "tool", "assistant", "Oslo,", children=["a4"], create_time=1700000004),
    node("a4", "a3", "assistant", children=["q2"], create_time=None,
         content={"content_type": "code", "language": "python", "text": "print(1)"},
         metadata={"model_slug": "o3", "finish_details": {"type": "max_tokens"}}),
    node("q2", "a4", "user", "Thanks", create_time=1700000009),
    current_node="q2", is_archived=True, conversation_id="9f7d8d0e-0000-4000-8000-000000000001",
)  # fmt: skip


def test_branches_steps_and_what_is_hidden():
    read = chatgpt.read(SAMPLE)
    conversation = read.conversation
    ids = [message.id for message in conversation.messages]
    assert [
        (message.role, message.parent and ids.index(message.parent), message.text, message.status)
        for message in conversation.messages
    ] == [
        ("user", None, "Where to?", "complete"),
        ("assistant", 0, "Rome.", "complete"),
        ("assistant", 0, "Oslo,\n\n```python\nprint(1)\n```", "length"),
        ("user", 2, "Thanks", "complete"),
    ]
    assert conversation.messages[2].reasoning == "Hm\n\nSea?"
    assert [message.model for message in conversation.messages] == ["", "gpt-4o", "o3", ""]
    assert conversation.leaf == conversation.messages[3].id
    assert (conversation.title, conversation.system_prompt) == ("Trip", "Be brief.")
    assert conversation.archived
    assert conversation.created_at.year == 2023
    assert read.left_out == {"file": 1, "tool": 2}


def test_a_chain_of_any_length_is_read():
    nodes = [node("0", None, "user", "0", children=["1"])]
    for at in range(1, 5000):
        role = "assistant" if at % 2 else "user"
        nodes.append(node(str(at), str(at - 1), role, str(at), children=[str(at + 1)]))
    assert len(chatgpt.read(export(*nodes)).conversation.messages) == 5000


ANY = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=5),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=5), values),
    max_leaves=8,
)
NAMES = st.sampled_from(["a", "b", "c"])
NODES = st.fixed_dictionaries(
    {
        "parent": NAMES | ANY,
        "children": st.lists(NAMES, max_size=3) | ANY,
        "message": st.fixed_dictionaries(
            {
                "author": st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant"])})
                | ANY,
                "content": st.fixed_dictionaries({"parts": st.lists(ANY, max_size=3)}) | ANY,
                "create_time": ANY,
                "metadata": ANY,
            }
        )
        | ANY,
    }
)


@given(st.dictionaries(NAMES, NODES | ANY, max_size=3), st.dictionaries(st.text(max_size=5), ANY))
def test_any_shape_is_read_without_an_error_and_makes_a_tree(mapping, fields):
    read = chatgpt.read({**fields, "mapping": mapping})
    seen = set()
    for message in read.conversation.messages:
        assert message.parent is None or message.parent in seen
        seen.add(message.id)
