"""The recordings that module 2 reads: what traces tell, and what they leave out."""

from __future__ import annotations

from watchkeeper.shop.scenarios.base import Scenario

SCENARIOS: list[Scenario] = []
