"""E-mail: one folder of a mailbox, read over IMAP."""
