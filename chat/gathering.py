"""How long a journal gathers text before it writes."""

LEAST = 0.025  # seconds: one frame and a half; nobody sees it, and it gathers what all runs have
A_RUN, MOST = 0.003, 0.15  # seconds: many live runs make batches larger, not more


def seconds(live: int) -> float:
    """For so many live runs."""
    return min(max(LEAST, A_RUN * live), MOST)
