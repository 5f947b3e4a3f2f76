"""How a call is judged: endpoints, checks, pipeline, journal and the workspace, for no particular platform."""
