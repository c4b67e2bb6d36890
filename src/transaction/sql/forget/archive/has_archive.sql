-- Whether rows were ever archived.
select exists (select from archives where rows is not null) as archived
