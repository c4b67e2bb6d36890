-- Locks the parts of tables that wait to be archived, until the commit.
select name, to_char(month, 'YYYY-MM') as month, part from archives where rows is null order by name, month, part for update
