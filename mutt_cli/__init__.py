"""MUTT, the Multi-Use Telemetry Tool: events in, rules decide, alerts out, nothing lost and provable."""

__version__ = "2.5.0"
