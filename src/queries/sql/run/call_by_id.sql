from token_usage u
where u.id = $1::uuid and u.task_id = $2::uuid
