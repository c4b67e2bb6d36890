-- Remembers that months are whole in budget_spend.
insert into budget_months (dimension, month, checked_at)
select dimension, month, statement_timestamp() from unnest($1::text[], $2::date[]) as a (dimension, month)
on conflict (dimension, month) do update set checked_at = excluded.checked_at
