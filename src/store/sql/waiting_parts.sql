-- Lists the parts that wait to be archived.
select name, to_char(month, 'YYYY-MM') as month, part from archives where rows is null order by month, name, part
