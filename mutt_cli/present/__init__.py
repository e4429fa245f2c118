"""Results become rows, columns and JSON here; the command line, the TUI and the web share it."""
