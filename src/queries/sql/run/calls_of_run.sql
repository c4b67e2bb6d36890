from token_usage u
where u.task_id = $1::uuid
order by u.created_at, u.id
limit $2
