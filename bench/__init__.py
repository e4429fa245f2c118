"""Benchmarks that anyone can run; each prints its command, what it ran on, and its spread."""
