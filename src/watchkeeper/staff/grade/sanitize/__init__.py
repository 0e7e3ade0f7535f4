"""Nothing that a submission brings may run in a page that someone else opens."""
