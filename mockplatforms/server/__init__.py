"""Where it runs: addressing, control API, clockwork, dispatcher and storage. The only sockets and files."""
