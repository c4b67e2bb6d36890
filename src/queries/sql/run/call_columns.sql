u.id, u.trace_id, u.provider, u.model, u.agent_id as agent,
  to_char(u.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as ended_at, u.duration_ms,
  u.prompt_tokens, u.completion_tokens, u.total_tokens, coalesce(u.cache_read_tokens, 0) as cache_read_tokens,
  coalesce(u.cache_creation_tokens, 0) as cache_creation_tokens, u.reasoning_tokens, u.web_searches, u.service_tier,
  coalesce(nullif(u.cost_nano_usd, 0), (u.cost_usd * 1000000000)::bigint)::text as cost_nano_usd,
  coalesce(u.unpriced, false) as unpriced, u.price_source, u.cost_parts::jsonb as cost_parts, left(u.error, 2000) as error,
  json_build_object('cache_creation_1h_tokens', u.cache_creation_1h_tokens,
    'audio_input_tokens', u.audio_input_tokens, 'audio_output_tokens', u.audio_output_tokens,
    'image_input_tokens', u.image_input_tokens, 'image_output_tokens', u.image_output_tokens) as part_counters
