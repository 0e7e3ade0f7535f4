"""What several questions of when-traces-lie use."""

from watchkeeper.staff.author.writing import table

COLUMNS = (
    "trace_id",
    "span_id",
    "parent_span_id",
    "service",
    "name",
    "kind",
    "start_ns",
    "end_ns",
    "duration_ms",
    "status",
    "status_message",
    "host",
    "scope",
    "attributes",
    "events",
    "links",
)
ANSWERED, SILENT, QUERY = {"http.response.status_code": 200}, {}, {"db.system.name": "sqlite"}


def spans_table(label, rows):
    """A table of spans on paper that has status, host and attributes as well."""
    ms = 1_000_000
    return table(
        label,
        COLUMNS,
        [
            (
                "paper",
                span,
                parent,
                service,
                name,
                kind,
                start * ms,
                end * ms,
                float(end - start),
                status,
                "",
                host,
                "paper",
                attributes,
                [],
                [],
            )
            for span, parent, service, name, kind, start, end, status, host, attributes in rows
        ],
    )
