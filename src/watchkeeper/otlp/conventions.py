"""Old names of the semantic conventions, and the stable names they became.

Sources: the OpenTelemetry migration guides for HTTP (1.23.0), databases (1.28.0) and the general network attributes.
A name only changes if that loses nothing. Where a span has a stable name already (`http/dup`), or two old names that
became one, the value under the stable name stays, and one that differs stays under its old name.
"""

from __future__ import annotations

from typing import Any

# If several became the same name, the first one that a span has counts.
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
# `net.peer.…` is the other end of a call and `net.host.…` this one, so their stable names depend on the span's kind.
_BY_KIND = {
    "net.peer.name": ("peer", "address"),
    "net.peer.port": ("peer", "port"),
    "net.host.name": ("host", "address"),
    "net.host.port": ("host", "port"),
}
_PEER = frozenset({"net.peer.name", "net.peer.port"})
# `http.target` and `http.host` hold two values each. A Host header may name a proxy, so it comes last.
_ORDER = (*_BY_KIND, *STABLE, "http.target", "http.host")
_RANK = {name: rank for rank, name in enumerate(_ORDER)}
_OLD = frozenset(_ORDER)

# The old metrics are in milliseconds, the stable ones in seconds.
STABLE_METRICS = {
    "http.server.duration": "http.server.request.duration",
    "http.client.duration": "http.client.request.duration",
}


def stable_attributes(attributes: dict[str, Any], kind: str = "") -> dict[str, Any]:
    """The same attributes under their stable names; `kind` is the span's, as an upper-case word.

    >>> stable_attributes({"http.method": "GET", "http.target": "/cart?id=1"})
    {'http.request.method': 'GET', 'url.path': '/cart', 'url.query': 'id=1'}
    >>> stable_attributes({"net.host.name": "pod-1", "net.peer.name": "stock"}, "CLIENT")
    {'server.address': 'stock', 'client.address': 'pod-1'}
    """
    if _OLD.isdisjoint(attributes):
        return attributes
    stable = {key: value for key, value in attributes.items() if key not in _OLD}
    for key in sorted(_OLD.intersection(attributes), key=_RANK.__getitem__):
        for name, value in _renamed(key, attributes, kind).items():
            if str(stable.setdefault(name, value)) != str(value):
                stable[key] = attributes[key]
    return stable


def _renamed(key: str, attributes: dict[str, Any], kind: str) -> dict[str, Any]:
    value = attributes[key]
    if key in _BY_KIND:
        end, field = _BY_KIND[key]
        return {f"{_end(end, attributes, kind)}.{field}": value}
    if key == "http.target":
        path, _, query = str(value).partition("?")
        return {"url.path": path, "url.query": query} if query else {"url.path": path}
    if key == "http.host":
        return _host_and_port(str(value))
    return {STABLE[key]: value}


def _end(end: str, attributes: dict[str, Any], kind: str) -> str:
    """Which end of the call is meant: "client" or "server"."""
    if kind == "SERVER":
        return "client" if end == "peer" else "server"
    # Producers and consumers are clients of their broker. The attributes of a metric or a resource have no kind, and
    # only a client's metric names its peer.
    client = kind in ("CLIENT", "PRODUCER", "CONSUMER") or not _PEER.isdisjoint(attributes)
    return "client" if end == "host" and client else "server"


def _host_and_port(text: str) -> dict[str, Any]:
    host, colon, port = text.rpartition(":")
    # An IPv6 address has colons of its own, and is in brackets if a port follows.
    if colon and port.isdigit() and (":" not in host or host.endswith("]")):
        return {"server.address": host, "server.port": int(port)}
    return {"server.address": text}
