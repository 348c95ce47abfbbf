"""The executors of core: threads of this process, and processes of this machine."""
