"""One turn can be followed through the process by its spans, and they tell nobody's words."""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
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


@pytest.fixture
def collector(settings, monkeypatch):
    """The address of one that listens, and the bodies that it was sent."""
    bodies: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "600000")  # milliseconds
    yield bodies
    traces.use(None)
    server.shutdown()
    thread.join()
    server.server_close()


async def test_a_collector_is_sent_all_before_the_end(alice, runs, scripted_model, collector):
    scripted_model.says(ANSWER)
    tracing.start()
    accepted = await whole(runs, alice, say(QUESTION))
    await runs.close()
    await tracing.stop()  # which lets what is gathered leave
    names = {span.name for body in collector for span in spans_in(body)}
    assert names >= {"turn", "run", "model server request", "journal commit"}
    told = b"".join(collector)
    assert str(accepted.run).encode() in told
    assert b"h2o-chat" in told
    assert not any(words.encode() in told for words in (QUESTION, ANSWER, alice.username))


def spans_in(body: bytes) -> list[Any]:
    """The spans of one message to a collector."""
    resources = ExportTraceServiceRequest.FromString(body).resource_spans
    return [span for each in resources for scope in each.scope_spans for span in scope.spans]


async def test_without_a_collector_or_packages_there_are_no_spans(
    alice, runs, scripted_model, settings, caplog, monkeypatch
):
    tracing.start()
    assert traces.begin("turn") is None
    settings.OTEL_EXPORTER_OTLP_ENDPOINT = "http://127.0.0.1:1"
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    tracing.start()
    assert "There are no traces without opentelemetry" in caplog.text
    scripted_model.says(ANSWER)
    assert (await whole(runs, alice, say(QUESTION))).model
