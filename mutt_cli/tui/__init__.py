"""`mutt top`: one file per screen. What is shown comes from `ops/` and `present/`; no driver is touched here.

Looking happens in threads that never touch a widget: they hand values over, and the app alone changes what is seen.
What changes something is a command of its own: the same line that a person would type, in a process of its own.
"""
