"""One process each: runtime, ingestor, alerter, forwarder, remediation, web UI."""
