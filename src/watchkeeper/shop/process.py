"""One service in one process: its routes, wrapped in tracing, on a socket that the supervisor bound for it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import uvicorn
from jinja2 import ChoiceLoader, Environment, FileSystemLoader
from opentelemetry import metrics, trace
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match, Mount
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

from watchkeeper.shop.client import open_client
from watchkeeper.shop.edges import Edges
from watchkeeper.shop.models import DATABASES
from watchkeeper.shop.roster import Identity, Setup, code_of
from watchkeeper.shop.store import open_store
from watchkeeper.shop.telemetry import VIEWS, Telemetry

HERE = Path(__file__).parent
WORKERS = {"email": "checkout"}  # a worker has no database of its own, it reads its producer's outbox


@dataclass(frozen=True)
class Place:
    """Where a process works: the run's folder (its working folder), the ways to everybody, the databases' URL."""

    folder: Path
    edges: Edges
    store_url: str
    setup: Setup


def serve(identity: Identity, place: Place, listener: socket.socket, ready: Callable[[], object]) -> None:
    """Run one service until SIGTERM, then write out its telemetry."""
    # uvicorn raises the signal again after its clean end; ignored here, so that the telemetry still gets written.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.chdir(place.folder)
    code = code_of(identity.service, identity.version)
    telemetry = Telemetry(identity, place.folder / "telemetry", place.setup, getattr(code, "VIEWS", VIEWS))
    try:
        database = WORKERS.get(identity.service, identity.service)
        if database in DATABASES:
            telemetry.watch_store(open_store(database, place.store_url))
        if identity.service in WORKERS:
            telemetry.watch_outbox()
        app = application(identity, code, place.edges, ready)
        config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=5, lifespan="on")
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        telemetry.close()


def application(identity: Identity, code: ModuleType, edges: Edges, ready: Callable[[], object]) -> Any:
    """The ASGI application of one service."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        client = open_client(edges.seen_from(identity.service))
        worker = asyncio.create_task(code.work()) if hasattr(code, "work") else None
        logger = logging.getLogger(f"shop.{identity.service}")
        logger.info("%s %s is up, %d routes", identity.service, identity.version, len(code.routes))
        ready()
        yield
        logger.info("%s %s ends", identity.service, identity.version)
        if worker:
            worker.cancel()
        await client.aclose()

    app = Starlette(routes=list(code.routes), lifespan=lifespan, exception_handlers={Exception: apologise(identity)})
    if identity.service == "frontend":
        app.routes.append(Mount("/static", StaticFiles(directory=HERE / "static")))
        app.state.pages = pages(identity.version)
    return traced(app)


def pages(version: str) -> Jinja2Templates:
    """The templates, a version's own before the common ones."""
    loader = ChoiceLoader([FileSystemLoader(HERE / "templates" / version), FileSystemLoader(HERE / "templates")])
    return Jinja2Templates(env=Environment(loader=loader, autoescape=True))


def apologise(identity: Identity) -> Callable[[Request, Exception], Response]:
    """The answer to a request that raised: logged inside its span, counted, a page or JSON for the caller."""
    logger = logging.getLogger(f"shop.{identity.service}")
    errors = metrics.get_meter("shop.process").create_counter(
        "shop.request.errors", unit="{request}", description="Requests that ended in an exception"
    )

    def handle(request: Request, error: Exception) -> Response:
        logger.error("%s %s: %s", request.method, request.url.path, error, exc_info=error)
        # Here, because the server span ends with the answer's last byte, before the exception gets that far.
        trace.get_current_span().record_exception(error)
        errors.add(1, {"http.route": route_of(request.app.routes, request.scope), "error.type": type(error).__name__})
        if hasattr(request.app.state, "pages"):
            root = "../" * (request.url.path.count("/") - 1)
            return request.app.state.pages.TemplateResponse(request, "sorry.html", {"root": root}, 500)
        return JSONResponse({"error": "internal error"}, status_code=500)

    return handle


def route_of(routes: list[BaseRoute], scope: Any) -> str:
    """The template of the route that a request takes (`/product/{id}`), "" when there is none."""
    for route in routes:
        if route.matches(scope)[0] is not Match.NONE:
            return str(getattr(route, "path", ""))
    return ""


def traced(app: Starlette) -> Any:
    """Server spans around the whole application, its error handler included, so that a 500 is on the span."""

    def name(scope: Any) -> tuple[str, dict[str, Any]]:
        route = route_of(app.routes, scope)
        return f"{scope['method']} {route}".strip(), {"http.route": route} if route else {}

    inner = OpenTelemetryMiddleware(
        app, excluded_urls="/static/", default_span_details=name, exclude_spans=["receive", "send"]
    )

    async def outermost(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return await app(scope, receive, send)
        with contextlib.suppress(Exception):  # answered and logged by `apologise`; raised again only for the span
            await inner(scope, receive, send)

    return outermost
