"""How much of a model's context a conversation takes, for the meter beside the composer."""

from chat import prompts
from chat.models import Conversation
from chat.models.message import Tree


def context_use(conversation: Conversation) -> dict[str, int | list[int]]:
    """Tokens as the next prompt will count them: ``system``, and ``turns``, oldest first."""
    tree = Tree(conversation.messages.defer("reasoning", "error"))
    path = tree.path(tree.find(conversation.leaf_id) or tree.newest_root())
    return {
        "system": prompts.system_size(conversation.system_prompt),
        "turns": prompts.turn_sizes(path),
    }
