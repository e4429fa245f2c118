"""The web UI: the API for rules and the audit log, over HTTP, by key. N worker processes share one listening socket."""
