"""One turn can be followed through the process by its spans, and they tell nobody's words."""

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from chat import traces
from h2oweb import tracing
from tests.chat.people import say, whole

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION, ANSWER = "May nobody read this?", "Nobody but you."


@pytest.fixture
def spans():
    """Takes the spans that have ended."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    traces.use(provider.get_tracer("test"))
    yield exporter
    traces.use(None)


async def test_a_turn_its_run_the_request_and_the_commits_hang_together(
    alice, runs, scripted_model, spans
):
    scripted_model.says(ANSWER)
    accepted = await whole(runs, alice, say(QUESTION))
    await runs.close()
    ended = spans.get_finished_spans()
    by_name = {span.name: span for span in ended}
    turn, run, request = (by_name[name] for name in ("turn", "run", "model server request"))
    assert run.parent.span_id == turn.context.span_id
    assert request.parent.span_id == run.context.span_id
    assert run.attributes["h2o.run"] == request.attributes["h2o.run"] == str(accepted.run)
    assert (turn.attributes["h2o.command"], run.attributes["h2o.outcome"]) == ("say", "complete")
    commits = [span for span in ended if span.name == "journal commit"]
    assert commits
    assert all(
        link.context.span_id == run.context.span_id for each in commits for link in each.links
    )
    told = "".join(span.to_json() for span in ended)
    for words in (QUESTION, ANSWER, alice.username):
        assert words not in told


async def test_without_a_collector_there_are_no_spans(
    alice, runs, scripted_model, settings, caplog
):
    tracing.start()
    assert traces.begin("turn") is None
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = "http://127.0.0.1:1"
    tracing.start()  # whose exporter is not among the packages of the tests
    assert "There are no traces without opentelemetry" in caplog.text
    scripted_model.says(ANSWER)
    assert (await whole(runs, alice, say(QUESTION))).model
