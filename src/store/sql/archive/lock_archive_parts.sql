-- Lets no other transaction add parts until the commit.
lock table archives in share row exclusive mode
