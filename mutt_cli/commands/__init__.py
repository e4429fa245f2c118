"""One module per noun: parse, call one operation, present."""
