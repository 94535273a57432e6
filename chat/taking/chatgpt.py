"""Conversations of OpenAI's export: ``conversations.json``, as ChatGPT writes it.

Pure: parsed JSON in, values out. What is there is a graph of nodes, ``mapping``, whose
``message`` may be null, hidden, a tool's, or made of ``parts`` that are no text. What a
person saw as text is kept, with its branches; the rest is counted. The format is nowhere
promised, so anything that has another shape than expected is left out, and never an error.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from chat.taking import values

THINKING = ("thoughts", "reasoning_recap")
ENDS: dict[object, values.Status] = {"max_tokens": "length", "interrupted": "stopped"}


@dataclass
class Read:
    """A conversation, and how many pieces of which kind could not be taken along."""

    conversation: values.Conversation
    left_out: Counter[str] = field(default_factory=Counter)


def is_one(item: Any) -> bool:
    """Whether this looks like a conversation of that export."""
    return isinstance(item, dict) and isinstance(item.get("mapping"), dict)


def read(item: dict[str, Any]) -> Read:
    """The conversation in one item of the export."""
    left_out: Counter[str] = Counter()
    nodes = _Nodes(item["mapping"], left_out)
    messages, places = _messages(nodes)
    created = _moment(item.get("create_time"))
    conversation = values.Conversation(
        version=values.VERSION,
        id=_id(item.get("conversation_id") or item.get("id") or sorted(nodes.above)),
        title=_text(item.get("title")),
        created_at=created,
        active_at=max(_moment(item.get("update_time")), created),
        model=_text(item.get("default_model_slug"))[:200],
        system_prompt=_system_prompt(item["mapping"]),
        pinned=bool(item.get("pinned_time") or item.get("is_starred")),
        archived=item.get("is_archived") is True,
        named=True,
        leaf=places.get(nodes.above.get(str(item.get("current_node"))) or ""),
        # As they were written: a message is never earlier than the one before it.
        messages=sorted(messages, key=lambda message: message.created_at),
    )
    return Read(conversation, left_out)


# --- the tree


@dataclass
class _Said:
    """What one node says, as far as a person saw it."""

    role: values.Role
    text: str
    reasoning: str
    status: values.Status
    model: str
    at: datetime


class _Nodes:
    """The nodes that say something, and which of them follow which."""

    def __init__(self, mapping: dict[str, Any], left_out: Counter[str]) -> None:
        nodes = {str(name): _dict(node) for name, node in mapping.items()}
        self.said: dict[str, _Said] = {}
        self.below: dict[str | None, list[str]] = {}
        self.above: dict[str, str | None] = {}  # of every node: itself, or the one it hangs below
        roots = [name for name, node in nodes.items() if str(node.get("parent")) not in nodes]
        waiting: list[tuple[str, str | None]] = [(name, None) for name in reversed(roots)]
        while waiting:
            name, parent = waiting.pop()
            if name in self.above or name not in nodes:
                continue  # a node is told once, whatever the graph
            said = _said(nodes[name].get("message"), left_out)
            if said:
                self.said[name] = said
                self.below.setdefault(parent, []).append(name)
                parent = name
            self.above[name] = parent
            waiting += [(child, parent) for child in reversed(_children(nodes[name]))]

    def breath(self, name: str) -> list[str]:
        """This node and those that go straight on in the same role: an answer in several steps."""
        names = [name]
        while len(below := self.below.get(names[-1], [])) == 1:
            if self.said[below[0]].role != self.said[name].role:
                break
            names += below
        return names


def _messages(nodes: _Nodes) -> tuple[list[values.Message], dict[str, UUID]]:
    """The messages, parents first, and in which of them each node's words came to stand."""
    messages: list[values.Message] = []
    places: dict[str, UUID] = {}
    waiting: list[tuple[str, values.Message | None]] = [
        (name, None) for name in reversed(nodes.below.get(None, []))
    ]
    while waiting:
        name, parent = waiting.pop()
        names = nodes.breath(name)
        message = _message(_id(name), parent, [nodes.said[each] for each in names])
        messages.append(message)
        places |= dict.fromkeys(names, message.id)
        waiting += [(each, message) for each in reversed(nodes.below.get(names[-1], []))]
    return messages, places


