"""The browser's side: server, protocol and pages."""
