-- Lists what is forgotten for the files of the archive, if there are any.
insert into archive_deletions (kind, id, key)
select $1, $2, $3::uuid where exists (select from archives where rows is not null)
on conflict (kind, id) do nothing