def _children(node: dict[str, Any]) -> list[str]:
    children = node.get("children")
    return [str(each) for each in children] if isinstance(children, list) else []


def _message(pk: UUID, parent: values.Message | None, breath: list[_Said]) -> values.Message:
    model = next((said.model for said in reversed(breath) if said.model), "")
    return values.Message(
        id=pk,
        parent=parent.id if parent else None,
        role=breath[0].role,
        text="\n\n".join(said.text for said in breath if said.text)[: values.LONGEST],
        reasoning="\n\n".join(said.reasoning for said in breath if said.reasoning)[
            : values.LONGEST
        ],
        status=breath[-1].status,
        model=model[:200] if breath[0].role == "assistant" else "",
        created_at=max(breath[0].at, parent.created_at) if parent else breath[0].at,
    )


# --- one node


def _said(message: object, left_out: Counter[str]) -> _Said | None:
    """What a node's message says; None where a person saw no text."""
    if not isinstance(message, dict) or _is_hidden(message):
        return None
    role = _dict(message.get("author")).get("role")
    content = _dict(message.get("content"))
    kind = content.get("content_type")
    if role not in ("user", "assistant"):
        left_out["tool"] += role == "tool"
        return None
    if message.get("recipient") not in (None, "all"):
        left_out["tool"] += 1
        return None
    text, reasoning = "", ""
    if kind in THINKING:
        reasoning = "\n\n".join(_thoughts(content))
    else:
        text = "\n\n".join(_parts(content, left_out)).strip()
    if not text and not reasoning:
        return None
    metadata = _dict(message.get("metadata"))
    return _Said(
        role=role,
        text=text,
        reasoning=reasoning,
        status=_status(role, message, metadata),
        model=_text(metadata.get("model_slug")),
        at=_moment(message.get("create_time")),
    )


def _is_hidden(message: dict[str, Any]) -> bool:
    metadata = _dict(message.get("metadata"))
    return metadata.get("is_visually_hidden_from_conversation") is True


def _status(role: str, message: dict[str, Any], metadata: dict[str, Any]) -> values.Status:
    if role == "user":
        return "complete"
    if message.get("status") == "in_progress":
        return "interrupted"
    return ENDS.get(str(_dict(metadata.get("finish_details")).get("type")), "complete")


def _parts(content: dict[str, Any], left_out: Counter[str]) -> Iterator[str]:
    """The texts of a message's content, of whatever kind."""
    parts = content.get("parts")
    if not isinstance(parts, list):
        text = _text(content.get("text") or content.get("result"))
        if content.get("content_type") == "code" and text:
            text = f"```{_text(content.get('language')).replace('unknown', '')}\n{text}\n```"
        yield from filter(None, [text])
        return
    for part in parts:
        if isinstance(part, str):
            yield from filter(None, [part])
        elif isinstance(part, dict) and isinstance(part.get("text"), str):
            yield part["text"]
        else:
            left_out["file"] += 1


def _thoughts(content: dict[str, Any]) -> Iterator[str]:
    thoughts = content.get("thoughts")
    for thought in thoughts if isinstance(thoughts, list) else []:
        words = [_text(_dict(thought).get(name)) for name in ("summary", "content")]
        yield from filter(None, ["\n\n".join(filter(None, words))])


def _system_prompt(mapping: dict[str, Any]) -> str:
    """The first system message with a text that is not hidden."""
    for node in mapping.values():
        message = _dict(_dict(node).get("message"))
        is_system = _dict(message.get("author")).get("role") == "system"
        if is_system and not _is_hidden(message):
            text = "\n\n".join(_parts(_dict(message.get("content")), Counter())).strip()
            if text:
                return text
    return ""


# --- values of any shape


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _id(value: object) -> UUID:
    """The id in a text, or one made of it."""
    try:
        return UUID(str(value))
    except ValueError:
        return uuid5(NAMESPACE_URL, str(value))


def _moment(value: object) -> datetime:
    """A time in seconds since 1970; the beginning of that where it is none."""
    try:
        return datetime.fromtimestamp(float(value), UTC)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(0, UTC)
