"""The ingestor: events in over HTTP. N worker processes share one listening socket; the parent supervises them."""
