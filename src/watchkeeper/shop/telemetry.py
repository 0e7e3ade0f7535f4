"""The telemetry of a process: spans, log records and metrics as OTLP JSON Lines, one file per signal.

Simple processors, because the batch exporter's thread holds the interpreter long enough to show as latency, and a full
queue drops spans. Each process also counts the spans that it starts and ends, so that the recorder can prove that none
was lost.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment
from opentelemetry import metrics, trace
from opentelemetry.exporter.otlp.json.file import FileMetricExporter, FileSpanExporter

# The log exporter has no public home in this version of the package.
from opentelemetry.exporter.otlp.json.file._log_exporter import FileLogExporter
from opentelemetry.instrumentation.jinja2 import Jinja2Instrumentor
from opentelemetry.instrumentation.logging.handler import LoggingHandler
from opentelemetry.instrumentation.sqlalchemy.engine import EngineTracer
from opentelemetry.instrumentation.system_metrics import SystemMetricsInstrumentor
from opentelemetry.instrumentation.utils import suppress_instrumentation, unwrap
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBasedTraceIdRatio
from sqlalchemy import Engine, func, select

from watchkeeper.shop.clock import set_ahead
from watchkeeper.shop.models import OutboxRow
from watchkeeper.shop.roster import LOAD, Identity, Setup
from watchkeeper.shop.store import session, store_bytes

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.metrics import CallbackOptions

METRIC_SECONDS = 5.0
# Seconds. The SDK's default bounds are made for milliseconds and would put every request into the first bucket.
DURATION_BOUNDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1, 2, 5, 10)
VIEWS = (View(instrument_name="*.duration", aggregation=ExplicitBucketHistogramAggregation(DURATION_BOUNDS)),)
PROCESS_METRICS: dict[str, list[str] | None] = {
    "process.cpu.time": ["user", "system"],
    "process.memory.usage": None,
}


class SpanCount(SpanProcessor):
    """Counts spans, so that a lost one is noticed."""

    def __init__(self) -> None:
        self.started = self.ended = 0

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        self.started += 1

    def on_end(self, span: ReadableSpan) -> None:
        self.ended += 1


class Telemetry:
    """The providers of one process; `folder` receives `<instance>.traces.jsonl` and so on."""

    def __init__(self, identity: Identity, folder: Path, setup: Setup, views: Sequence[View] = VIEWS) -> None:
        os.environ["OTEL_SEMCONV_STABILITY_OPT_IN"] = "http,database"
        set_ahead(setup.clocks_ms.get(identity.host, 0.0))
        self.identity = identity
        self._stem = str(folder / identity.instance_id) + (f"-again-{identity.life}" if identity.life > 1 else "")
        self._count = SpanCount()
        resource = Resource.create(
            {
                "service.name": identity.service,
                "service.version": identity.version,
                "service.instance.id": identity.instance_id,
                "host.name": identity.host,
            }
        )
        self._start_traces(resource, setup.sampled if setup.traced or identity.service == LOAD else 0.0)
        self._start_logs(resource)
        self._start_metrics(resource, views)
        Jinja2Instrumentor().instrument()
        unwrap(Environment, "_load_template")  # six spans per page that only say "from the cache"

    def _start_traces(self, resource: Resource, sampled: float) -> None:
        # The service that starts a trace makes the sampling decision and the others follow it. With tracing off, a
        # service ignores even that.
        sampler = ParentBasedTraceIdRatio(sampled) if sampled else ALWAYS_OFF
        self._traces = TracerProvider(resource=resource, sampler=sampler)
        self._traces.add_span_processor(self._count)
        self._traces.add_span_processor(SimpleSpanProcessor(FileSpanExporter(self._stem + ".traces.jsonl")))
        trace.set_tracer_provider(self._traces)

    def _start_logs(self, resource: Resource) -> None:
        self._logs = LoggerProvider(resource=resource)
        self._logs.add_log_record_processor(SimpleLogRecordProcessor(FileLogExporter(self._stem + ".logs.jsonl")))
        handler = LoggingHandler(logger_provider=self._logs, log_code_attributes=True)
        logging.getLogger("shop").setLevel(logging.INFO)
        logging.getLogger("shop").addHandler(handler)

    def _start_metrics(self, resource: Resource, views: Sequence[View]) -> None:
        exporter = FileMetricExporter(self._stem + ".metrics.jsonl")
        reader = PeriodicExportingMetricReader(exporter, export_interval_millis=METRIC_SECONDS * 1000)
        self._metrics = MeterProvider([reader], resource=resource, views=views)
        metrics.set_meter_provider(self._metrics)
        SystemMetricsInstrumentor(config=PROCESS_METRICS).instrument()

    def watch_store(self, engine: Engine) -> None:
        """Trace the statements of a database and measure its size on disk."""
        # The tracer itself rather than SQLAlchemyInstrumentor: that one would also patch the asyncio engine, which
        # needs greenlet, and put a span "connect" around every session that says nothing.
        meter = metrics.get_meter("shop.store")
        used = meter.create_up_down_counter("db.client.connection.count", unit="{connection}")
        EngineTracer(trace.get_tracer("opentelemetry.instrumentation.sqlalchemy"), engine, used)

        def size(_options: CallbackOptions) -> list[metrics.Observation]:
            with suppress_instrumentation():
                return [metrics.Observation(store_bytes(engine))]

        meter.create_observable_gauge("shop.store.size", [size], unit="By", description="Disk that the store takes")

    def watch_outbox(self) -> None:
        """Measure how many orders wait for their email."""

        def waiting(_options: CallbackOptions) -> list[metrics.Observation]:
            query = select(func.count()).select_from(OutboxRow).where(OutboxRow.sent_ns.is_(None))
            with suppress_instrumentation(), session() as db:
                return [metrics.Observation(db.scalar(query) or 0)]

        meter = metrics.get_meter("shop.outbox")
        meter.create_observable_gauge("shop.outbox.waiting", [waiting], unit="{message}", description="Unsent messages")

    def close(self, **more: int) -> None:
        """Write what is left, and how many spans there were; `more` is counted with them."""
        for provider in (self._traces, self._logs, self._metrics):
            provider.shutdown()
        counts = {"service": self.identity.service, "started": self._count.started, "ended": self._count.ended}
        counts |= more
        Path(self._stem + ".counts.json").write_text(json.dumps(counts), encoding="utf-8")
