"""The daemons, of one or several processes each: runtime, ingestor, alerter, forwarder, remediation, web UI."""
