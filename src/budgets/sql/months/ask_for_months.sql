-- Asks for the months that were looked at before, and for further ones: a command has changed rows in them. Nothing is
-- known of months where no budget is configured.
with months as materialized (
  select month from budget_months where dimension <> ''
  union
  select month from unnest($1::date[]) as asked (month)
)
insert into budget_months (dimension, month, checked_at)
select '', month, '1970-01-01 00:00Z' from months
on conflict (dimension, month) do nothing
