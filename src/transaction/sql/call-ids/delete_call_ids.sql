-- Removes ids that one of these traces was the first to mention.
delete from call_ids where key = any ($1::uuid[]) and trace = any ($2::uuid[])
