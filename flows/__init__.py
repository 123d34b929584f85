"""When, in what order, and on which machines: settings, the Prefect flow, the command line."""
