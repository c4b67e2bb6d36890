-- Lists what retention has removed.
select name, before from pruned order by name
