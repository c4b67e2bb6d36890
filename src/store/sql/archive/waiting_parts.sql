-- Lists the parts that wait to be archived, and whether a process writes the file of each.
select name, to_char(month, 'YYYY-MM') as month, part, coalesce(claimed_until > now(), false) as "isClaimed"
from archives where rows is null order by month, name, part
