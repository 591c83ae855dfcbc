"""The week as a page, a mail, a message, JSON and CSV. Values in, documents out; templates are its only input."""
