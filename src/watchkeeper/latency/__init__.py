"""The science of latency: percentiles, histograms, and how sure one can be of them."""
