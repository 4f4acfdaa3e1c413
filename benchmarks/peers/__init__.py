"""Programs of others that run in turn with the engine, each version named, in an environment of their own.

The files here run in that environment: they import the peer and nothing of the engine.
"""
