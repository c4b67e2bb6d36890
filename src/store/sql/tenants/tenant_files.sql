-- Lists the files of the archive, with the number of their rows.
select file, rows::integer as rows from archives where rows is not null order by month, name, part
