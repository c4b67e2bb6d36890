-- Takes the months that a command has asked for. A month that is asked for meanwhile waits for the commit, and stays.
delete from budget_months where dimension = '' returning month::text as month
