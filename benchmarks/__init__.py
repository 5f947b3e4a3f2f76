"""How fast it is, against a bare server on the same machine in the same run: ratios matter, not figures."""
