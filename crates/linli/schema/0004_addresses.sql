-- An address is looked for by its whole text, whichever grid it lies in.

create index address_by_text on address (text, id);
