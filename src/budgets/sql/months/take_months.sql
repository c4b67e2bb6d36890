-- Takes the months that a command has asked for. A month that is asked for meanwhile waits for the commit, and stays. A month is
-- the number of its first day since 1970.
delete from budget_months where dimension = '' returning (month - date '1970-01-01') as day
