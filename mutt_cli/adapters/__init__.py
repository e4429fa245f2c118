"""The only I/O: one module per thing outside the process."""
