-- Lists the files of the archive.
select name, file from archives where rows is not null order by month, name, part
