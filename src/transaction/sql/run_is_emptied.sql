-- Whether no trace contributes to a locked run any more.
select state is null as emptied from workflows where tenant = '' and workflow = $1
