"""Embedded servers (Valkey, PostgreSQL, OpenBao) run from the files of their wheels; their Python is never imported."""
