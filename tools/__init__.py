"""Sets Parley up on a bare machine and keeps its generated files; standard library only."""
