"""One service in one process: its routes, wrapped in tracing, on a socket that the supervisor bound for it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import uvicorn
from jinja2 import Environment, FileSystemLoader
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
from watchkeeper.shop.roster import Identity, Service, Setup
from watchkeeper.shop.store import open_store
from watchkeeper.shop.telemetry import VIEWS, Telemetry


@dataclass(frozen=True)
class Place:
    """Where a process works: the run's folder (its working folder), the edges to all services, the databases' URL."""

    folder: Path
    edges: Edges
    store_url: str
    setup: Setup


@dataclass(frozen=True)
class Program:
    """What a process runs: a service, and the folder with the files of one of its versions."""

    service: Service
    folder: Path


def serve(
    identity: Identity, program: Program, place: Place, listener: socket.socket, ready: Callable[[], object]
) -> None:
    """Run one service until SIGTERM, then write out its telemetry."""
    # uvicorn raises the signal again after a clean end; it is ignored here, so that the telemetry still gets written.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.chdir(place.folder)
    code = load(program.folder / f"{identity.service}.py")
    telemetry = Telemetry(identity, place.folder / "telemetry", place.setup, getattr(code, "VIEWS", VIEWS))
    try:
        if program.service.database:
            telemetry.watch_store(open_store(program.service.database, place.store_url))
        if program.service.worker:
            telemetry.watch_outbox()
        app = application(identity, code, program.folder, place.edges, ready)
        config = uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=5, lifespan="on")
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        telemetry.close()


def load(path: Path) -> ModuleType:
    """Run a service's file as a module and return it.

    Not imported, because the file is not part of a package, and should get no `__pycache__` next to it.
    """
    module = ModuleType(f"watchkeeper.shop.services.{path.stem}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # dataclasses and `clock` look it up there
    exec(compile(path.read_text("utf-8"), path, "exec", dont_inherit=True), vars(module))
    return module


def application(identity: Identity, code: ModuleType, folder: Path, edges: Edges, ready: Callable[[], object]) -> Any:
    """The ASGI application of one service; `folder` holds its files."""

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
    if (folder / "templates").is_dir():
        app.routes.append(Mount("/static", StaticFiles(directory=folder / "static")))
        loader = FileSystemLoader(folder / "templates")
        app.state.pages = Jinja2Templates(env=Environment(loader=loader, autoescape=True))
    return traced(app)


def apologise(identity: Identity) -> Callable[[Request, Exception], Response]:
    """The response to a request that raised: logged inside its span, counted, a page or JSON for the caller."""
    logger = logging.getLogger(f"shop.{identity.service}")
    errors = metrics.get_meter("shop.process").create_counter(
        "shop.request.errors", unit="{request}", description="Requests that ended in an exception"
    )

    def handle(request: Request, error: Exception) -> Response:
        logger.error("%s %s: %s", request.method, request.url.path, error, exc_info=error)
        # Here, because the server span ends with the last byte of the response, before the exception gets that far.
        trace.get_current_span().record_exception(error)
        errors.add(1, {"http.route": route_of(request.app.routes, request.scope), "error.type": type(error).__name__})
        if hasattr(request.app.state, "pages"):
            root = "../" * (request.url.path.count("/") - 1)
            return request.app.state.pages.TemplateResponse(request, "sorry.html", {"root": root}, 500)
        return JSONResponse({"error": "internal error"}, status_code=500)

    return handle


def route_of(routes: list[BaseRoute], scope: Any) -> str:
    """The template of the route that a request takes (`/product/{id}`), or "" if no route matches."""
    for route in routes:
        if route.matches(scope)[0] is not Match.NONE:
            return str(getattr(route, "path", ""))
    return ""


def traced(app: Starlette) -> Any:
    """Server spans around the whole application, including its error handler, so that a 500 is on the span."""

    def name(scope: Any) -> tuple[str, dict[str, Any]]:
        route = route_of(app.routes, scope)
        return f"{scope['method']} {route}".strip(), {"http.route": route} if route else {}

    inner = OpenTelemetryMiddleware(
        app, excluded_urls="/static/", default_span_details=name, exclude_spans=["receive", "send"]
    )

    async def outermost(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return await app(scope, receive, send)
        with contextlib.suppress(
            Exception
        ):  # `apologise` has responded and logged it; it is raised again only for the span
            await inner(scope, receive, send)

    return outermost
