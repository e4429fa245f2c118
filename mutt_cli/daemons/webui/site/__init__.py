"""The pages of the web UI: rendered here, forms that work without a script, nothing that a browser runs inline."""
