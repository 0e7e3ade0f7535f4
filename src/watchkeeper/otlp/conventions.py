"""Old names of the semantic conventions, and the stable names they became.

Sources: the OpenTelemetry migration guides for HTTP (1.23.0), databases (1.28.0) and the general network attributes.
A span that carries both names (`http/dup`) keeps the value under the stable one.
"""

from __future__ import annotations

from typing import Any

STABLE = {
    "http.method": "http.request.method",
    "http.status_code": "http.response.status_code",
    "http.request_content_length": "http.request.body.size",
    "http.response_content_length": "http.response.body.size",
    "http.url": "url.full",
    "http.scheme": "url.scheme",
    "http.user_agent": "user_agent.original",
    "http.client_ip": "client.address",
    "http.resend_count": "http.request.resend_count",
    "http.server_name": "server.address",
    "http.flavor": "network.protocol.version",
    "net.protocol.name": "network.protocol.name",
    "net.protocol.version": "network.protocol.version",
    "net.transport": "network.transport",
    "net.host.name": "server.address",
    "net.host.port": "server.port",
    "net.sock.peer.addr": "network.peer.address",
    "net.sock.peer.port": "network.peer.port",
    "net.sock.host.addr": "network.local.address",
    "net.sock.host.port": "network.local.port",
    "net.host.ip": "network.local.address",
    "net.peer.ip": "network.peer.address",
    "db.system": "db.system.name",
    "db.name": "db.namespace",
    "db.statement": "db.query.text",
    "db.operation": "db.operation.name",
    "db.sql.table": "db.collection.name",
    "db.mongodb.collection": "db.collection.name",
    "messaging.destination": "messaging.destination.name",
    "messaging.operation": "messaging.operation.type",
    "enduser.id": "user.id",
}
# `net.peer.…` is the other end of a call, so its stable name depends on the span's kind.
_BY_KIND = {"net.peer.name": "address", "net.peer.port": "port"}
# `http.target` and `http.host` hold two values each.
_OLD = frozenset(STABLE) | frozenset(_BY_KIND) | {"http.target", "http.host"}

# The old metrics are in milliseconds, the stable ones in seconds.
STABLE_METRICS = {
    "http.server.duration": "http.server.request.duration",
    "http.client.duration": "http.client.request.duration",
}


def stable_attributes(attributes: dict[str, Any], kind: str = "") -> dict[str, Any]:
    """The same attributes under their stable names; `kind` is the span's, as an upper-case word.

    >>> stable_attributes({"http.method": "GET", "http.target": "/cart?id=1"})
    {'http.request.method': 'GET', 'url.path': '/cart', 'url.query': 'id=1'}
    """
    if _OLD.isdisjoint(attributes):
        return attributes
    renamed: dict[str, Any] = {}
    for key, value in attributes.items():
        if key in _OLD:
            renamed.update(_renamed(key, value, kind))
    stable = {key: value for key, value in attributes.items() if key not in _OLD}
    return {**renamed, **stable}


def _renamed(key: str, value: Any, kind: str) -> dict[str, Any]:
    if key in _BY_KIND:
        end = "client" if kind in ("SERVER", "CONSUMER") else "server"
        return {f"{end}.{_BY_KIND[key]}": value}
    if key == "http.target":
        path, _, query = str(value).partition("?")
        return {"url.path": path, "url.query": query} if query else {"url.path": path}
    if key == "http.host":
        return _host_and_port(str(value))
    return {STABLE[key]: value}


def _host_and_port(text: str) -> dict[str, Any]:
    host, colon, port = text.rpartition(":")
    if colon and port.isdigit():
        return {"server.address": host, "server.port": int(port)}
    return {"server.address": text}
