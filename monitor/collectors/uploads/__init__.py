"""Files that stations write to us: diagnostics and logs that we asked for."""
