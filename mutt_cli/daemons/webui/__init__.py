"""The web UI: its API for programs, its pages for people, both through the same operations as the commands."""
