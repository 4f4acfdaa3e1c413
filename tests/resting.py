"""Connections to PostgreSQL that one test leaves to the next, as fresh as the first one had them."""

from __future__ import annotations

from sqlalchemy.pool import QueuePool

from feedback_engine.foundation.db import Database

_AS_NEW = "RESET ALL; UNLISTEN *; SELECT pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES"
"""Takes back what a session may have been told. What it learned of the tables stays: that is what is dear."""


def let_rest(database: Database) -> list[int]:
    """The sessions that stay when a test has ended, by their numbers at the server.

    A new session costs the server a process, which then learns of every table that it meets. None stays where the test
    still has one in its hands: nobody knows what it will do with it.
    """
    pool = database.engine.pool
    assert isinstance(pool, QueuePool)
    if pool.checkedout():
        database.dispose()
        return []
    sessions = []
    taken = [pool.connect() for _ in range(pool.checkedin())]
    for each in taken:
        connection = each.driver_connection
        assert connection is not None
        connection.autocommit = True
        connection.execute(_AS_NEW)
        connection.autocommit = False
        sessions.append(int(connection.info.backend_pid))
    for each in taken:
        each.close()
    return sessions
