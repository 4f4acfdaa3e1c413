"""The ground floor: database, clock, ids, unit of work, outbox, mail, expressions, web kit; no noun of the domain."""
