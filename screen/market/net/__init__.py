"""Asking a data host: typed faults, one rate limit, few attempts, one breaker for the host."""
