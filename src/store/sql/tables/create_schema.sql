-- Keeps the default tenant's books apart from the tables that people read, and tenants apart from each other.
create schema if not exists %s;
