"""What is counted and timed while the chat works, for Prometheus.

Each name says its unit. With several processes the numbers are gathered by ``h2oweb.metrics``.
"""

from prometheus_client import Counter, Gauge, Histogram

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
RATES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
SIZES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)

#: The outcome of a run whose end this process could not store. Whoever settles it counts it too.
LOST = "lost"
OUTCOMES = ("complete", "length", "stopped", "failed", "interrupted", LOST)

turns = Counter("h2o_chat_turns", "Turns that were stored and are answered", ["command"])
refusals = Counter("h2o_chat_refusals", "Commands that were refused", ["code"])
runs = Counter("h2o_chat_runs", "Runs that have ended", ["server", "outcome"])
live_runs = Gauge("h2o_chat_live_runs", "Runs being written", multiprocess_mode="livesum")
awaited = Gauge(
    "h2o_chat_awaited_answers",
    "Runs of which the model server has sent nothing yet: those that wait for it, and its queue",
    ["server"],
    multiprocess_mode="livesum",
)
newest_start = Gauge(
    "h2o_chat_newest_start_timestamp_seconds",
    "When the newest process began, in Unix time",
    multiprocess_mode="max",
)
sockets = Gauge("h2o_chat_sockets", "Open chat sockets", multiprocess_mode="livesum")
first_token = Histogram(
    "h2o_chat_first_token_seconds",
    "From a turn to the first token of its answer",
    ["server"],
    buckets=SECONDS,
)
token_rate = Histogram("h2o_chat_tokens_per_second", "Tokens a second of a run", buckets=RATES)
tokens = Counter("h2o_chat_tokens", "Tokens, as counted or estimated", ["kind"])
server_errors = Counter(
    "h2o_chat_model_server_errors", "Runs that a model server failed", ["server"]
)
batch = Histogram("h2o_chat_journal_batch_runs", "Runs that one commit writes", buckets=SIZES)
commit = Histogram("h2o_chat_journal_commit_seconds", "Time of one commit", buckets=SECONDS)
waiting = Gauge(
    "h2o_chat_journal_waiting_writes",
    "Writes that wait for their turn beside the journal",
    multiprocess_mode="livesum",
)
trouble = Gauge(
    "h2o_chat_database_trouble",
    "Processes whose database does not take writes",
    multiprocess_mode="livesum",
)


def begin(server: str) -> None:
    """Show a model server's zeros at once: to Prometheus, what appears as 1 has not grown."""
    server_errors.labels(server)
    awaited.labels(server)
    first_token.labels(server)
    for outcome in OUTCOMES:
        runs.labels(server, outcome)
