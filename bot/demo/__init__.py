"""An invented week of an invented brand, played through the real path."""
