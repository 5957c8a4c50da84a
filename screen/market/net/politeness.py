"""How politely and how patiently a host is asked."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Politeness"]


class Politeness(BaseModel):
    """Rate, patience and parallel requests towards one host."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timeout_s: float = Field(10.0, gt=0, description="Longest wait for one answer.")
    attempts: int = Field(3, ge=1, description="Tries for one request.")
    backoff_s: float = Field(0.5, ge=0, description="First wait between tries; doubles, with jitter.")
    longest_wait_s: float = Field(
        30.0, ge=0, description="A Retry-After beyond this ends the attempts instead of holding the run."
    )
    workers: int = Field(4, ge=1, description="Requests at a time.")
    requests_per_second: float = Field(2.0, gt=0, description="Rate over all workers.")
    break_after: int = Field(
        3,
        ge=1,
        description="Requests in a row that end refused or unanswered before the host counts as gone.",
    )
