-- Keeps the receiver's own tables apart from those that people read.
create schema if not exists spanledger;
