-- Names the migrations that need not be applied again.
select name, checksum from migrations
