-- Reads the columns of the given tables as this database has them, with what else decides how they can be written.
select c.relname as "table", a.attname as name, t.typname as type, format_type(a.atttypid, a.atttypmod) as declared,
  case when t.typname = 'varchar' and a.atttypmod > 4 then a.atttypmod - 4 end as length,
  a.attnotnull as "notNull", a.attgenerated <> '' or a.attidentity = 'a' as generated, a.attidentity <> '' as identity,
  case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end as "default",
  c.relkind = 'p' as partitioned, row_security_active(c.oid) as "rowSecurity",
  -- a row trigger before an insert may fill a column that the insert leaves out
  exists (select from pg_trigger g where g.tgrelid = c.oid and not g.tgisinternal and g.tgenabled <> 'D' and g.tgtype & 7 = 7) as "hasInsertTrigger",
  exists (
    select from pg_trigger g join pg_proc p on p.oid = g.tgfoid
    where g.tgrelid = c.oid and not g.tgisinternal and g.tgenabled <> 'D' and p.prosrc ~* 'usage_daily_aggregates'
  ) as "sumsDays",
  -- the columns of a day that such a trigger names
  array(
    select named from unnest($2::text[]) as named where exists (
      select from pg_trigger g join pg_proc p on p.oid = g.tgfoid
      where g.tgrelid = c.oid and not g.tgisinternal and g.tgenabled <> 'D' and p.prosrc ~* 'usage_daily_aggregates' and p.prosrc ~* named
    )
  ) as "summedColumns"
from unnest($1::text[]) as wanted (name)
join pg_class c on c.oid = to_regclass(wanted.name)
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_type t on t.oid = a.atttypid
left join pg_attrdef d on (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
