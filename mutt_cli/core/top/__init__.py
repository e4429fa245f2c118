"""What `mutt top` decides without a screen: rates, curves, recordings."""
