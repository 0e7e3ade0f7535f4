"""The recordings that module 3 reads: durations, histograms, budgets."""

from __future__ import annotations

from watchkeeper.shop.scenarios.base import Scenario

SCENARIOS: list[Scenario] = []
