"""The recordings that module 4 reads: what the services wrote down."""

from __future__ import annotations

from watchkeeper.shop.scenarios.base import Scenario

SCENARIOS: list[Scenario] = []
