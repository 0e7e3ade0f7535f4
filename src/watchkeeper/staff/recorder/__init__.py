"""Scenarios and their private descriptions, the releases that they deploy, and the recorder that records them."""

from __future__ import annotations

from pathlib import Path

VERSIONS = Path(__file__).parent / "versions"  # releases behind graded recordings: not for the kit
