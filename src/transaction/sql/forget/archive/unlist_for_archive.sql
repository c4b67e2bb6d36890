-- Takes from the list of what must be deleted in the archive what no file has rows of.
delete from archive_deletions where kind = $1 and id = $2
