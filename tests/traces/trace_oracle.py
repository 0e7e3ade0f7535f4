"""The definitions again, as slow and as literal as they can be written: recursive, tick by tick, pair by pair."""

from dataclasses import dataclass, field


@dataclass
class Node:
    id: str
    start: int
    end: int
    parent: str
    kind: str = "INTERNAL"
    lo: int = 0
    hi: int = 0
    children: list["Node"] = field(default_factory=list)


def roots(rows: list[dict]) -> list[Node]:
    """The clipped trees of one trace whose span ids are unique; cycles left out, pruned consumers cut."""
    nodes = {
        row["span_id"]: Node(row["span_id"], row["start_ns"], row["end_ns"], row["parent_span_id"], row["kind"])
        for row in rows
    }
    for node in nodes.values():
        node.end = max(node.start, node.end)
    tops = []
    for node in nodes.values():
        parent = nodes.get(node.parent) if node.parent else None
        if _in_cycle(node, nodes) or (parent and node.kind == "CONSUMER" and parent.kind == "PRODUCER"):
            continue
        if parent is None:
            tops.append(node)
        else:
            parent.children.append(node)
    for top in tops:
        top.lo, top.hi = top.start, top.end
        _clip(top)
    return tops


def _in_cycle(node: Node, nodes: dict[str, Node]) -> bool:
    above = node
    for _ in range(len(nodes)):
        if above.parent not in nodes:
            return False
        above = nodes[above.parent]
        if above is node:
            return True
    return False


def _clip(node: Node) -> None:
    for child in node.children:
        child.lo, child.hi = max(child.start, node.lo), min(child.end, node.hi)
        _clip(child)


def walk(node: Node) -> list[tuple[str, int, int]]:
    """The path's segments, the last first."""
    found, t = [], node.hi
    inside = [child for child in node.children if child.lo < child.hi]
    for child in sorted(inside, key=lambda child: (-child.hi, child.lo, child.id)):
        if child.hi <= t:
            if child.hi < t:
                found.append((node.id, child.hi, t))
            found += walk(child)
            t = child.lo
    if node.lo < t:
        found.append((node.id, node.lo, t))
    return found


def self_ticks(node: Node) -> int:
    """Ticks of a span at which none of its children runs."""
    return sum(
        not any(child.start <= tick < child.end for child in node.children) for tick in range(node.start, node.end)
    )


def everybody(tops: list[Node]) -> list[Node]:
    return [node for top in tops for node in [top, *everybody(top.children)]]


def ends_when(node: Node, target: str, length: int) -> int:
    """When `node`'s clipped part ends, if the span `target` in its tree takes `length` instead."""
    if node.id == target:
        own = node.end - node.start
        return node.hi + length - own if length > own else max(node.lo, min(node.start + length, node.hi))
    inside = [child for child in node.children if child.lo <= child.hi]
    if not any(target in [below.id for below in everybody([child])] for child in inside):
        return node.hi
    new_end = {}
    # Ascending by start: a span that others wait for has ended before them, so it also started before them.
    for child in sorted(inside, key=lambda child: (child.lo, child.hi, not _holds(child, target))):
        if _holds(child, target):
            new_end[child.id] = ends_when(child, target, length)
            continue
        before = [other for other in inside if other.id in new_end and other.hi <= child.lo]
        if not before:
            new_end[child.id] = child.hi
            continue
        gap = child.lo - max(other.hi for other in before)
        new_start = max(new_end[other.id] for other in before) + gap
        new_end[child.id] = new_start + child.hi - child.lo
    return max(new_end.values()) + node.hi - max(child.hi for child in inside)


def _holds(node: Node, target: str) -> bool:
    return any(below.id == target for below in everybody([node]))
