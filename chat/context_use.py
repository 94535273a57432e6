"""How much of a model's context a conversation takes, for the meter beside the composer."""

from chat import prompts
from chat.models import Conversation, branch


def context_use(conversation: Conversation) -> dict[str, int | list[int]]:
    """Tokens as the next prompt will count them: ``system``, and ``turns``, oldest first."""
    path = branch.up_to(conversation.leaf_id, characters=prompts.most_characters(None))
    return {
        "system": prompts.system_size(conversation.system_prompt),
        "turns": prompts.turn_sizes(path),
    }
