"""The science of log records: templates, rates, joins to traces, causes and echoes."""
