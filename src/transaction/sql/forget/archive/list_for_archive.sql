-- Lists what is forgotten, for the files of the archive.
insert into archive_deletions (kind, id, key) values ($1, $2, $3::uuid) on conflict (kind, id) do nothing
