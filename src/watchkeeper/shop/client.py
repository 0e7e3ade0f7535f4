"""How one service calls another: by name, with a deadline given where the call is made.

    products = await get("catalog", "/products", deadline=2.0)

`deadline` is in seconds without a byte (httpx's timeout for connecting and for each read); None waits forever.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import httpx
from opentelemetry.instrumentation.httpx import AsyncOpenTelemetryTransport, RequestInfo
from opentelemetry.trace import Span

_client: httpx.AsyncClient | None = None


class LoopbackTransport(httpx.AsyncHTTPTransport):
    """Sends a request for `http://catalog/…` to the port that the service called catalog listens on.

    It sits below the tracing, so spans name the service and not a port that changes with every start.
    """

    def __init__(self, ports: Mapping[str, int]) -> None:
        # No cap on connections: how many calls wait at once is up to the callers, and shows in their spans.
        super().__init__(limits=httpx.Limits(max_connections=None, max_keepalive_connections=20))
        self._ports = ports

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        named = request.url
        request.url = named.copy_with(host="127.0.0.1", port=self._ports[named.host])
        try:
            return await super().handle_async_request(request)
        finally:
            request.url = named


async def _name_span(span: Span, request: RequestInfo) -> None:
    """`GET /products/{id}` rather than `GET`: few names, but enough to tell calls apart."""
    template = (request.extensions or {}).get("template")
    if template:
        method = request.method.decode() if isinstance(request.method, bytes) else request.method
        span.update_name(f"{method} {template}")
        span.set_attribute("url.template", template)


def make_client(ports: Mapping[str, int]) -> httpx.AsyncClient:
    """A traced client that knows services by name; `ports` maps a service to its port on this machine."""
    transport = AsyncOpenTelemetryTransport(LoopbackTransport(ports), request_hook=_name_span)
    return httpx.AsyncClient(transport=transport)


def open_client(ports: Mapping[str, int]) -> httpx.AsyncClient:
    """Open this process's client, the one that `get` and `post` use."""
    global _client
    _client = make_client(ports)
    return _client


async def get(service: str, template: str, *, deadline: float | None, query: Any = None, **path: str) -> Any:
    """GET; returns the JSON response. Raises `httpx.HTTPError` on a timeout or an error status."""
    return await _call("GET", service, template, deadline, path, params=query)


async def post(service: str, template: str, *, deadline: float | None, json: Any, **path: str) -> Any:
    """POST as JSON; returns the JSON response. Raises as `get` does."""
    return await _call("POST", service, template, deadline, path, json=json)


async def delete(service: str, template: str, *, deadline: float | None, **path: str) -> Any:
    """DELETE; returns the JSON response. Raises as `get` does."""
    return await _call("DELETE", service, template, deadline, path)


async def _call(
    method: str, service: str, template: str, deadline: float | None, path: dict[str, str], **content: Any
) -> Any:
    assert _client is not None, "open_client() comes first"
    url = f"http://{service}" + template.format(**{name: quote(value, safe="") for name, value in path.items()})
    response = await _client.request(method, url, timeout=deadline, extensions={"template": template}, **content)
    response.raise_for_status()
    return response.json()
