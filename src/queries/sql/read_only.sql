-- Lets the transaction change nothing, and compiles none of its statements: that takes longer than it saves where an answer is
-- due within a second.
select set_config('transaction_read_only', 'on', true), set_config('jit', 'off', true)
