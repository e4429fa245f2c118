"""The pure half: decisions as functions from values to values. No clock, network, environment, log or randomness."""
