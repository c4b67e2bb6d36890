-- Remembers that the last hours were looked at.
update budget_checks set checked_at = statement_timestamp()
