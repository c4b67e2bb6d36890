-- Describes a table as a partitioned table in its place needs it; no row where there is no such table.
select
  format('%I.%I', n.nspname, c.relname) as qualified,
  n.nspname as schema,
  c.relkind = 'p' as "isPartitioned",
  quote_ident(pg_get_userbyid(c.relowner)) as owner,
  -- of a partitioned table, those of its newest partition: it has none of its own
  array_to_string(coalesce(c.reloptions, (
    select p.reloptions from pg_inherits h join pg_class p on p.oid = h.inhrelid where h.inhparent = c.oid order by p.oid desc limit 1
  )), ', ') as "storageOptions",
  quote_nullable(obj_description(c.oid, 'pg_class')) as comment,
  (
    select coalesce(json_agg(json_build_object(
      'name', i.relname,
      'definition', pg_get_indexdef(x.indexrelid),
      'isUnique', x.indisunique,
      'isPrimary', x.indisprimary,
      'isValid', x.indisvalid,
      'constraint', (select k.conname from pg_constraint k where k.conindid = x.indexrelid and k.contype in ('p', 'u')),
      'columns', (select json_agg(pg_get_indexdef(x.indexrelid, at, true) order by at) from generate_series(1, x.indnkeyatts) as at),
      'predicate', pg_get_expr(x.indpred, x.indrelid)
    ) order by not x.indisprimary, i.relname), '[]')
    from pg_index x join pg_class i on i.oid = x.indexrelid where x.indrelid = c.oid
  ) as indexes,
  (
    select coalesce(json_agg(json_build_object('name', k.conname, 'type', k.contype, 'definition', pg_get_constraintdef(k.oid)) order by k.conname), '[]')
    from pg_constraint k where k.conrelid = c.oid and k.contype in ('c', 'f')
  ) as constraints,
  (
    select coalesce(json_agg(json_build_object('name', t.tgname, 'definition', pg_get_triggerdef(t.oid)) order by t.tgname), '[]')
    from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal
  ) as triggers,
  (
    select coalesce(json_agg(format(
      'grant %s on %I.%I to %s%s', g.privilege_type, n.nspname, c.relname,
      case g.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end,
      case when g.is_grantable then ' with grant option' else '' end
    )), '[]')
    from aclexplode(c.relacl) g where g.grantee <> c.relowner
  ) as grants,
  (
    select coalesce(json_agg(what), '[]') from (
      select format('the foreign key %I of %s', k.conname, k.conrelid::regclass) as what
      from pg_constraint k where k.confrelid = c.oid and k.contype = 'f'
      union all
      select distinct format('the view %s', r.ev_class::regclass)
      from pg_depend d join pg_rewrite r on r.oid = d.objid
      where d.classid = 'pg_rewrite'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = c.oid and r.ev_class <> c.oid
      union all
      select format('the rule %I', r.rulename) from pg_rewrite r where r.ev_class = c.oid
      union all
      select format('the policy %I', p.polname) from pg_policy p where p.polrelid = c.oid
      union all
      select format('the publication %I', p.pubname) from pg_publication_rel r join pg_publication p on p.oid = r.prpubid where r.prrelid = c.oid
      union all
      select format('inheritance with %s', case h.inhrelid when c.oid then h.inhparent else h.inhrelid end::regclass)
      from pg_inherits h where c.relkind = 'r' and c.oid in (h.inhrelid, h.inhparent)
      union all
      select format('the exclusion constraint %I', k.conname) from pg_constraint k where k.conrelid = c.oid and k.contype = 'x'
      union all
      select format('the identity column %I', a.attname) from pg_attribute a where a.attrelid = c.oid and a.attidentity <> '' and not a.attisdropped
    ) o
  ) as obstacles
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.oid = to_regclass($1) and c.relkind in ('r', 'p')
