-- Remembers when tokens were last used.
update tokens set last_used_at = now() where id = any ($1::text[])
