"""The screens of `mutt top` as lines of text: pure, so that a terminal, a file and a test show the same."""
