-- Deletes a refused span that was sent again and taken.
delete from refused_spans where id = $1
