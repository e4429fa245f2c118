"""What an operator or a daemon can do: one function each, frozen results, nothing printed."""
