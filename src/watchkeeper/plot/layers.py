"""Places for a graph's nodes: in layers from left to right, few crossings, long edges led around the boxes.

The method is Sugiyama, Tagawa and Toda's (1981): break cycles, put each node one layer behind its furthest caller,
order the layers by the mean place of the neighbors, then straighten. All loops, no recursion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

GAP, OUT = 14.0, 14.0  # pixels between boxes, and of an edge that leaves one: a line of words
SWEEPS = 12  # random graphs of 30 nodes and 70 edges lose no crossing after the twelfth


@dataclass
class Item:
    """A box, or the place where a long edge passes through a layer (`name` is "" then); `y` is its middle."""

    name: str
    layer: int
    high: float
    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    y: float = 0.0


@dataclass
class Layout:
    """`routes` holds for each edge the items it visits from left to right; `turned` the edges drawn against it."""

    items: list[Item]
    layers: list[list[int]]
    routes: list[list[int]]
    turned: set[int]


def place(edges: Sequence[tuple[str, str]], port: float, least: float) -> Layout:
    """Lay out edges (caller, called) between different nodes; a box has `port` height for each edge that comes in."""
    names = sorted({name for edge in edges for name in edge})
    turned = _backward(names, edges)
    forward = [(b, a) if at in turned else (a, b) for at, (a, b) in enumerate(edges)]
    layer = _layers(names, forward)
    items = [Item(name, layer[name], 0.0) for name in names]
    routes = _routes(items, {name: at for at, name in enumerate(names)}, forward)
    for item in items:
        # Words are written where an edge comes in, so that side needs more room than the other.
        item.high = max(least, port * len(item.left) + 8, OUT * len(item.right) + 8) if item.name else OUT
    layers = [[at for at, item in enumerate(items) if item.layer == level] for level in range(max(layer.values()) + 1)]
    _order(items, layers)
    _straighten(items, layers)
    return Layout(items, layers, routes, turned)


def _backward(names: list[str], edges: Sequence[tuple[str, str]]) -> set[int]:
    """Edges that close a cycle on a walk from the nodes without a caller."""
    below: dict[str, list[tuple[str, int]]] = {name: [] for name in names}
    for at, (caller, called) in enumerate(edges):
        below[caller].append((called, at))
    called_ones = {called for _, called in edges}
    back: set[int] = set()
    state = dict.fromkeys(names, "new")
    for start in sorted(names, key=lambda name: name in called_ones):
        if state[start] != "new":
            continue
        state[start] = "open"
        trail = [(start, iter(below[start]))]
        while trail:
            name, rest = trail[-1]
            step = next(rest, None)
            if step is None:
                state[name] = "done"
                trail.pop()
            elif state[step[0]] == "open":
                back.add(step[1])
            elif state[step[0]] == "new":
                state[step[0]] = "open"
                trail.append((step[0], iter(below[step[0]])))
    return back


def _layers(names: list[str], edges: list[tuple[str, str]]) -> dict[str, int]:
    """One behind the furthest caller; a node without a caller is just before the nearest that it calls."""
    layer = dict.fromkeys(names, 0)
    for _ in names:
        moved = False
        for caller, called in edges:
            if layer[called] <= layer[caller]:
                layer[called], moved = layer[caller] + 1, True
        if not moved:
            break
    called_ones = {called for _, called in edges}
    for name in names:
        if name not in called_ones:
            layer[name] = min(layer[called] for caller, called in edges if caller == name) - 1
    return layer


def _routes(items: list[Item], where: dict[str, int], edges: list[tuple[str, str]]) -> list[list[int]]:
    routes = []
    for caller, called in edges:
        first, last = where[caller], where[called]
        route = [first]
        for level in range(items[first].layer + 1, items[last].layer):
            items.append(Item("", level, 0.0))
            route.append(len(items) - 1)
        route.append(last)
        for a, b in pairwise(route):
            items[a].right.append(b)
            items[b].left.append(a)
        routes.append(route)
    return routes


def _order(items: list[Item], layers: list[list[int]]) -> None:
    """Sweep right and left, each layer by the mean place of its neighbors; keep the order with fewest crossings."""
    best, fewest = [list(layer) for layer in layers], _crossings(items, layers)
    for sweep in range(SWEEPS):
        rightward = sweep % 2 == 0
        for level in range(1, len(layers)) if rightward else range(len(layers) - 2, -1, -1):
            near = layers[level - 1 if rightward else level + 1]
            place_of = {at: place / max(len(near) - 1, 1) for place, at in enumerate(near)}
            own = {at: place / max(len(layers[level]) - 1, 1) for place, at in enumerate(layers[level])}
            layers[level].sort(
                key=lambda at, seen=place_of, own=own: _mean(  # type: ignore[misc]
                    [seen[n] for n in (items[at].left if rightward else items[at].right)], own[at]
                )
            )
        crossings = _crossings(items, layers)
        if crossings < fewest:
            best, fewest = [list(layer) for layer in layers], crossings
    for level, layer in enumerate(best):
        layers[level][:] = layer


def _mean(numbers: list[float], otherwise: float) -> float:
    return sum(numbers) / len(numbers) if numbers else otherwise


def _crossings(items: list[Item], layers: list[list[int]]) -> int:
    total = 0
    for level in range(len(layers) - 1):
        place_of = {at: place for place, at in enumerate(layers[level + 1])}
        ends = [place for at in layers[level] for place in sorted(place_of[n] for n in items[at].right)]
        total += sum(ends[a] > ends[b] for a in range(len(ends)) for b in range(a + 1, len(ends)))
    return total


def _straighten(items: list[Item], layers: list[list[int]]) -> None:
    """Draw items towards the middle of their neighbors without changing the order or touching each other."""
    for layer in layers:
        _settle(items, layer, [0.0] * len(layer))
    for sweep in range(2 * SWEEPS):
        for layer in layers if sweep % 2 == 0 else layers[::-1]:
            wishes = [_wish(items, items[at], sweep % 2 == 0) for at in layer]
            _settle(items, layer, wishes)
    top = min(item.y - item.high / 2 for item in items)
    for item in items:
        item.y -= top


def _wish(items: list[Item], item: Item, rightward: bool) -> float:
    near = (item.left or item.right) if rightward else (item.right or item.left)
    return _mean([items[at].y for at in near], item.y)


def _settle(items: list[Item], layer: list[int], wishes: list[float]) -> None:
    """The mean of two packings, one pushed down from the top and one pushed up from the bottom; both keep the gaps."""
    down, up = list(wishes), list(wishes)
    for place in range(1, len(layer)):
        down[place] = max(down[place], down[place - 1] + _apart(items, layer, place))
    for place in range(len(layer) - 2, -1, -1):
        up[place] = min(up[place], up[place + 1] - _apart(items, layer, place + 1))
    for at, low, high in zip(layer, down, up, strict=True):
        items[at].y = (low + high) / 2


def _apart(items: list[Item], layer: list[int], place: int) -> float:
    above, below = items[layer[place - 1]], items[layer[place]]
    return (above.high + below.high) / 2 + GAP
