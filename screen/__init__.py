"""supply-screen: weekly, sourced screens of the AI hardware supply chain."""

from __future__ import annotations

__all__ = ["METHOD_VERSION", "__version__"]

__version__ = "0.1.0"

METHOD_VERSION = "2"
"""Raised whenever a formula, threshold or table changes what a score means."""
